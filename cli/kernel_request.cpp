#include "cli/kernel_request.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/kernel_name.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/reductions.hpp"

namespace tenthrule::cli {

void add_kernel_options(CLI::App& parser, kernel_request& to) {
    parser
        .add_option("--kernel", to.kernel,
                    "Another version than the scenario's; see 'tenthrule list versions'")
        ->type_name("V");
    parser.add_option("--with", to.with, "Add a patch by commit id; may be repeated")
        ->type_name("P")
        ->allow_extra_args(false);
    parser.add_option("--without", to.without, "Take a patch away; may be repeated")
        ->type_name("P")
        ->allow_extra_args(false);
    parser
        .add_option("--rule-off", to.rules_off,
                    "Do not look at rule R; may be repeated, or a list: R,R; see 'tenthrule list rules'")
        ->type_name("R")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_count(
        parser, "--cpus", to.cpus, 0,
        "Another machine than the scenario's: N CPUs; 0: one for every task, so that nobody is preempted");
}

void check_rules(const kernel_request& asked) {
    for (const std::string& name : asked.rules_off) {
        if (find_rule(name) == nullptr) {
            throw usage_error(in_words(unknown_rule(name)));
        }
    }
}

std::shared_ptr<const scenario_case> case_on(const scenarios::scenario& s, const kernel_request& asked) {
    scenarios::kernel_override result = scenarios::with_kernel(s, asked.kernel, asked.with, asked.without);
    if (!result.value) {
        throw usage_error(in_words(result.problem));
    }
    auto what = std::make_shared<const scenario_case>(std::move(*result.value), asked.rules_off);
    if (!asked.cpus || *asked.cpus == s.cpus) {
        return what;
    }
    if (*asked.cpus > scenarios::cpus_max) {
        throw usage_error(
            fmt::format("--cpus: there can be at most {} CPUs, not {}", scenarios::cpus_max, *asked.cpus));
    }
    const std::uint32_t machine =
        scenarios::encode(scenarios::reduction_kind::machine, 0, static_cast<unsigned>(*asked.cpus) + 1);
    auto moved = std::dynamic_pointer_cast<const scenario_case>(reduce(std::move(what), {machine}));
    if (moved == nullptr) {
        throw usage_error(fmt::format("--cpus: '{}' has a task that could run nowhere on {}", s.name,
                                      machine_name(static_cast<unsigned>(*asked.cpus))));
    }
    return moved;
}

unsigned jobs_for(const std::optional<std::uint64_t>& asked) {
    constexpr std::uint64_t jobs_max = 1'024;
    const std::uint64_t jobs = asked.value_or(1);
    return jobs == 0 ? std::max(1U, std::thread::hardware_concurrency())
                     : static_cast<unsigned>(std::min(jobs, jobs_max));
}

}  // namespace tenthrule::cli
