#include "worker/make_finding.hpp"

#include <fmt/format.h>

#include "scheduler/replay.hpp"
#include "shrink/token.hpp"

namespace tenthrule {

execution_figures figures_of(const failing_execution& e) {
    execution_figures f;
    f.tasks = e.size.tasks;
    f.steps = e.size.steps;
    f.points = e.statistics.points;
    f.switches = e.statistics.switches;
    f.preemptions = e.statistics.preemptions;
    f.events = e.statistics.events;
    f.interleavings = e.statistics.interleavings;
    return f;
}

namespace searching {

namespace {

std::string token_of(const finding& f, const finding_options& options) {
    token t = make_token(*f.of, options.selection, f.run.result);
    if (options.points_max != 0) {
        t.points_max = options.points_max;
    }
    return encode(t);
}

bool is_same(const run_result& a, const run_result& b) {
    return b.end == verdict::violation && a.failure.identity == b.failure.identity &&
           a.failure.message == b.failure.message && a.schedule_hash == b.schedule_hash &&
           a.decisions == b.decisions && a.statistics.points == b.statistics.points;
}

}  // namespace

std::string confirm(const std::shared_ptr<const test_case>& what, const raw_finding& raw,
                    const finding_options& options, finding& to) {
    replay how(raw.result.decisions);
    to.run = run_logged(*what, how, options.points_max);
    const run_result& again = to.run.result;
    if (!is_same(raw.result, again)) {
        return fmt::format(
            "execution {} violated a rule ({}), but executing its own decisions again {}: the tested program "
            "does not depend on its schedule alone",
            raw.index + 1, raw.result.failure.message,
            again.end == verdict::violation ? fmt::format("went another way ({})", again.failure.message)
                                            : std::string("did not"));
    }
    to.found_at = raw.index + 1;
    to.times = raw.times;
    to.of = what;
    to.points_max = options.points_max;
    to.decisions = raw.result.decisions;
    to.failure = again.failure;
    to.trace_digest = to.run.trace_digest;
    to.original = to.shrunk = figures_of({what, to.decisions, again.statistics, what->size()});
    to.token = to.original_token = token_of(to, options);
    to.certified_because = "it was not shrunk";
    return {};
}

std::string shrink_finding(finding& f, const finding_options& options) {
    shrink_options o;
    o.executions_max = options.shrink_executions_max;
    o.points_max = options.points_max;
    o.stop = options.stop;
    shrink_result s = shrink(f.of, f.decisions, o);
    if (!s.error.empty()) {
        return s.error;
    }
    f.shrunk = figures_of(s.shrunk);
    f.of = s.shrunk.of;
    f.decisions = std::move(s.shrunk.decisions);
    f.run = std::move(s.run);
    f.failure = f.run.result.failure;
    f.trace_digest = f.run.trace_digest;
    f.token = token_of(f, options);
    f.shrink_executions = s.executions;
    f.shrink_budget_used_up = s.budget_used_up;
    f.shrink_passes = std::move(s.passes);
    f.others = std::move(s.others);
    f.certified = s.certified;
    f.certified_because = std::move(s.certified_because);
    f.certify_executions = s.certify_executions;
    f.why = std::move(s.why);
    return {};
}

}  // namespace searching

}  // namespace tenthrule
