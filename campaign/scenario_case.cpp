#include "campaign/scenario_case.hpp"

#include <bit>

#include "scenarios/digest.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/scenario_program.hpp"

namespace tenthrule {

using scenarios::scenario;

scenario_case::scenario_case(scenario s)
    : what_(std::move(s)), digest_(scenarios::digest_on_any_kernel(what_)) {}

scenario_case::scenario_case(scenario s, std::uint64_t digest, std::vector<std::uint32_t> taken_away)
    : what_(std::move(s)), digest_(digest), taken_away_(std::move(taken_away)) {}

std::unique_ptr<program> scenario_case::instantiate() const {
    return std::make_unique<scenarios::scenario_program>(what_);
}

run_options scenario_case::options() const {
    return scenarios::options_of(what_);
}

case_size scenario_case::size() const {
    const scenarios::scenario_size s = scenarios::size_of(what_);
    return {s.tasks, s.steps, s.timers, s.starts, s.priorities, s.cpus, s.extras};
}

std::vector<reduction> scenario_case::reductions() const {
    std::vector<reduction> list;
    for (scenarios::reduction_code& r : scenarios::reductions(what_)) {
        list.push_back({r.code, std::move(r.about)});
    }
    return list;
}

std::unique_ptr<test_case> scenario_case::reduced(std::uint32_t code) const {
    std::optional<scenario> rest = scenarios::apply(what_, code);
    if (!rest) {
        return nullptr;
    }
    std::vector<std::uint32_t> codes = taken_away_;
    codes.push_back(code);
    return std::unique_ptr<test_case>(new scenario_case(std::move(*rest), digest_, std::move(codes)));
}

// The preemption model, then the patches, eight in a byte, without zeros at the end: patches are numbered in
// the order of their release, so this takes a few bytes only.
std::string kernel_selection(const scenario& s) {
    const kernel::patch_set patches = scenarios::effective_patches(s.kernel);
    std::string bytes(1, static_cast<char>(s.kernel.preempt));
    for (std::uint64_t rest = patches.bits; rest != 0; rest >>= 8U) {
        bytes += static_cast<char>(static_cast<std::uint8_t>(rest));
    }
    return bytes;
}

std::optional<scenario> with_selection(scenario s, std::string_view selection) {
    const bool fits =
        !selection.empty() && selection.size() <= 9 &&
        static_cast<std::uint8_t>(selection[0]) <= static_cast<unsigned>(kernel::preempt_model::rt) &&
        (selection.size() == 1 || selection.back() != '\0');
    if (!fits) {
        return std::nullopt;
    }
    kernel::patch_set wanted;
    for (std::size_t i = 1; i < selection.size(); ++i) {
        wanted.bits |= std::uint64_t{static_cast<std::uint8_t>(selection[i])} << (8 * (i - 1));
    }
    std::uint64_t known = 0;
    for (const kernel::patch_info& p : kernel::all_patches()) {
        known |= std::uint64_t{1} << static_cast<unsigned>(p.id);
    }
    if ((wanted.bits & ~known) != 0) {
        return std::nullopt;
    }
    const auto changes = [&wanted](const kernel::version& v) {
        return std::popcount(v.patches.bits ^ wanted.bits);
    };
    const kernel::version* base = kernel::find_version(s.kernel.version);
    for (const kernel::version& v : kernel::all_versions()) {
        if (base == nullptr || changes(v) < changes(*base)) {
            base = &v;
        }
    }
    s.kernel.version = base->name;
    s.kernel.with.bits = wanted.bits & ~base->patches.bits;
    s.kernel.without.bits = base->patches.bits & ~wanted.bits;
    s.kernel.preempt = static_cast<kernel::preempt_model>(selection[0]);
    return s;
}

std::shared_ptr<const test_case> reduce(std::shared_ptr<const test_case> from,
                                        const std::vector<std::uint32_t>& codes) {
    for (const std::uint32_t code : codes) {
        if (from != nullptr) {
            from = from->reduced(code);
        }
    }
    return from;
}

}  // namespace tenthrule
