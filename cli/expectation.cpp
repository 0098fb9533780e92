#include "cli/expectation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text.hpp"

namespace tenthrule::cli {

comparison compare(const scenarios::scenario& s, std::span<const finding> findings) {
    const scenarios::expectation* const e = scenarios::expected(s);
    if (e == nullptr) {
        return {};
    }
    if (findings.empty()) {
        if (e->rules.empty()) {
            return {true, true, "as expected"};
        }
        return {true, false,
                fmt::format("not expected: {} is known to break in {}", enumerated(e->rules), e->version)};
    }
    for (const finding& f : findings) {
        if (std::find(e->rules.begin(), e->rules.end(), f.failure.broken->name) == e->rules.end()) {
            return {true, false,
                    e->rules.empty() ? fmt::format("not expected: {} is said to be clean", e->version)
                                     : fmt::format("not expected: only {} is known to break in {}",
                                                   enumerated(e->rules), e->version)};
        }
    }
    return {true, true, "as expected"};
}

}  // namespace tenthrule::cli
