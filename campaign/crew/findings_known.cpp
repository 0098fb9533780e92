#include "campaign/crew/findings_known.hpp"

namespace tenthrule::crew {

void findings_known::read(const campaign_store& store, const crew_work& work) {
    std::map<scenario_id, std::string> names;
    for (const crew_subject& s : work.subjects) {
        names[s.scenario] = s.scenario_name;
    }
    list_.clear();
    counts_.clear();
    for (const stored_finding& f : store.findings()) {
        known_.emplace(f.scenario, f.identity);
        const auto name = names.find(f.scenario);
        list_.push_back({name == names.end() ? "" : name->second, f.identity, f.rule, f.crash, f.shrunk});
        ++counts_[f.scenario];
        if (f.crash.empty() && !(f.shrunk && f.best.complete) && !f.occurrences.empty()) {
            const finding_occurrence& first = f.occurrences.front();
            to_shrink_.offer({f.scenario, f.identity, first.arm, first.token, ~std::uint32_t{0}});
        } else if (f.shrunk) {
            to_shrink_.knows({f.scenario, f.identity, 0, "", f.best.original.points});
        }
    }
}

bool findings_known::note(scenario_id scenario, const batch_result& b,
                          const std::vector<std::uint32_t>& points) {
    bool any_new = false;
    for (std::size_t i = 0; i < b.seen.size(); ++i) {
        const failure_seen& seen = b.seen[i];
        any_new = known_.emplace(scenario, seen.identity).second || any_new;
        if (seen.crash.empty()) {
            const std::uint32_t size = i < points.size() ? points[i] : ~std::uint32_t{0};
            to_shrink_.offer({scenario, seen.identity, b.arm, seen.token, size});
        }
    }
    return any_new;
}

std::uint64_t findings_known::count_of(scenario_id scenario) const {
    const auto found = counts_.find(scenario);
    return found == counts_.end() ? 0 : found->second;
}

}  // namespace tenthrule::crew
