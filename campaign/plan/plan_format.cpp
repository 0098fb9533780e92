#include "campaign/plan/plan_format.hpp"

#include <array>

namespace tenthrule::plan_format {

namespace {

using enum section;

constexpr std::array key_table{
    key_info{campaign, "name", "a text", R"("campaign")", "What reports call it."},
    key_info{campaign, "scenarios", "a list of files, folders and globs", "required without programs",
             "What to run. A folder stands for all scenarios in and below it; globs know *, ?, [...] and **. "
             "Paths are relative to this file."},
    key_info{campaign, "exclude", "a list of files, folders and globs", "nothing", "What of it not to run."},
    key_info{campaign, "programs", "a list of files and globs", "none",
             "Programs that were built on the library, whose tests to run."},
    key_info{campaign, "kernels", R"(a list of kernels such as "v5.15 without 9f5d1c336a10")",
             R"(["expected"])",
             R"(What to run each scenario on. "written": the kernel of its file. "expected": those of its )"
             "[expect], or that of its file if it has none."},
    key_info{campaign, "rules_off", "a list of rules, see 'tenthrule list rules'", "none",
             "Rules that are not checked, besides those that a scenario switches off itself."},
    key_info{campaign, "strategy", "tables", "pct:depth=3 (share 3), random:stay=7/8 and pct:depth=4",
             "The strategies and their shares."},
    key_info{campaign, "seeds", "a list of different integers from 0", "[1]",
             "Each is a search of its own. Machines whose stores are to be merged take different ones."},
    key_info{campaign, "workers", "an integer, 0 to 1024", "0", "How many processes; 0: one for each core."},
    key_info{campaign, "store", "a path", R"("tenthrule.db")", "The file that keeps everything."},
    key_info{campaign, "baseline", "a path", "none", "File of the failures that are known already."},
    key_info{campaign, "canary", R"(a path, "built-in" or "none")", R"("built-in")",
             "A scenario that must be found to fail, which proves that the machinery works."},
    key_info{campaign, "budget", "a table", "every default", "When to stop."},
    key_info{campaign, "limits", "a table", "every default", "What one execution may take."},
    key_info{campaign, "swarm", "a table", "every default",
             "How far scenarios are varied in what their [vary] declares variable."},
    key_info{campaign, "report", "a table", "none", "Files to write at the end."},

    key_info{strategy, "name", "a strategy, see 'tenthrule list strategies'", "required",
             R"(With its parameters, such as "pct:depth=3".)"},
    key_info{strategy, "share", "a number above 0, to 1000", "1",
             "Of the executions, relative to the other strategies' shares."},

    key_info{budget, "time", R"(a time such as "8h", "1h30m" or "90s")", "no limit",
             "How long to run, all sessions together."},
    key_info{budget, "executions", "an integer from 1", "no limit", "How many executions to make."},
    key_info{budget, "shrink_share", "a number, 0 to 0.9", "0.1",
             "How much of the workers' time may go into shrinking."},

    key_info{limits, "hang", R"(a time such as "10s")", R"("10s")",
             "When an execution is taken for one that hangs."},
    key_info{limits, "memory", R"(a size such as "2GiB" or "512MiB")", R"("2GiB")",
             "What a worker may use; \"none\": anything."},
    key_info{limits, "points_max", "an integer, 100 to 1000000", "that of the scenario",
             "Scheduling points after which an execution is taken for endless."},

    key_info{swarm, "share", "a number, 0 to 1", "0.25",
             "Of the executions of scenarios that can vary, how many are of variations."},
    key_info{swarm, "variations", "an integer, 0 to 1000", "8",
             "How many variations to draw for each scenario and kernel."},

    key_info{report, "html", "a path", "none", "The page."},
    key_info{report, "json", "a path", "none", "The same for programs."},
    key_info{report, "junit", "a path", "none", "JUnit XML, for CI systems."},
};

constexpr std::array titles{std::string_view("the campaign"), std::string_view("[[strategy]]"),
                            std::string_view("[budget]"),     std::string_view("[limits]"),
                            std::string_view("[swarm]"),      std::string_view("[report]")};

}  // namespace

std::span<const key_info> all_keys() {
    return key_table;
}

std::string_view title(section s) {
    return titles[static_cast<std::size_t>(s)];
}

const key_info* find_key(section s, std::string_view name) {
    for (const key_info& k : key_table) {
        if (k.in == s && k.name == name) {
            return &k;
        }
    }
    return nullptr;
}

}  // namespace tenthrule::plan_format
