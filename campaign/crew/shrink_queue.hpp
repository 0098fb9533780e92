#pragma once

/// Which failures to shrink next.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "campaign/store/records.hpp"

namespace tenthrule::crew {

struct shrink_task {
    scenario_id scenario = 0;
    std::string identity;
    arm_id arm = 0;
    std::string token;
    std::uint32_t points = 0;  ///< of the execution: a shorter one may shrink to something smaller
};

/// For each failure the shortest execution that has come in and was not tried yet. Failures that were never
/// tried come first, then those that were tried least. One that was shrunk is tried again when an execution
/// of at most half the length comes in, a few times.
///
/// Thread safety: none.
class shrink_queue {
public:
    static constexpr unsigned tries_max = 4;

    /// An execution that has the failure.
    void offer(const shrink_task& t);
    /// It was shrunk before, from an execution of so many points.
    void knows(const shrink_task& t);

    bool has_task() const {
        return best() != known_.end();
    }
    /// REQUIRES: has_task(). The failure is under way until one of the following is called.
    shrink_task take();
    void done(const shrink_task& t, bool complete);
    /// It cannot be shrunk.
    void give_up(const shrink_task& t);
    /// Nothing was done about it.
    void put_back(const shrink_task& t);

private:
    using key = std::pair<scenario_id, std::string>;
    struct state {
        std::optional<shrink_task> waiting;
        std::uint32_t tried_points = ~std::uint32_t{0};
        unsigned tries = 0;
        bool under_way = false;
        bool given_up = false;
        bool complete = false;
    };
    using states = std::map<key, state>;

    states::const_iterator best() const;
    state& of(const shrink_task& t) {
        return known_[{t.scenario, t.identity}];
    }

    states known_;
};

}  // namespace tenthrule::crew
