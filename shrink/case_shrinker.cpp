#include "shrink/case_shrinker.hpp"

namespace tenthrule::shrinking {

bool case_shrinker::adopt(candidate other, trace recorded) {
    if (!simpler(other, best())) {
        return false;
    }
    current_ = std::make_unique<schedule_shrinker>(lab_, std::move(other), std::move(recorded));
    ++successes_;
    return true;
}

bool case_shrinker::adopt_shrunk(candidate other, trace recorded, std::uint64_t executions_max) {
    if (adopt(other, recorded)) {
        return true;
    }
    const attempts::allowance share(lab_, executions_max);
    auto trial = std::make_unique<schedule_shrinker>(lab_, std::move(other), std::move(recorded));
    run_schedule_passes(*trial, table_);
    if (!simpler(trial->best(), best())) {
        return false;
    }
    current_ = std::move(trial);
    ++successes_;
    return true;
}

}  // namespace tenthrule::shrinking
