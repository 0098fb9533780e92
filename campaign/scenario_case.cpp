#include "campaign/scenario_case.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "scenarios/digest.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/scenario_program.hpp"

namespace tenthrule {

using scenarios::scenario;

scenario_case::scenario_case(scenario s, const std::vector<std::string>& rules_off)
    : digest_(scenarios::digest_on_any_kernel(s)),
      rules_off_(still_on(s, rules_off)),
      what_(with_rules_off(std::move(s), rules_off_)) {}

scenario_case::scenario_case(scenario rest, const scenario_case& of, std::uint32_t taken_away)
    : digest_(of.digest_), rules_off_(of.rules_off_), what_(std::move(rest)), taken_away_(of.taken_away_) {
    taken_away_.push_back(taken_away);
}

std::string scenario_case::selection() const {
    return kernel_selection(what_, rules_off_);
}

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
    return std::unique_ptr<test_case>(new scenario_case(std::move(*rest), *this, code));
}

namespace {

// In the first byte: rules follow, before the patches. In the byte of a rule: another one follows.
constexpr unsigned more = 0x80;

// Takes the rules from the front of `bytes`. Nothing if they are not as kernel_selection writes them.
std::optional<rule_names> take_rules(std::string_view& bytes) {
    rule_names names;
    unsigned least = 0;
    for (bool another = true; another;) {
        if (bytes.empty()) {
            return std::nullopt;
        }
        const auto byte = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        another = (byte & more) != 0;
        const unsigned index = byte & ~more;
        const std::vector<const rule*> rules = scenarios::all_rules();
        const auto found =
            std::find_if(rules.begin(), rules.end(), [index](const rule* r) { return r->index == index; });
        if (index < least || found == rules.end()) {
            return std::nullopt;
        }
        names.emplace_back((*found)->name);
        least = index + 1;
    }
    return names;
}

}  // namespace

// The preemption model; the indices of the rules that are off, ascending; then the patches, eight in a byte,
// without zeros at the end: they are numbered in the order of their release, so this takes a few bytes only.
std::string kernel_selection(const scenario& s, const rule_names& rules_off) {
    std::set<unsigned> indices;
    for (const std::string& name : rules_off) {
        indices.insert(find_rule(name)->index);
    }
    const kernel::patch_set patches = scenarios::effective_patches(s.kernel);
    std::string bytes(
        1, static_cast<char>(static_cast<unsigned>(s.kernel.preempt) | (indices.empty() ? 0U : more)));
    for (const unsigned index : indices) {
        bytes += static_cast<char>(index | (index == *indices.rbegin() ? 0U : more));
    }
    for (std::uint64_t rest = patches.bits; rest != 0; rest >>= 8U) {
        bytes += static_cast<char>(static_cast<std::uint8_t>(rest));
    }
    return bytes;
}

std::optional<selected_scenario> with_selection(scenario s, std::string_view selection) {
    if (selection.empty()) {
        return std::nullopt;
    }
    const auto first = static_cast<std::uint8_t>(selection.front());
    const unsigned preempt = first & ~more;
    selection.remove_prefix(1);
    const std::optional<rule_names> rules_off =
        (first & more) != 0 ? take_rules(selection) : std::optional<rule_names>(std::in_place);
    const bool fits = rules_off && preempt <= static_cast<unsigned>(kernel::preempt_model::rt) &&
                      selection.size() <= sizeof(kernel::patch_set::bits) &&
                      (selection.empty() || selection.back() != '\0');
    if (!fits) {
        return std::nullopt;
    }
    kernel::patch_set wanted;
    for (std::size_t i = 0; i < selection.size(); ++i) {
        wanted.bits |= std::uint64_t{static_cast<std::uint8_t>(selection[i])} << (8 * i);
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
    s.kernel.preempt = static_cast<kernel::preempt_model>(preempt);
    return selected_scenario{std::move(s), *rules_off};
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
