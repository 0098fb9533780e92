#pragma once

/// The programs of the comparison on our side.

#include <cstdint>
#include <functional>
#include <vector>

namespace tenthrule::comparison {

struct compared {
    const char* name;
    std::function<void()> test;
};

/// Those that Relacy's side has as well, of the same names.
const std::vector<compared>& programs();

/// Two threads with so many (at most 10) additions to one integer each. Each execution's order of them is
/// remembered.
std::function<void()> fadd_of(unsigned operations);
/// Three threads with so many critical sections each.
std::function<void()> mutex_of(unsigned sections);

/// How many orders of `fadd_of` came since they were forgotten.
std::uint64_t orders_seen();
void forget_orders();

}  // namespace tenthrule::comparison
