#pragma once

/// A scenario as something that can be searched, shrunk and replayed.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "campaign/rules_off.hpp"
#include "scenarios/scenario.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule {

/// Thread safety: as any test_case, const members may be called from several threads.
class scenario_case final : public test_case {
public:
    /// An original case. `rules_off`: what to switch off besides the rules that `s` switches off itself.
    /// REQUIRES: is_valid(s), names of rules.
    explicit scenario_case(scenarios::scenario s, const std::vector<std::string>& rules_off = {});

    /// With all rules off that are off, as if its file said so.
    const scenarios::scenario& what() const {
        return what_;
    }
    /// Those that its file does not switch off.
    const rule_names& rules_off() const {
        return rules_off_;
    }
    /// What its tokens carry besides the case.
    std::string selection() const;

    std::string name() const override {
        return what_.name;
    }
    /// Without kernel and rules_off(), which are in the token by themselves: see kernel_selection.
    std::uint64_t digest() const override {
        return digest_;
    }
    std::unique_ptr<program> instantiate() const override;
    run_options options() const override;
    case_size size() const override;
    std::vector<reduction> reductions() const override;
    std::unique_ptr<test_case> reduced(std::uint32_t code) const override;
    const std::vector<std::uint32_t>& taken_away() const override {
        return taken_away_;
    }

private:
    scenario_case(scenarios::scenario rest, const scenario_case& of, std::uint32_t taken_away);

    std::uint64_t digest_;
    rule_names rules_off_;
    scenarios::scenario what_;
    std::vector<std::uint32_t> taken_away_;
};

/// The kernel that a scenario runs on, in the few bytes that a token has for it: the effective patches, the
/// preemption model, and which rules are off besides those of the file.
std::string kernel_selection(const scenarios::scenario& s, const rule_names& rules_off = {});

/// A scenario and the rest of what a token selects.
struct selected_scenario {
    scenarios::scenario what;  ///< its rules are those of its file
    rule_names rules_off;
};

/// `s` on that kernel: a version if there is one with exactly those patches, else the one that needs the
/// fewest changes, with and without single patches. Nothing if these are no bytes of kernel_selection.
std::optional<selected_scenario> with_selection(scenarios::scenario s, std::string_view selection);

/// The case without everything that the codes stand for, in their order; nullptr if one of them does not
/// apply.
std::shared_ptr<const test_case> reduce(std::shared_ptr<const test_case> from,
                                        const std::vector<std::uint32_t>& codes);

}  // namespace tenthrule
