#pragma once

/// What the numbers of actors mean in a scenario.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/types.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule {

struct actor_role {
    enum class kind : std::uint8_t { nobody, task, arrival, signal, timer };

    kind is = kind::nobody;
    actor task = no_actor;  ///< the task, the one that arrives, gets the signal, or has armed the timer
    std::string name;       ///< "waiter", "arrival of waiter", "signal sigusr1", "timer of waiter"; unique
    std::string about;      ///< of a task: "fifo 10"
};

/// By actor, for all actors that the scenario can have, dropped ones included; nobody elsewhere.
std::vector<actor_role> roles_of(const scenarios::scenario& s);

/// no_actor if nobody is called that.
actor find_actor(const std::vector<actor_role>& roles, std::string_view name);

}  // namespace tenthrule
