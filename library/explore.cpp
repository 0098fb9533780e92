#include "library/explore.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "library/campaign_part.hpp"
#include "library/isolate.hpp"
#include "library/test_program.hpp"
#include "library/trace_text.hpp"
#include "runtime/random.hpp"
#include "scheduler/replay.hpp"
#include "shrink/replay_check.hpp"
#include "shrink/shrink.hpp"

namespace tenthrule {

namespace {

using detail::test_program;
using detail::written_test;

// What a run of the engine that violated a rule says.
test_failure describe(const test_case& what, const logged_run& run) {
    test_failure f;
    f.rule = run.result.failure.broken->name;
    f.message = run.result.failure.message;
    f.identity = run.result.failure.identity;
    f.trace = detail::trace_text(run);
    f.token = encode(make_token(what, "", run.result));
    f.points = run.result.statistics.points;
    f.preemptions = run.result.statistics.preemptions + run.result.statistics.interleavings;
    return f;
}

class searcher {
public:
    /// `to` may be null.
    searcher(const std::function<void()>& test, const explore_options& options, detail::journal* to)
        : options_(options), journal_(to), case_(std::make_shared<written_test>(test, options)) {}

    exploration search() {
        strategy_or_error made = make_strategy(options_.strategy);
        if (made.made == nullptr) {
            result_.end = exploration_end::bad_input;
            result_.error = std::move(made.error);
            return std::move(result_);
        }
        result_.strategy = made.canonical;
        if (options_.executions_max == 0 && !is_systematic(made.canonical)) {
            result_.end = exploration_end::bad_input;
            result_.error = fmt::format(
                "executions_max is 0, but the strategy '{}' does not end by itself (dpor and exhaustive do)",
                made.canonical);
            return std::move(result_);
        }
        if (journal_ != nullptr) {
            detail::journalling written_down(*made.made, *journal_);
            search_with(written_down);
        } else {
            search_with(*made.made);
        }
        if (options_.track_allocations && !detail::allocations_can_be_watched()) {
            result_.remarks.emplace_back(
                "allocations are not watched: this program has an operator new of its own");
        }
        return std::move(result_);
    }

    exploration replay(const token& t) {
        if (journal_ != nullptr) {
            // Should it crash, what was to be replayed is what has been decided.
            journal_->decisions = static_cast<std::uint32_t>(
                std::min<std::size_t>(t.decisions.size(), detail::journal::decisions_max));
            std::copy_n(t.decisions.begin(), journal_->decisions.load(), journal_->decided);
            journal_->searching = true;
            journal_->executions = 1;
        }
        const replay_report report = check_replay(*case_, recorded_in(t));
        result_.executions = 1;
        result_.points = report.run.result.statistics.points;
        result_.strategy = "replay";
        if (report.diverged) {
            result_.end = exploration_end::diverged;
            result_.error = fmt::format("the token does not lead to the same execution any more: {}",
                                        report.diverged->message);
        } else {
            result_.end = exploration_end::failed;
            result_.failure = describe(*case_, report.run);
        }
        return std::move(result_);
    }

    std::uint64_t digest() const {
        return case_->digest();
    }

private:
    void search_with(strategy& how) {
        if (journal_ != nullptr) {
            journal_->searching = true;
        }
        execution machine;
        const auto instance = case_->instantiate();
        const auto& program = static_cast<const test_program&>(*instance);
        const run_options run = case_->options();
        std::uint64_t not_explored = 0;
        for (std::uint64_t i = 0; options_.executions_max == 0 || i < options_.executions_max; ++i) {
            const run_result& r = machine.run(*instance, how, run, execution_seed(options_.seed, i));
            const bool assumed_away = r.end == verdict::redundant && program.assumed_away();
            result_.assumed_away += assumed_away ? 1U : 0U;
            if (r.end != verdict::redundant) {
                ++result_.executions;
                result_.points += r.statistics.points;
            }
            if (r.statistics.fair != 0 && how.watches()) {
                ++not_explored;
            }
            if (r.end == verdict::violation) {
                found(r, i + 1);
                return;
            }
            if (r.end == verdict::step_bound) {
                ++result_.step_bounds;
            } else if (r.end == verdict::diverged) {
                not_a_test(
                    fmt::format("execution {} went another way than the same decisions did before", i + 1));
                return;
            }
            if (!how.more()) {
                end_of_search(not_explored);
                return;
            }
        }
        result_.end = exploration_end::passed;
        remark_on_step_bounds();
    }

    void end_of_search(std::uint64_t not_explored) {
        const bool all = !result_.strategy.starts_with("bounded");
        if (all && result_.step_bounds == 0 && not_explored == 0) {
            result_.end = exploration_end::verified;
            return;
        }
        result_.end = exploration_end::passed;
        if (!all) {
            result_.remarks.push_back(
                fmt::format("every schedule within the bound of {} was tried", result_.strategy));
        }
        if (not_explored != 0) {
            result_.remarks.push_back(fmt::format(
                "what comes after very long waiting loops was not explored, in {} executions", not_explored));
        }
        remark_on_step_bounds();
    }

    void remark_on_step_bounds() {
        if (result_.step_bounds != 0) {
            result_.remarks.push_back(fmt::format("{} executions were given up after {} steps (points_max)",
                                                  result_.step_bounds, options_.points_max));
        }
    }

    void found(const run_result& r, std::uint64_t number) {
        if (journal_ != nullptr) {
            journal_->searching = false;
        }
        const violation first = r.failure;
        const schedule decisions = r.decisions;
        const std::uint64_t hash = r.schedule_hash;
        tenthrule::replay how(decisions);
        const logged_run again = run_logged(*case_, how);
        const run_result& same = again.result;
        if (same.end != verdict::violation || same.failure.identity != first.identity ||
            same.schedule_hash != hash) {
            not_a_test(fmt::format("execution {} failed ({}), but the same schedule a second time {}", number,
                                   first.message,
                                   same.end == verdict::violation
                                       ? fmt::format("failed in another way ({})", same.failure.message)
                                       : std::string("did not fail")));
            return;
        }
        result_.end = exploration_end::failed;
        result_.failure = describe(*case_, again);
        if (options_.shrink) {
            shrink_options o;
            o.executions_max = options_.shrink_executions_max;
            o.certify_executions_max = options_.shrink_executions_max;
            shrink_result s = shrink(case_, decisions, o);
            if (!s.error.empty()) {
                not_a_test(std::move(s.error));
                return;
            }
            result_.failure = describe(*case_, s.run);
            result_.failure.shrunk = true;
            result_.failure.minimal = s.certified;
        }
        result_.failure.found_at = number;
    }

    void not_a_test(std::string why) {
        result_.end = exploration_end::not_a_test;
        result_.error =
            std::move(why) +
            ": the test does not depend on its schedule alone (state kept from one execution to the "
            "next, real time, addresses, random numbers of its own?)";
    }

    const explore_options& options_;
    detail::journal* journal_;
    std::shared_ptr<const written_test> case_;
    exploration result_;
};

exploration bad_token(std::string why) {
    exploration result;
    result.end = exploration_end::bad_input;
    result.error = std::move(why);
    return result;
}

exploration explore_here(const std::function<void()>& test, const explore_options& options,
                         detail::journal* to) {
    const detail::terminate_guard guard;
    searcher search(test, options, to);
    const char* const environment = std::getenv("TENTHRULE_REPLAY");
    const bool told = !options.replay.empty();
    if (!told && (environment == nullptr || *environment == '\0')) {
        return search.search();
    }
    const token_or_error token = decode_token(told ? options.replay : std::string(environment));
    if (!token.read) {
        return bad_token(fmt::format("{}: {}", told ? "options.replay" : "TENTHRULE_REPLAY", token.error));
    }
    if (token.read->case_digest == search.digest()) {
        return search.replay(*token.read);
    }
    if (told) {
        return bad_token(fmt::format("the token is not one of the test '{}'", options.name));
    }
    exploration result = search.search();
    result.remarks.emplace_back("TENTHRULE_REPLAY is a token of another test");
    return result;
}

}  // namespace

exploration explore(const std::function<void()>& test, const explore_options& options) {
    if (in_campaign()) {
        return detail::take_part(test, options);
    }
    if (options.isolate) {
        return detail::search_isolated([&](detail::journal& to) { return explore_here(test, options, &to); },
                                       options, written_test(test, options).digest());
    }
    return explore_here(test, options, nullptr);
}

std::string exploration::report() const {
    std::string text;
    const auto line = [&text](const std::string& words) { text += words + "\n"; };
    switch (end) {
        case exploration_end::passed:
            line(fmt::format("nothing found in {} executions of {}", executions, strategy));
            break;
        case exploration_end::verified:
            line(fmt::format("verified: nothing goes wrong in any schedule ({} executions of {})", executions,
                             strategy));
            break;
        case exploration_end::failed:
            line(fmt::format("{}: {}", failure.rule, failure.message));
            if (failure.found_at != 0) {
                line(fmt::format("found in execution {} of {}{}", failure.found_at, strategy,
                                 !failure.shrunk ? ""
                                 : failure.minimal
                                     ? "; shrunk, and no schedule with fewer switches fails like this"
                                     : "; shrunk"));
            }
            line("");
            text += failure.trace;
            line("");
            if (failure.trace.find("=>") != std::string::npos) {
                line("=> the schedule went away from a thread that could have gone on, or chose a value");
            }
            line("replay it with:  TENTHRULE_REPLAY=" + failure.token);
            break;
        case exploration_end::diverged:
        case exploration_end::bad_input:
        case exploration_end::not_a_test:
            line(error);
            break;
    }
    for (const std::string& remark : remarks) {
        line("(" + remark + ")");
    }
    return text;
}

}  // namespace tenthrule
