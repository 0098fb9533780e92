#include "campaign/crew/report_check.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tenthrule::crew {

namespace {

bool is_time(double seconds) {
    return std::isfinite(seconds) && seconds >= 0;
}

std::string what_is_wrong(const batch_result& b, const piece& p) {
    if (b.first != p.first || b.count > p.count) {
        return fmt::format("its report is about executions {} to {}, which were not ordered", b.first,
                           b.first + b.count);
    }
    if (b.failures > b.count || b.step_bounds > b.count - b.failures) {
        return fmt::format("its report counts {} failures and {} long executions among {}", b.failures,
                           b.step_bounds, b.count);
    }
    const auto outside = std::find_if(b.seen.begin(), b.seen.end(), [&b](const failure_seen& f) {
        return f.first_index < b.first || f.first_index - b.first >= b.count || f.times > b.failures;
    });
    return outside == b.seen.end() ? ""
                                   : fmt::format("its report has a failure {} times from execution {} on",
                                                 outside->times, outside->first_index);
}

}  // namespace

std::string what_is_wrong(const work_report& r, const assignment& a) {
    if (r.number != a.number) {
        return fmt::format("it reported about order {} instead of {}", r.number, a.number);
    }
    if (!is_time(r.seconds) || !is_time(r.batch.seconds)) {
        return fmt::format("its report says that it took {} s", r.seconds);
    }
    const auto* const job = std::get_if<search_job>(&a.what);
    return job != nullptr && r.problem.empty() ? what_is_wrong(r.batch, job->of) : "";
}

}  // namespace tenthrule::crew
