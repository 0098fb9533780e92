#include "shrink/trace.hpp"

#include <string_view>

namespace tenthrule::shrinking {

// FNV-1a, 64 bit.
std::uint64_t place_of(actor who, op_kind kind, const char* label) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3U; };
    add(who);
    add(static_cast<std::uint8_t>(kind));
    for (const char c : std::string_view(label)) {
        add(static_cast<std::uint8_t>(c));
    }
    return hash;
}

void remember_places(trace& t) {
    for (choice_point& c : t) {
        c.place = place_of(c.current, c.kind, c.label);
    }
}

cost cost_after(const choice_point& at, std::uint8_t value) {
    cost sum = at.before;
    if (at.is_value()) {
        return sum;
    }
    if (is_event(value)) {
        sum.events += static_cast<std::uint32_t>((at.armed >> (value - first_event)) & 1U);
    } else if (value != at.fallback && at.fallback == at.current) {
        ++sum.interleavings;  // or a preemption, which is dearer
    }
    return sum;
}

}  // namespace tenthrule::shrinking
