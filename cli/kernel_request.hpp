#pragma once

/// What a command is asked of the kernel and machine that scenarios run on, and of the rules that are looked
/// at.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "campaign/scenario_case.hpp"

namespace tenthrule::cli {

struct kernel_request {
    std::string kernel;
    std::vector<std::string> with;
    std::vector<std::string> without;
    std::vector<std::string> rules_off;
    std::optional<std::uint64_t> cpus;  ///< 0: one for every task; nothing: as many as the scenario has
};

/// --kernel, --with, --without, --rule-off, --cpus.
void add_kernel_options(CLI::App& parser, kernel_request& to);

/// Throws usage_error if it names a rule that does not exist.
void check_rules(const kernel_request& asked);

/// The scenario as asked for. Throws usage_error if it names a version or patch that does not exist, or a
/// machine that the scenario cannot run on.
std::shared_ptr<const scenario_case> case_on(const scenarios::scenario& s, const kernel_request& asked);

/// How many threads --jobs stands for.
unsigned jobs_for(const std::optional<std::uint64_t>& asked);

}  // namespace tenthrule::cli
