#pragma once

/// Rules: what must always hold. A rule that does not hold in an execution is violated; the violation
/// ends the execution.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "runtime/types.hpp"

namespace tenthrule {

/// Index is unique over all rules of the program (0..63): runtime rules first, then those of the system
/// under test.
struct rule {
    std::uint8_t index;
    const char* name;
    const char* about;  ///< one sentence: what must hold
};

/// Which rules are on.
struct rule_set {
    std::uint64_t bits = ~std::uint64_t{0};

    constexpr bool contains(const rule& r) const {
        return ((bits >> r.index) & 1U) != 0;
    }
    constexpr void insert(const rule& r) {
        bits |= std::uint64_t{1} << r.index;
    }
    constexpr void erase(const rule& r) {
        bits &= ~(std::uint64_t{1} << r.index);
    }
    static constexpr rule_set none() {
        return rule_set{0};
    }
    friend constexpr bool operator==(const rule_set&, const rule_set&) = default;
};

/// The rules of the engine itself.
namespace rules {
inline constexpr rule deadlock{0, "deadlock",
                               "No set of tasks waits for each other, or for nobody, for ever."};
inline constexpr rule lost_wakeup{1, "lost-wakeup",
                                  "No task sleeps for ever while what it waits for is available."};
inline constexpr rule livelock{2, "livelock", "Under a fair continuation somebody completes an operation."};
inline constexpr rule data_race{
    3, "data-race", "Accesses to unsynchronised data, one of them a write, are ordered by happens-before."};
inline constexpr rule use_after_scope{4, "use-after-scope",
                                      "No object is touched after its lifetime has ended."};
inline constexpr rule lock_leak{5, "lock-leak", "No lock is still held when its holder returns or ends."};
inline constexpr rule double_unlock{6, "double-unlock", "A lock is released by its holder, once."};
inline constexpr rule sleeping_while_atomic{7, "sleeping-while-atomic",
                                            "No task sleeps with preemption or interrupts disabled."};
inline constexpr rule lock_order{8, "lock-order",
                                 "The order in which kinds of lock are nested has no cycle."};
inline constexpr rule assertion{9, "assertion", "What the tested code asserts is true."};
}  // namespace rules

inline constexpr std::uint8_t first_foreign_rule = 16;

/// All rules of the engine, in order.
std::span<const rule* const> runtime_rules();

/// What went wrong. `identity` is the same for two failures that are the same bug: it names the rule,
/// the operations and the roles involved, never a step number, an index or an address.
struct violation {
    const rule* broken = nullptr;
    std::string message;
    std::string identity;
    actor who = no_actor;
    std::uint32_t point = 0;
};

}  // namespace tenthrule
