#include "scenarios/kernel_override.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule::scenarios {

name_problem unknown_version(std::string_view name) {
    std::vector<std::string_view> names;
    for (const kernel::version& v : kernel::all_versions()) {
        names.emplace_back(v.name);
    }
    return {fmt::format("unknown kernel version '{}'; expected one of {}", name, fmt::join(names, ", ")),
            std::string(nearest(name, names))};
}

name_problem unknown_patch(std::string_view name) {
    std::vector<std::string_view> names;
    for (const kernel::patch_info& p : kernel::all_patches()) {
        names.emplace_back(p.commit);
        names.emplace_back(p.title);
    }
    return {fmt::format("unknown patch '{}'; expected one of 'tenthrule list patches'", name),
            std::string(nearest(name, names))};
}

kernel_override with_kernel(const scenario& s, std::string_view version, std::span<const std::string> with,
                            std::span<const std::string> without) {
    scenario changed = s;
    kernel_choice& k = changed.kernel;
    if (!version.empty() && version != k.version) {
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
            return {
                std::nullopt,
                {fmt::format("patch {} is asked for and ruled out; expected one of the two", p->commit), {}}};
        }
    }
    return {std::move(changed), {}};
}

}  // namespace tenthrule::scenarios
