// `tenthrule fuzz`: search scenarios for violations.

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/fuzz_request.hpp"
#include "cli/fuzzer.hpp"
#include "cli/interrupt.hpp"
#include "cli/scenario_files.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

constexpr std::uint64_t schedules_by_default = 100'000;

// Flags first, then the scenario, then the tool.
search_options options_for(const scenario_case& what, const fuzz_request& asked) {
    const scenarios::scenario& s = what.what();
    search_options options;
    if (!asked.strategy.empty()) {
        options.strategy = asked.strategy;
    } else if (!s.explore.strategy.empty()) {
        options.strategy = s.explore.strategy;
    }
    if (asked.schedules) {
        options.schedules_max = *asked.schedules;
    } else if (asked.time) {
        options.schedules_max = 0;
    } else {
        options.schedules_max = s.explore.schedules != 0 ? s.explore.schedules : schedules_by_default;
    }
    if (asked.time) {
        options.time_max = std::chrono::duration_cast<std::chrono::nanoseconds>(*asked.time);
    }
    options.seed = asked.seed.value_or(1);
    options.first = asked.from.value_or(1) - 1;
    options.jobs = jobs_for(asked.jobs);
    options.keep_going = asked.keep_going;
    options.shrink = !asked.no_shrink;
    options.selection = what.selection();
    options.stop = &interrupt_guard::requested();
    return options;
}

void check_strategy(const fuzz_request& asked) {
    if (asked.strategy.empty()) {
        return;
    }
    if (const strategy_or_error s = make_strategy(asked.strategy); s.made == nullptr) {
        throw usage_error(s.error);
    }
    if (asked.from && is_systematic(asked.strategy)) {
        throw usage_error(fmt::format(
            "--from needs a strategy with a seed: {} can only begin at the beginning", asked.strategy));
    }
}

exit_status fuzz(console& out, const fuzz_request& asked, bool as_json) {
    if (asked.paths.empty()) {
        throw usage_error("there is no scenario to search");
    }
    check_strategy(asked);
    check_rules(asked);
    const std::vector<scenario_file> files = load_scenarios(asked.paths);
    // All of them are read before the first one runs: a mistake in the last one is not to be found out at
    // night.
    if (report_diagnostics(out, files)) {
        return exit_status::bad_input;
    }
    std::vector<fuzz_subject> subjects;
    for (const scenario_file& file : files) {
        const std::shared_ptr<const scenario_case> what = case_on(*file.loaded.value, asked);
        subjects.push_back({file.path, what, options_for(*what, asked)});
    }
    return fuzzer(out, asked, as_json).run(subjects);
}

void add_options(CLI::App& p, fuzz_request& asked) {
    p.add_option("scenario", asked.paths, "Files, or folders full of them");
    p.add_option("--strategy", asked.strategy,
                 fmt::format("How to search [the scenario's, else {}]; see 'tenthrule list strategies'",
                             default_strategy))
        ->type_name("S");
    add_count(p, "--schedules", asked.schedules, 1,
              fmt::format("Stop after N executions [the scenario's, else {}; with --time: no limit]",
                          thousands(schedules_by_default)));
    add_duration(p, "--time", asked.time, "Stop each scenario after T, such as 10s or 2m [no limit]");
    add_count(p, "--seed", asked.seed, 0, "Seed of the random choices [1]");
    add_count(p, "--from", asked.from, 1, "Begin with execution N of that seed, to go on with a search [1]");
    add_kernel_options(p, asked);
    add_count(p, "--jobs", asked.jobs, 0, "Search with N threads; 0: one for each CPU [1]");
    add_switch(p, "--keep-going", asked.keep_going,
               "Do not stop at the first violation: collect different ones");
    add_switch(p, "--no-shrink", asked.no_shrink, "Show violations as they were found");
    p.add_option("--out", asked.out, "Write reproducers (*.repro.toml) to this folder [none are written]")
        ->type_name("DIR");
}

}  // namespace

command make_fuzz(CLI::App& app) {
    command c;
    c.parser =
        app.add_subcommand("fuzz", "Search scenarios for schedules that break a rule, and shrink them");
    c.usage = "fuzz SCENARIO|FOLDER... [OPTION]...";
    c.examples = {
        "tenthrule fuzz my-lock.toml", "tenthrule fuzz my-lock.toml --kernel v4.15 --schedules 5M --jobs 0",
        "tenthrule fuzz my-lock.toml --strategy random:stay=7/8 --time 2m --keep-going --out found/",
        "tenthrule fuzz scenarios/ --json > results.jsonl"};
    auto asked = std::make_shared<fuzz_request>();
    add_options(*c.parser, *asked);
    c.common = add_common_options(*c.parser);
    c.run = [asked, common = c.common](console& out) { return fuzz(out, *asked, common->json); };
    return c;
}

}  // namespace tenthrule::cli
