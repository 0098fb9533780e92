#include "campaign/crew/arms.hpp"

#include <algorithm>
#include <map>

namespace tenthrule::crew {

namespace {

// How much of their scenario's time each of its subjects gets.
std::vector<double> shares_of(const std::vector<subject>& subjects, double swarm_share) {
    struct on_kernel {
        unsigned written = 0;
        unsigned varied = 0;
    };
    std::map<std::string, on_kernel> kernels;
    for (const subject& s : subjects) {
        on_kernel& k = kernels[s.key.kernel];
        ++(s.key.variation.empty() ? k.written : k.varied);
    }
    std::vector<double> shares;
    for (const subject& s : subjects) {
        const on_kernel& k = kernels[s.key.kernel];
        const bool both = k.written != 0 && k.varied != 0;
        const bool written = s.key.variation.empty();
        const double part = !both ? 1 : (written ? 1 - swarm_share : swarm_share);
        shares.push_back(part / (written ? k.written : k.varied) / static_cast<double>(kernels.size()));
    }
    return shares;
}

}  // namespace

crew_work prepare(campaign_store& store, const campaign_plan& plan,
                  const std::vector<scenario_source>& sources, edits what_if_edited) {
    crew_work w;
    double strategies = 0;
    for (const strategy_share& s : plan.strategies) {
        strategies += s.share;
    }
    std::map<arm_id, std::size_t> by_id;
    for (const scenario_source& source : sources) {
        const scenario_id scenario = store.add_scenario(source, what_if_edited);
        const auto text = std::make_shared<const std::string>(source.text);
        const std::vector<subject> subjects = subjects_of(plan, source);
        const std::vector<double> shares = shares_of(subjects, plan.swarm.share);
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            const subject_id id = store.add_subject(scenario, subjects[i].key);
            w.subjects.push_back({id, scenario, source.what.name, subjects[i].key, text, source.program});
            for (const strategy_share& s : plan.strategies) {
                for (const std::uint64_t seed : plan.seeds) {
                    crew_arm arm;
                    arm.state.id = store.add_arm(id, s.strategy, seed);
                    arm.subject = w.subjects.size() - 1;
                    // A share of nothing would be an arm that never runs.
                    arm.share = std::max(1e-9, shares[i]) / static_cast<double>(sources.size()) * s.share /
                                strategies / static_cast<double>(plan.seeds.size());
                    if (by_id.emplace(arm.state.id, w.arms.size()).second) {
                        w.arms.push_back(std::move(arm));
                    }
                }
            }
        }
    }
    for (arm_state& known : store.arms()) {
        if (const auto found = by_id.find(known.id); found != by_id.end()) {
            w.arms[found->second].state = std::move(known);
        }
    }
    return w;
}

}  // namespace tenthrule::crew
