#include "scenarios/kernel_override.hpp"

#include <utility>

namespace tenthrule::scenarios {

kernel_override with_kernel(const scenario& s, std::string_view version, std::span<const std::string> with,
                            std::span<const std::string> without) {
    scenario changed = s;
    kernel_choice& k = changed.kernel;
    if (!version.empty()) {
        if (kernel::find_version(version) == nullptr) {
            return {std::nullopt, unknown_version(version)};
        }
        k.version = version;
        k.with = k.without = {};
    }
    for (const bool adding : {true, false}) {
        for (const std::string& name : adding ? with : without) {
            const kernel::patch_info* const p = kernel::find_patch(name);
            if (p == nullptr) {
                return {std::nullopt, unknown_patch(name)};
            }
            // What is asked for here goes before what the file says.
            (adding ? k.without : k.with).erase(p->id);
            (adding ? k.with : k.without).insert(p->id);
        }
    }
    for (const std::string& name : with) {
        if (const kernel::patch_info* p = kernel::find_patch(name); k.without.contains(p->id)) {
            return {std::nullopt, contradictory_patch(*p)};
        }
    }
    return {std::move(changed), {}};
}

scenario with_kernel(const scenario& s, const expectation& e) {
    scenario changed = s;
    changed.kernel = e.kernel;
    changed.kernel.preempt = s.kernel.preempt;
    return changed;
}

}  // namespace tenthrule::scenarios
