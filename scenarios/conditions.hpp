#pragma once

/// Conditions of steps, as people write them:
///
///     owner, not-owner            the step's PI futex does (not) hold the task's TID
///     owner of W, not-owner of W  the same for the futex W
///     ok, failed                  the last step that was carried out succeeded, did not
///     EAGAIN, ETIMEDOUT, …        it failed with this error
///     W is N, W is not N          the futex W has (not) the value N
///
/// "The last step" is that of the same task in the same round; a skipped step is none.

#include <optional>
#include <string>
#include <string_view>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct condition_result {
    std::optional<condition> value;
    std::string problem;  ///< if there is no value: "what was found; what was expected"
    std::string nearest;
};

/// The condition of a step that performs `c`. Uses the words of `s`, nothing else of it.
condition_result parse_condition(std::string_view text, const scenario& s, const kernel::call& c);

/// Reads back as `c` for a step that performs `what`. REQUIRES: c is not `always`.
std::string condition_text(const condition& c, const scenario& s, const kernel::call& what);

}  // namespace tenthrule::scenarios
