#include "campaign/kernel_words.hpp"

#include <fmt/format.h>

#include "scenarios/format.hpp"

namespace tenthrule {

std::vector<std::string> commits(const kernel::patch_set& patches) {
    std::vector<std::string> list;
    for (const kernel::patch_info& p : kernel::all_patches()) {
        if (patches.contains(p.id)) {
            list.emplace_back(p.commit);
        }
    }
    return list;
}

std::string kernel_words(const scenarios::kernel_choice& k) {
    std::string name = k.version;
    if (k.with.bits != 0) {
        name += fmt::format(" with {}", fmt::join(commits(k.with), ", "));
    }
    if (k.without.bits != 0) {
        name += fmt::format(" without {}", fmt::join(commits(k.without), ", "));
    }
    if (k.preempt != kernel::preempt_model::full) {
        name += fmt::format(", preempt = {}",
                            scenarios::format::name_of(scenarios::format::preempt_models(), k.preempt));
    }
    return name;
}

}  // namespace tenthrule
