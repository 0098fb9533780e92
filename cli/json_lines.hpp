#pragma once

#include <nlohmann/json.hpp>

#include "cli/console.hpp"

namespace tenthrule::cli {

/// Keeps its keys in the order in which they were written: people read it, too.
using json = nlohmann::ordered_json;

/// One object, one line.
void print_json(console& to, const json& object);

}  // namespace tenthrule::cli
