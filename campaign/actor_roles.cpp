#include "campaign/actor_roles.hpp"

#include <fmt/format.h>

#include "scenarios/format.hpp"

namespace tenthrule {

namespace {

std::string sched_of(const scenarios::task& t) {
    const std::string_view name = scenarios::format::name_of(scenarios::format::policies(), t.sched);
    return t.sched == policy::fifo || t.sched == policy::rr ? fmt::format("{} {}", name, t.priority)
                                                            : std::string(name);
}

}  // namespace

std::vector<actor_role> roles_of(const scenarios::scenario& s) {
    std::vector<actor_role> roles(actors_max);
    std::size_t event = first_event;
    const auto add_event = [&](actor_role::kind is, std::size_t task, std::string name) {
        if (event < roles.size()) {
            roles[event++] = {is, static_cast<actor>(task), std::move(name), ""};
        }
    };
    for (std::size_t t = 0; t < s.tasks.size(); ++t) {
        roles[t] = {actor_role::kind::task, static_cast<actor>(t), s.tasks[t].name, sched_of(s.tasks[t])};
        if (scenarios::has_arrival(s.tasks[t])) {
            add_event(actor_role::kind::arrival, t, "arrival of " + s.tasks[t].name);
        }
    }
    for (const scenarios::signal_source& g : s.signals) {
        add_event(actor_role::kind::signal, g.task, "signal " + g.name);
    }
    for (std::size_t t = 0; t < s.tasks.size(); ++t) {
        add_event(actor_role::kind::timer, t, "timer of " + s.tasks[t].name);
    }
    return roles;
}

actor find_actor(const std::vector<actor_role>& roles, std::string_view name) {
    for (std::size_t a = 0; a < roles.size(); ++a) {
        if (roles[a].is != actor_role::kind::nobody && roles[a].name == name) {
            return static_cast<actor>(a);
        }
    }
    return no_actor;
}

}  // namespace tenthrule
