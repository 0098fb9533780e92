#pragma once

/// What a campaign chooses between.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/plan/campaign_plan.hpp"
#include "campaign/plan/subjects.hpp"
#include "campaign/store/campaign_store.hpp"

namespace tenthrule::crew {

struct crew_subject {
    subject_id id = 0;
    scenario_id scenario = 0;
    std::string scenario_name;
    subject_key key;
    std::shared_ptr<const std::string> text;             ///< of the scenario
    std::optional<program_test> program = std::nullopt;  ///< the test, if it is one of a program
};

struct crew_arm {
    arm_state state;
    std::size_t subject = 0;  ///< index of its subject
    double share = 0;         ///< of the time; all of them together are 1
};

struct crew_work {
    std::vector<crew_subject> subjects;
    std::vector<crew_arm> arms;
};

/// Enters all subjects and arms of the plan into the store, and gives them back with what the store knows of
/// them. Scenarios share the time equally; within one kernels do, of a kernel the variations get
/// plan.swarm.share, and strategies what the plan says. Throws store_error: `refused` for an edited scenario,
/// unless edits::accept.
crew_work prepare(campaign_store& store, const campaign_plan& plan,
                  const std::vector<scenario_source>& sources, edits what_if_edited);

}  // namespace tenthrule::crew
