#include "campaign/store/text_forms.hpp"

#include <charconv>

#include <fmt/format.h>

namespace tenthrule::text_forms {

std::string of_numbers(const std::vector<std::uint32_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, " "));
}

std::vector<std::uint32_t> numbers(std::string_view text) {
    std::vector<std::uint32_t> list;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::uint32_t n = 0; at != end;) {
        const auto read = std::from_chars(at, end, n);
        if (read.ec != std::errc()) {
            break;
        }
        list.push_back(n);
        at = read.ptr;
        if (at != end && *at == ' ') ++at;
    }
    return list;
}

std::string of_weight(const shrinking::weight& w) {
    return of_numbers({w.cost.preemptions, w.cost.events, w.cost.interleavings, w.size.tasks, w.size.steps,
                       w.size.timers, w.size.starts, w.size.priorities, w.size.cpus, w.size.extras, w.points,
                       w.deviations});
}

shrinking::weight weight(std::string_view text) {
    std::vector<std::uint32_t> n = numbers(text);
    n.resize(12);
    return {{n[0], n[1], n[2]}, {n[3], n[4], n[5], n[6], n[7], n[8], n[9]}, n[10], n[11]};
}

std::string of_size(const reproducer_size& s) {
    return of_numbers({s.tasks, s.steps, s.preemptions, s.events, s.interleavings, s.points});
}

reproducer_size size(std::string_view text) {
    std::vector<std::uint32_t> n = numbers(text);
    n.resize(6);
    return {n[0], n[1], n[2], n[3], n[4], n[5]};
}

std::string of_digest(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

std::uint64_t digest(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

}  // namespace tenthrule::text_forms
