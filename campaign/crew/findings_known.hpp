#pragma once

/// Which failures the campaign knows, and which of them are to be shrunk next.
///
/// Thread safety: none.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "campaign/crew/arms.hpp"
#include "campaign/crew/progress.hpp"
#include "campaign/crew/shrink_queue.hpp"

namespace tenthrule::crew {

class findings_known {
public:
    /// Learns those of the store. Of scenarios that are not part of `work` no name is known.
    void read(const campaign_store& store, const crew_work& work);

    /// A batch has had failures. `points`: lengths of their executions, if they are known. True: one of them
    /// is new.
    bool note(scenario_id scenario, const batch_result& b, const std::vector<std::uint32_t>& points);

    /// How many there are, those that the store does not have yet as well.
    std::size_t count() const {
        return known_.size();
    }
    /// Of the scenario, as of the last `read`.
    std::uint64_t count_of(scenario_id scenario) const;
    /// As of the last `read`, in the order in which they were found.
    const std::vector<crew_progress::finding>& list() const {
        return list_;
    }
    shrink_queue& to_shrink() {
        return to_shrink_;
    }
    const shrink_queue& to_shrink() const {
        return to_shrink_;
    }

private:
    std::set<std::pair<scenario_id, std::string>> known_;
    std::vector<crew_progress::finding> list_;
    std::map<scenario_id, std::uint64_t> counts_;
    shrink_queue to_shrink_;
};

}  // namespace tenthrule::crew
