#pragma once

#include <string>

#include "worker/worker.hpp"

namespace tenthrule::crew {

/// What a worker has to know of scenarios: its cases are what text and subject of an order stand for.
/// `tool`: "tenthrule 0.1.0", for reproducers.
worker_trade scenario_trade(const std::string& tool);

}  // namespace tenthrule::crew
