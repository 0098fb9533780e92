#include "shrink/shrink.hpp"

#include "scheduler/replay.hpp"
#include "shrink/case_shrinker.hpp"
#include "shrink/certify.hpp"
#include "shrink/passes/reduce_case.hpp"

namespace tenthrule {

namespace {

using shrinking::attempts;
using shrinking::by_number;
using shrinking::candidate;
using shrinking::case_shrinker;
using shrinking::other_failure;
using shrinking::trace;

failing_execution to_failing_execution(const candidate& c) {
    return {c.in->of, c.decisions, c.statistics, c.in->size};
}

// Cheap passes until they get no further, then the next dearer one.
void drive(case_shrinker& s) {
    for (bool progress = true; progress;) {
        if (s.lab().out_of_budget()) {
            return;
        }
        run_schedule_passes(s.current(), s.table());
        progress = reduce_by_replay(s) || reduce_pairs_by_replay(s) ||
                   find_fewer_deviations(s, s.lab().left() / 4) || reduce_by_search(s, {}) ||
                   reduce_pairs_by_search(s, s.lab().left() / 2);
    }
}

// Whether what was reached is as small as it gets; what turns out to be smaller replaces it.
shrinking::certificate drive_and_certify(case_shrinker& s, const std::string& identity,
                                         const shrink_options& options) {
    drive(s);
    std::uint64_t executions = 0;
    for (;;) {
        if (options.certify_executions_max == 0) {
            return {false, "it was not asked for", {}, 0};
        }
        if (s.lab().out_of_budget()) {
            return {false, "shrinking did not come to its end", {}, executions};
        }
        shrinking::certificate c =
            shrinking::certify(s.best(), identity, options.certify_executions_max - executions, options.stop);
        c.executions = executions += c.executions;
        if (!c.smaller) {
            return c;
        }
        by_number how;
        how.follow(*c.smaller);
        const std::shared_ptr<shrinking::specimen> in = s.best().in;
        s.lab().run(*in, how);
        trace recorded = how.recorded();
        remember_places(recorded);
        if (!s.lab().same_failure() ||
            !s.adopt({in, s.lab().last().decisions, s.lab().last().statistics}, std::move(recorded))) {
            c.because = "a schedule with fewer switches or events has it as well, but with more preemptions";
            return c;
        }
        drive(s);
        if (executions >= options.certify_executions_max) {
            return {false,
                    "the search for a schedule with less was not begun again after it had found one",
                    {},
                    executions};
        }
    }
}

logged_run run_strictly(const failing_execution& what, std::uint32_t points_max) {
    replay how(what.decisions);
    return run_logged(*what.of, how, points_max);
}

bool equal(const run_statistics& a, const run_statistics& b) {
    return a.points == b.points && a.choices == b.choices && a.switches == b.switches &&
           a.preemptions == b.preemptions && a.interleavings == b.interleavings && a.events == b.events &&
           a.values == b.values;
}

// Executes the result twice more, strictly and with the log on.
void confirm(shrink_result& result, const std::string& identity, std::uint32_t points_max) {
    result.run = run_strictly(result.shrunk, points_max);
    const run_result& r = result.run.result;
    const bool same = r.end == verdict::violation && r.failure.identity == identity &&
                      r.decisions == result.shrunk.decisions && equal(r.statistics, result.shrunk.statistics);
    if (!same || run_strictly(result.shrunk, points_max).trace_digest != result.run.trace_digest) {
        result.error =
            "the shrunk execution is not reproducible: executing the same schedule again gave something "
            "else, so the tested program does not depend on its schedule alone";
    }
}

}  // namespace

shrink_result shrink(const std::shared_ptr<const test_case>& original, const schedule& failing,
                     const shrink_options& options) {
    shrink_result result;
    result.original = {original, failing, {}, original->size()};
    result.shrunk = result.original;
    result.run = run_strictly(result.original, options.points_max);
    result.original.statistics = result.shrunk.statistics = result.run.result.statistics;
    const std::string identity = result.run.result.failure.identity;
    if (result.run.result.end != verdict::violation) {
        result.error = "the schedule to be shrunk does not lead to a violation";
        return result;
    }

    attempts lab(identity, options.executions_max, options.points_max, options.stop);
    const auto in = lab.prepare(original);
    by_number how;
    how.follow(failing);
    lab.run(*in, how);
    if (!lab.same_failure()) {
        result.error =
            "the failure to be shrunk happens only while events are being logged: a tested program "
            "must not depend on that";
        return result;
    }
    trace recorded = how.recorded();
    remember_places(recorded);
    case_shrinker state(lab, {in, lab.last().decisions, lab.last().statistics}, std::move(recorded));
    shrinking::certificate certified = drive_and_certify(state, identity, options);

    result.shrunk = to_failing_execution(state.best());
    result.executions = lab.executions();
    result.budget_used_up = lab.out_of_budget();
    for (const other_failure& other : lab.others()) {
        result.others.push_back({other.failure, to_failing_execution(other.smallest), other.times});
    }
    result.passes = state.table();
    result.certified = certified.certified;
    result.certified_because = std::move(certified.because);
    result.certify_executions = certified.executions;
    constexpr std::uint64_t explain_executions_max = 5'000;
    result.why = shrinking::explain(state.best(), identity, explain_executions_max);
    confirm(result, identity, options.points_max);
    return result;
}

}  // namespace tenthrule
