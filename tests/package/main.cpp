#include <cstdio>

#include <tenthrule/mutex.hpp>
#include <tenthrule/runtime/execution.hpp>
#include <tenthrule/scheduler/make_strategy.hpp>
#include <tenthrule/tenthrule.hpp>

int main() {
    const tenthrule::exploration result = tenthrule::explore(
        [] {
            tenthrule::mutex m;
            tenthrule::thread t([&] { const tenthrule::lock_guard lock(m); });
            t.join();
        },
        {.strategy = "dpor", .executions_max = 0});
    std::puts(result.report().c_str());
    std::printf("tenthrule %s, at most %u tasks\n", TENTHRULE_VERSION, tenthrule::tasks_max);
    return result.ok() ? 0 : 1;
}
