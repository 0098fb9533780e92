#include "cli/kernel_name.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"
#include "scenarios/format.hpp"

namespace tenthrule::cli {

std::vector<std::string> commits(const kernel::patch_set& patches) {
    std::vector<std::string> list;
    for (const kernel::patch_info& p : kernel::all_patches()) {
        if (patches.contains(p.id)) {
            list.emplace_back(p.commit);
        }
    }
    return list;
}

std::string kernel_name(const scenarios::kernel_choice& k, const rule_names& rules_off) {
    std::string name = k.version;
    if (k.with.bits != 0) {
        name += fmt::format(" with {}", fmt::join(commits(k.with), " with "));
    }
    if (k.without.bits != 0) {
        name += fmt::format(" without {}", fmt::join(commits(k.without), " without "));
    }
    if (k.preempt != kernel::preempt_model::full) {
        name += fmt::format(", preempt = {}",
                            scenarios::format::name_of(scenarios::format::preempt_models(), k.preempt));
    }
    if (!rules_off.empty()) {
        name += fmt::format(", {} {} off", rules_off.size() == 1 ? "rule" : "rules", enumerated(rules_off));
    }
    return name;
}

std::string machine_name(unsigned cpus) {
    return cpus == 0 ? "a CPU for every task" : counted(cpus, "CPU");
}

}  // namespace tenthrule::cli
