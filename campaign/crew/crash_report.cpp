#include "campaign/crew/crash_report.hpp"

#include <chrono>

#include <fmt/format.h>

#include "shrink/token.hpp"

namespace tenthrule::crew {

namespace {

// Nothing can be said of the end of the execution: the token has neither fingerprint nor trace digest, and a
// replay goes where the decisions lead.
token token_of(const death& d, const crew_subject& subject, const execution_limits& limits) {
    token t;
    t.case_digest = subject.program ? subject.program->digest : subject.key.digest;
    t.selection = subject.key.selection;
    if (limits.points_max != 0) {
        t.points_max = limits.points_max;
    }
    t.taken_away = subject.key.codes;
    t.decisions = d.decisions;
    return t;
}

}  // namespace

failure_seen crash_seen(const death& d, std::uint64_t index, const crew_subject& subject,
                        const execution_limits& limits) {
    failure_seen seen;
    seen.crash = d.cause;
    seen.first_index = index;
    if (d.cause == "hang") {
        seen.rule = seen.identity = d.cause;
        seen.message = fmt::format("an execution did not come to its end within {} s",
                                   std::chrono::duration<double>(limits.hang).count());
    } else if (d.cause == "memory") {
        seen.rule = seen.identity = d.cause;
        seen.message = fmt::format("an execution needed more than {} MB", limits.memory >> 20U);
    } else {
        seen.rule = "crash";
        seen.identity = "crash|" + d.cause;
        seen.message = fmt::format("an execution ended its process: {}", d.cause);
    }
    seen.token = encode(token_of(d, subject, limits));
    return seen;
}

}  // namespace tenthrule::crew
