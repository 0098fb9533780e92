#pragma once

#include <algorithm>

namespace tenthrule::crew {

/// How much of the workers' time goes into shrinking: a share of the campaign's so far; of the whole
/// campaign's if its length is known, because a failure that is found early is shrunk early. Thread safety:
/// none.
class shrink_share {
public:
    static constexpr double credit_seconds = 20;  ///< in any case, unless the share is 0

    /// `planned_seconds`: 0 if the length of the campaign is not known.
    shrink_share(double share, unsigned workers, double planned_seconds)
        : share_(share), workers_(workers), planned_seconds_(planned_seconds) {}

    /// Whether one more worker may shrink when the campaign has run for so long.
    bool allows(double campaign_seconds) const {
        if (share_ <= 0 || shrinking_ >= std::max(1U, workers_ / 2)) {
            return false;
        }
        const double all = workers_ * std::max(campaign_seconds, planned_seconds_);
        return seconds_ <= share_ * all + credit_seconds;
    }
    void begin() {
        ++shrinking_;
    }
    /// `seconds`: what it took, if that is known.
    void end(double seconds = 0) {
        --shrinking_;
        seconds_ += seconds;
    }

private:
    double share_;
    unsigned workers_;
    double planned_seconds_;
    unsigned shrinking_ = 0;
    double seconds_ = 0;
};

}  // namespace tenthrule::crew
