#pragma once

// What the examples have in common: they explore a test and print what came of it.

#include <cstdio>
#include <functional>

#include "library/tenthrule.hpp"

namespace example {

inline void show(const char* title, const std::function<void()>& test,
                 tenthrule::explore_options options = {}) {
    options.name = title;
    const tenthrule::exploration result = tenthrule::explore(test, options);
    std::printf("## %s\n%s\n", title, result.report().c_str());
}

// Every schedule.
inline void prove(const char* title, const std::function<void()>& test,
                  tenthrule::memory_model memory = tenthrule::memory_model::sequential) {
    show(title, test, {.strategy = "dpor", .executions_max = 200'000, .memory = memory});
}

}  // namespace example
