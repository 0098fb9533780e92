#include "tests/seeds/table/measure.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "campaign/find_scenario.hpp"
#include "campaign/search.hpp"
#include "runtime/random.hpp"
#include "scenarios/kernel_name.hpp"
#include "scenarios/load.hpp"
#include "scheduler/make_strategy.hpp"
#include "shrink/replay_check.hpp"
#include "shrink/token.hpp"

namespace tenthrule::seeds {

namespace {

constexpr std::uint64_t percent_found_min = 95;

scenarios::scenario load(std::string_view name) {
    const std::string path = fmt::format("{}/scenarios/seeds/{}.toml", TENTHRULE_SOURCE_DIR, name);
    scenarios::load_result loaded = scenarios::load_file(path);
    if (!loaded.value) {
        throw std::invalid_argument(scenarios::to_string(loaded.diagnostics));
    }
    return std::move(*loaded.value);
}

// The preemption model stays that of the scenario.
scenarios::scenario on(const scenarios::scenario& s, std::string_view kernel_name) {
    scenarios::kernel_or_problem kernel = scenarios::parse_kernel_name(kernel_name);
    if (!kernel.value) {
        throw std::invalid_argument(fmt::format("{}: {}", s.name, kernel.problem.message));
    }
    kernel.value->preempt = s.kernel.preempt;
    scenarios::scenario there = s;
    there.kernel = std::move(*kernel.value);
    return there;
}

std::vector<std::string> rules_in(const name_list& list) {
    std::vector<std::string> names = list.all();
    for (const std::string& name : names) {
        if (find_rule(name) == nullptr) {
            throw std::invalid_argument(unknown_rule(name).message);
        }
    }
    return names;
}

/// Executions of one case on the calling thread.
class searcher {
public:
    explicit searcher(const scenario_case& what) : instance_(what.instantiate()), options_(what.options()) {}

    /// The first of at most `most` executions that does not end as it should; nullptr if all of them do.
    /// Valid until the next call.
    const run_result* first_failure(std::uint64_t seed, std::uint64_t most) {
        const auto how = make_strategy(default_strategy).made;
        for (executions_ = 0; executions_ < most;) {
            const run_result& r = machine_.run(*instance_, *how, options_, execution_seed(seed, executions_));
            ++executions_;
            if (r.end != verdict::completed) [[unlikely]] {
                return &r;
            }
        }
        return nullptr;
    }
    /// Of the last call.
    std::uint64_t executions() const {
        return executions_;
    }

private:
    execution machine_;
    std::unique_ptr<program> instance_;
    run_options options_;
    std::uint64_t executions_ = 0;
};

std::string in_words(const run_result& r) {
    return r.end == verdict::violation
               ? fmt::format("breaks {}: {}", r.failure.broken->name, r.failure.message)
               : std::string("reaches the step bound");
}

bool is_expected(const row& r, const run_result& result) {
    const std::vector<std::string> rules = r.breaks.all();
    return result.end == verdict::violation &&
           std::find(rules.begin(), rules.end(), result.failure.broken->name) != rules.end() &&
           result.failure.message.find(r.says) != std::string::npos;
}

void count(discovery& d, const std::string& rule) {
    const auto known = std::find_if(d.broken.begin(), d.broken.end(),
                                    [&rule](const auto& counted) { return counted.first == rule; });
    if (known == d.broken.end()) {
        d.broken.emplace_back(rule, 1);
    } else {
        ++known->second;
    }
}

// False if it met something else than the row is about.
bool try_seeds(const subject& s, const effort& e, discovery& d) {
    searcher search(*s.searched);
    for (std::uint64_t seed = 1; seed <= e.seeds; ++seed) {
        const run_result* const failure = search.first_failure(seed, d.within);
        d.found_at.push_back(failure == nullptr ? 0 : search.executions());
        if (failure == nullptr) {
            continue;
        }
        if (!is_expected(s.of, *failure)) {
            d.problems.push_back(
                fmt::format("schedule {} of seed {} {}", search.executions(), seed, in_words(*failure)));
            return false;
        }
        count(d, failure->failure.broken->name);
    }
    std::stable_sort(d.broken.begin(), d.broken.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (e.strict && d.found() * 100 < e.seeds * percent_found_min) {
        d.problems.push_back(
            fmt::format("only {} of {} seeds find it within {} schedules", d.found(), e.seeds, d.within));
    }
    return true;
}

// Whatever a reader of the token has: the token, and the scenarios.
bool replays(const finding& f, std::string& problem) {
    const token_or_error read = decode_token(f.token);
    if (!read.read) {
        problem = read.error;
        return false;
    }
    found_scenario found = find_scenario(*read.read, {"", {TENTHRULE_SOURCE_DIR "/scenarios"}});
    if (!found.value) {
        problem = found.error;
        return false;
    }
    const auto what = reduce(std::make_shared<scenario_case>(std::move(*found.value), found.rules_off),
                             read.read->taken_away);
    if (what == nullptr) {
        problem = "what shrinking took away does not fit the scenario";
        return false;
    }
    const replay_report again = check_replay(*what, recorded_in(*read.read));
    if (again.diverged) {
        problem = again.diverged->message;
    } else if (again.run.trace_digest != f.trace_digest ||
               again.run.result.failure.message != f.failure.message) {
        problem = "it is another execution";
    }
    return problem.empty();
}

void check_size(const size_at_most& allowed, const execution_figures& is, discovery& d) {
    const auto check = [&d](const char* what, std::uint32_t at_most, std::uint32_t actual) {
        if (actual > at_most) {
            d.problems.push_back(fmt::format("shrunk to {} {}, not to {}", actual, what, at_most));
        }
    };
    check("tasks", allowed.tasks, is.tasks);
    check("steps", allowed.steps, is.steps);
    check("preemptions", allowed.preemptions, is.preemptions);
    check("interleavings", allowed.interleavings, is.interleavings);
    check("events", allowed.events, is.events);
}

// What is left of the scenario has to be about the same bug: where that is cured, nothing fails in this way.
void check_same_bug(const subject& s, const finding& f, discovery& d) {
    constexpr std::uint64_t schedules = 2'000;
    scenarios::scenario rest = dynamic_cast<const scenario_case&>(*f.of).what();
    rest.kernel = s.cured->what().kernel;
    const scenario_case what(std::move(rest));
    searcher search(what);
    const run_result* const failure = search.first_failure(1, schedules);
    if (failure != nullptr && failure->failure.identity == f.failure.identity) {
        d.problems.push_back(
            fmt::format("shrunk to something that fails on the cured kernel, too: {}", in_words(*failure)));
    }
}

// Through the search that people use, which has to find the same.
void shrink_one(const subject& s, const effort& e, discovery& d) {
    const auto first = std::find_if(d.found_at.begin(), d.found_at.end(), [](auto at) { return at != 0; });
    if (first == d.found_at.end()) {
        return;
    }
    search_options options;
    options.seed = static_cast<std::uint64_t>(first - d.found_at.begin()) + 1;
    options.schedules_max = d.within;
    options.shrink_executions_max = e.shrink_executions_max;
    options.selection = s.searched->selection();
    const search_outcome outcome = search(s.searched, options);
    if (!outcome.internal_error.empty() || outcome.findings.empty()) {
        d.problems.push_back("searching again: " + outcome.internal_error);
        return;
    }
    const finding& f = outcome.findings.front();
    if (f.found_at != *first) {
        d.problems.push_back(
            fmt::format("searching again finds it in schedule {}, not {}", f.found_at, *first));
    }
    d.shrunk = f.shrunk;
    d.token = f.token;
    std::string problem;
    d.replayed = replays(f, problem);
    if (!d.replayed) {
        d.problems.push_back("replaying its token: " + problem);
    }
    check_same_bug(s, f, d);
    if (e.strict) {
        check_size(s.of.shrunk, f.shrunk, d);
    }
}

}  // namespace

std::shared_ptr<const scenario_case> case_on(std::string_view scenario, std::string_view kernel_name) {
    return std::make_shared<scenario_case>(on(load(scenario), kernel_name));
}

subject::subject(const row& r) : of(r) {
    const scenarios::scenario file = load(r.scenario);
    (void)rules_in(r.breaks);
    searched = std::make_shared<scenario_case>(on(file, r.searched), rules_in(r.rules_off));
    cured = std::make_shared<scenario_case>(on(file, r.cured));
}

std::uint64_t discovery::found() const {
    return static_cast<std::uint64_t>(
        std::count_if(found_at.begin(), found_at.end(), [](std::uint64_t at) { return at != 0; }));
}

std::uint64_t discovery::percentile(unsigned percent) const {
    std::vector<std::uint64_t> sorted = found_at;
    // Whoever found nothing needs more than all others: 0 comes last.
    std::sort(sorted.begin(), sorted.end(), [](std::uint64_t a, std::uint64_t b) { return a - 1 < b - 1; });
    const std::size_t rank = (sorted.size() * percent + 99) / 100;
    return rank == 0 ? 0 : sorted[rank - 1];
}

discovery discover(const subject& s, const effort& e) {
    discovery d;
    d.within = e.schedules_max == 0 ? s.of.within : std::min(s.of.within, e.schedules_max);
    if (try_seeds(s, e, d)) {
        shrink_one(s, e, d);
    }
    return d;
}

cleanness search_cured(const subject& s, const effort& e) {
    searcher search(*s.cured);
    const run_result* const failure = search.first_failure(1, e.clean);
    cleanness c{search.executions(), {}};
    if (failure != nullptr) {
        c.problems.push_back(
            fmt::format("schedule {} on the cured kernel {}", c.schedules, in_words(*failure)));
    }
    return c;
}

}  // namespace tenthrule::seeds
