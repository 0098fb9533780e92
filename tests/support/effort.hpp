#pragma once

/// How much a test repeats itself: a sanitizer makes each repetition some twenty times as slow, and finds
/// what it finds in the first few.

#include "runtime/sanitizer.hpp"

namespace tenthrule::test {

/// `n` repetitions, or a twentieth of them (at least one) where a sanitizer looks on.
constexpr unsigned repetitions(unsigned n) {
    return sanitizer::address ? (n + 19) / 20 : n;
}

}  // namespace tenthrule::test
