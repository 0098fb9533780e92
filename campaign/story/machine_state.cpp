#include "campaign/story/machine_state.hpp"

#include <fmt/format.h>

namespace tenthrule {

machine_state look_at(const execution& e, const kernel::system* kernel) {
    machine_state now;
    now.time = e.now();
    now.cpus.resize(e.cpus_count());
    for (unsigned c = 0; c < e.cpus_count(); ++c) {
        now.cpus[c].interrupt = e.interrupt_on(c);
    }
    for (unsigned i = 0; i < e.tasks_count(); ++i) {
        const auto id = static_cast<actor>(i);
        machine_state::task t;
        t.state = e.state(id);
        t.cpu = e.cpu_of(id);
        if (t.state == task_state::sleeping || t.state == task_state::spinning) {
            const wait_reason& why = e.waiting_for(id);
            t.waits = fmt::format("{} {}", why.what, why.object);
        }
        if (t.cpu >= 0) {
            now.cpus[static_cast<unsigned>(t.cpu)].task = id;
        }
        now.tasks.push_back(std::move(t));
    }
    if (kernel != nullptr) {
        now.kernel = kernel::look(*kernel);
    }
    return now;
}

const char* state_name(const machine_state::task& t) {
    switch (t.state) {
        case task_state::absent:
            return "absent";
        case task_state::ready:
            return t.cpu >= 0 ? "running" : "ready";
        case task_state::sleeping:
            return "sleeping";
        case task_state::spinning:
            return "spinning";
        case task_state::finished:
            return "finished";
    }
    return "absent";
}

}  // namespace tenthrule
