#pragma once

/// Where two accounts of the same sequence part.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conform/sequence.hpp"
#include "conform/step_text.hpp"

namespace tenthrule::conform {

/// What of an outcome differs: a bit each.
struct aspects {
    bool returned = false;
    bool asleep = false;
    bool words = false;
    bool priority = false;

    bool any() const {
        return returned || asleep || words || priority;
    }
    friend bool operator==(const aspects&, const aspects&) = default;
};

aspects difference(const outcome& a, const outcome& b);

struct mismatch {
    std::size_t step = 0;  ///< the first that differs
    aspects what;
};

/// One that ends earlier differs in the first step that it does not have.
std::optional<mismatch> first_mismatch(const std::vector<outcome>& real, const std::vector<outcome>& model);

/// What an outcome says, shortened to what is not as in `before`: "A returns 0; B sleeps; f=A|WAITERS; A runs
/// at priority 20". "nothing changes" if that is so.
std::string changes(const outcome& now, const outcome& before, const sequence& of);

/// How the words and threads of a sequence begin.
outcome beginning(const sequence& s);

}  // namespace tenthrule::conform
