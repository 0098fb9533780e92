#pragma once

/// Running scenarios in tests.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/execution.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios::testing {

/// The scenario of a text that has no mistakes; warnings are fine.
scenario load(std::string_view text);

/// One execution with a log.
run_result execute(const scenario& s, const char* strategy = "random", std::uint64_t seed = 0);

/// The lines of the log that are meant for people, as "task: line".
std::vector<std::string> story(const run_result& r, const scenario& s);
/// Those among them that tell a result, as "task: call -> result".
std::vector<std::string> results(const run_result& r, const scenario& s);

}  // namespace tenthrule::scenarios::testing
