#pragma once

/// What people and the store are told of a crew at work. Looks at everything, and changes nothing.

#include <deque>
#include <vector>

#include "campaign/crew/crew_member.hpp"
#include "campaign/crew/findings_known.hpp"
#include "campaign/crew/progress.hpp"
#include "campaign/crew/results_keeper.hpp"

namespace tenthrule::crew {

struct overview {
    const campaign_plan& plan;
    const crew_work& work;  ///< its arms have the numbers that the ledger has for them
    const work_ledger& ledger;
    const results_keeper& results;
    const findings_known& findings;
    const std::deque<crew_member>& members;

    /// All but the canary.
    crew_progress progress_at(double seconds) const;
    std::vector<worker_sign> signs() const;

private:
    const crew_subject* subject_of(const crew_member& m) const;
    void add_members(crew_progress& p) const;
    void add_scenarios(crew_progress& p) const;
    double seconds_left(double seconds, double rate) const;
};

}  // namespace tenthrule::crew
