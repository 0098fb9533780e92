#include "cli/expectation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text.hpp"

namespace tenthrule::cli {

comparison compare(const scenario_case& what, std::span<const finding> findings) {
    return compare(what.what(), findings, what.rules_off().empty() && what.taken_away().empty());
}

comparison compare(const scenarios::scenario& s, std::span<const finding> findings, bool as_written) {
    const scenarios::expectation* const e = scenarios::expected(s);
    if (e == nullptr) {
        return {};
    }
    if (!as_written) {
        return {false, false, "not compared with [expect]"};
    }
    const std::string known = fmt::format("{} {} known to break in {}", enumerated(e->rules),
                                          e->rules.size() == 1 ? "is" : "are", e->version);
    if (findings.empty() && !e->rules.empty()) {
        return {true, false, "not expected: " + known};
    }
    for (const finding& f : findings) {
        if (std::find(e->rules.begin(), e->rules.end(), f.failure.broken->name) == e->rules.end()) {
            return {true, false,
                    e->rules.empty() ? fmt::format("not expected: {} is said to be clean", e->version)
                                     : "not expected: only " + known};
        }
    }
    return {true, true, "as expected"};
}

}  // namespace tenthrule::cli
