// `tenthrule campaign run` and `resume`, and the worker that they start.

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>

#include "campaign/crew/canary.hpp"
#include "campaign/crew/coordinator.hpp"
#include "campaign/crew/program_sources.hpp"
#include "campaign/crew/scenario_trade.hpp"
#include "campaign/crew/worker_process.hpp"
#include "campaign/plan/load_plan.hpp"
#include "campaign/plan/plan_paths.hpp"
#include "campaign/plan/scenario_paths.hpp"
#include "campaign/report/summary_json.hpp"
#include "cli/arguments.hpp"
#include "cli/campaign_data.hpp"
#include "cli/campaign_request.hpp"
#include "cli/dashboard.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_lines.hpp"
#include "cli/text.hpp"
#include "cli/token_command.hpp"
#include "worker/worker.hpp"

#ifndef TENTHRULE_VERSION
#define TENTHRULE_VERSION "unknown"
#endif

namespace tenthrule::cli {

namespace {

constexpr const char* tool = "tenthrule " TENTHRULE_VERSION;

std::chrono::nanoseconds nanoseconds_in(seconds s) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(s);
}

void set_strategies(campaign_plan& plan, const std::vector<std::string>& names) {
    if (names.empty()) {
        return;
    }
    plan.strategies.clear();
    for (const std::string& name : names) {
        const strategy_or_error s = make_strategy(name);
        if (s.made == nullptr) {
            throw usage_error(s.error);
        }
        if (is_systematic(s.canonical)) {
            throw usage_error(
                fmt::format("a campaign draws lots: {} plans each execution from those before it, "
                            "so its executions cannot be shared out; see 'tenthrule verify'",
                            name));
        }
        plan.strategies.push_back({s.canonical, 1});
    }
}

// Flags go before the file.
campaign_plan plan_for(console& out, const campaign_request& asked) {
    campaign_plan plan;
    if (!asked.config.empty()) {
        plan_or_problems loaded = load_plan(asked.config);
        out.note(scenarios::to_string(loaded.diagnostics));
        if (!loaded.value) {
            throw input_error(fmt::format("{} is no plan for a campaign", asked.config));
        }
        plan = std::move(*loaded.value);
    }
    if (!asked.paths.empty()) {
        plan.scenarios.clear();
        plan.programs.clear();
        for (const std::string& path : asked.paths) {
            (is_program(path) ? plan.programs : plan.scenarios).push_back(path);
        }
    }
    if (plan.scenarios.empty() && plan.programs.empty()) {
        throw usage_error("there is no scenario to search");
    }
    set_strategies(plan, asked.strategies);
    if (!asked.kernels.empty()) {
        plan.kernels = asked.kernels;
    }
    if (!asked.name.empty()) {
        plan.name = asked.name;
    }
    if (!asked.store.empty()) {
        plan.store = asked.store;
    }
    if (!asked.canary.empty()) {
        plan.canary = asked.canary;
    }
    if (!asked.baseline.empty()) {
        plan.baseline = asked.baseline;
    }
    if (asked.seed) {
        plan.seeds = {*asked.seed};
    }
    if (asked.time) {
        plan.budget.time = nanoseconds_in(*asked.time);
    }
    if (asked.executions) {
        plan.budget.executions = *asked.executions;
    }
    if (asked.workers) {
        plan.workers = static_cast<unsigned>(std::min<std::uint64_t>(*asked.workers, 1024));
    }
    // What was written on the command line must be right as if it had been in a file.
    const plan_or_problems again = load_plan_text(to_toml(plan), "the command line");
    if (!again.value) {
        throw input_error(scenarios::to_string(again.diagnostics));
    }
    return plan;
}

class session {
public:
    session(console& out, const campaign_request& asked, bool as_json)
        : out_(out), asked_(asked), as_json_(as_json) {}

    exit_status run() {
        campaign_plan plan = plan_for(out_, asked_);
        return guarded([&] {
            const sources_or_problems sources = read_sources(plan);
            if (sources.has_errors) {
                return exit_status::bad_input;
            }
            campaign_store store = campaign_store::open_for_writing(plan.store);
            if (store.facts()) {
                throw input_error(
                    fmt::format("{} has a campaign already; go on with it: tenthrule campaign "
                                "resume --store {}; or name another file with --store",
                                plan.store, shell_quoted(plan.store)));
            }
            store.set_plan(plan.name, tool, to_toml(as_seen_from_store(plan, plan.store)));
            return work(store, plan, sources.sources);
        });
    }

    exit_status resume() {
        return guarded([&] {
            const std::string path = asked_.store.empty() ? store_by_default : asked_.store;
            if (!std::filesystem::exists(path)) {
                throw input_error(fmt::format("there is no campaign in {}", path));
            }
            campaign_store store = campaign_store::open_for_writing(path);
            const std::optional<campaign_facts> facts = store.facts();
            if (!facts) {
                throw input_error(fmt::format("there is no campaign in {}", path));
            }
            plan_or_problems read = load_plan_text(facts->plan, path, store_folder(path));
            if (!read.value) {
                throw input_error("the plan in the store is not right\n" +
                                  scenarios::to_string(read.diagnostics));
            }
            campaign_plan plan = std::move(*read.value);
            plan.store = path;
            give_more(store, plan);
            const sources_or_problems sources = read_sources(plan);
            if (sources.has_errors) {
                return exit_status::bad_input;
            }
            return work(store, plan, sources.sources);
        });
    }

private:
    template <typename F>
    exit_status guarded(F what) {
        try {
            return what();
        } catch (const store_error& e) {
            out_.note(fmt::format("tenthrule: {}\n", e.what()));
            return status_of(e.problem());
        }
    }

    sources_or_problems read_sources(const campaign_plan& plan) {
        sources_or_problems sources = load_sources(plan);
        crew::add_programs(plan, sources);
        out_.note(scenarios::to_string(sources.diagnostics));
        return sources;
    }

    // A limit that was asked for is what comes on top; the others are those of the plan.
    void give_more(const campaign_store& store, campaign_plan& plan) const {
        if (asked_.time) {
            plan.budget.time = nanoseconds_in(seconds(store.seconds_spent()) + *asked_.time);
        }
        if (asked_.executions) {
            plan.budget.executions = *asked_.executions;
            for (const arm_state& a : store.arms()) {
                plan.budget.executions += a.executions;
            }
        }
        if (asked_.time && !asked_.executions) {
            plan.budget.executions = 0;
        } else if (asked_.executions && !asked_.time) {
            plan.budget.time = {};
        }
        if (asked_.workers) {
            plan.workers = static_cast<unsigned>(std::min<std::uint64_t>(*asked_.workers, 1024));
        }
        if (!asked_.baseline.empty()) {
            plan.baseline = asked_.baseline;
        }
    }

    exit_status work(campaign_store& store, const campaign_plan& plan,
                     const std::vector<scenario_source>& sources) {
        const baseline known = known_failures(plan.baseline);
        const crew::canary_or_error canary = crew::make_canary(plan.canary);
        if (!canary.error.empty()) {
            throw input_error("the canary is not right\n" + canary.error);
        }
        const crew::crew_work todo =
            crew::prepare(store, plan, sources, asked_.accept_edits ? edits::accept : edits::refuse);
        crew::crew_options options;
        options.worker_command = {"/proc/self/exe", "campaign-worker"};
        options.workers = plan.workers != 0
                              ? plan.workers
                              : std::max(1U, static_cast<unsigned>(crew::available_cores().size()));
        options.coverage = !asked_.no_coverage;
        options.canary = canary.subject;
        options.stop = &interrupt_guard::requested();
        const terminal_wishes wishes{out_.err_terminal().ascii, 0};
        dashboard view(out_.err(), plan.name, known, wishes, asked_.quiet);
        options.on_progress = [&view](const crew::crew_progress& p) { view.show(p); };
        options.on_note = [&view](const std::string& words) { view.note(words); };
        crew::crew_outcome outcome;
        {
            const interrupt_guard guard;
            outcome = crew::run_crew(store, plan, todo, options);
            view.clear();
            return conclude(store, plan, outcome);
        }
    }

    exit_status conclude(const campaign_store& store, const campaign_plan& plan,
                         const crew::crew_outcome& outcome) {
        const bool interrupted = outcome.end == crew::crew_end::interrupted;
        if (!outcome.problem.empty()) {
            out_.note(fmt::format("tenthrule: the campaign has ended: {}\n", outcome.problem));
        }
        campaign_request as_planned = asked_;
        as_planned.baseline = plan.baseline;
        campaign_summary summary = summary_of(store, as_planned);
        // The lock is still ours; nobody else is at work.
        summary.state = interrupted || outcome.end == crew::crew_end::failed ? campaign_state::interrupted
                                                                             : campaign_state::ended;
        if (as_json_) {
            print_json(out_, to_json(summary));
        } else {
            out_.print(show(summary, out_.out_terminal()));
        }
        write_reports(summary, plan.reports);
        if (interrupted || outcome.end == crew::crew_end::failed) {
            out_.note(
                fmt::format("to go on:  tenthrule campaign resume --store {}\n", shell_quoted(plan.store)));
        }
        return status(summary, outcome);
    }

    static exit_status status(const campaign_summary& summary, const crew::crew_outcome& outcome) {
        if (outcome.end == crew::crew_end::failed) {
            return exit_status::internal_error;
        }
        if (outcome.end == crew::crew_end::interrupted) {
            return exit_status::interrupted;
        }
        if (summary.new_findings() > 0) {
            return exit_status::violation_found;
        }
        const bool trustworthy = outcome.given_up.empty() && (!summary.canary || summary.canary->found);
        return trustworthy ? exit_status::nothing_found : exit_status::internal_error;
    }

    console& out_;
    const campaign_request& asked_;
    bool as_json_;
};

}  // namespace

exit_status campaign_run(console& out, const campaign_request& asked, bool as_json) {
    return session(out, asked, as_json).run();
}

exit_status campaign_resume(console& out, const campaign_request& asked, bool as_json) {
    return session(out, asked, as_json).resume();
}

exit_status campaign_worker(const std::vector<std::string>& arguments) {
    const std::optional<std::uint64_t> memory =
        arguments.size() == 1 ? parse_count(arguments.front()) : std::nullopt;
    if (!memory || fcntl(crew::worker_socket, F_GETFD) < 0 || fcntl(crew::worker_page, F_GETFD) < 0) {
        throw input_error("campaign-worker is not for people: 'tenthrule campaign run' starts it");
    }
    const int status = crew::work_until_done(crew::scenario_trade(tool), *memory);
    return status == 0 ? exit_status::nothing_found : exit_status::internal_error;
}

}  // namespace tenthrule::cli
