#pragma once

/// A scenario as something that can be searched, shrunk and replayed.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scenarios/scenario.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule {

/// Thread safety: as any test_case, const members may be called from several threads.
class scenario_case final : public test_case {
public:
    /// An original case. REQUIRES: is_valid(s).
    explicit scenario_case(scenarios::scenario s);

    const scenarios::scenario& what() const {
        return what_;
    }

    std::string name() const override {
        return what_.name;
    }
    /// Without the kernel, which is named in the token by itself: see kernel_selection.
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
    scenario_case(scenarios::scenario s, std::uint64_t digest, std::vector<std::uint32_t> taken_away);

    scenarios::scenario what_;
    std::uint64_t digest_;
    std::vector<std::uint32_t> taken_away_;
};

/// The kernel that a scenario runs on, in the few bytes that a token has for it: the effective patches and
/// the preemption model.
std::string kernel_selection(const scenarios::scenario& s);

/// `s` on that kernel: a version if there is one with exactly those patches, else the one that needs the
/// fewest changes, with and without single patches. Nothing if these are no bytes of kernel_selection.
std::optional<scenarios::scenario> with_selection(scenarios::scenario s, std::string_view selection);

/// The case without everything that the codes stand for, in their order; nullptr if one of them does not
/// apply.
std::shared_ptr<const test_case> reduce(std::shared_ptr<const test_case> from,
                                        const std::vector<std::uint32_t>& codes);

}  // namespace tenthrule
