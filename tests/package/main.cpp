#include <cstdio>

#include <tenthrule/runtime/execution.hpp>
#include <tenthrule/scheduler/make_strategy.hpp>

int main() {
    std::puts("tenthrule " TENTHRULE_VERSION);
}
