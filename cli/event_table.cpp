#include "cli/event_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

const char* margin_of(const event& e) {
    if (e.deviates) {
        return "=> ";
    }
    return e.came == arrival_kind::stayed ? "   " : " > ";
}

std::string what_happened(const event& e) {
    if (e.story) {
        return "# " + e.label;
    }
    return fmt::format("{} {}{}", to_string(e.kind), e.label, e.detail.empty() ? "" : ": " + e.detail);
}

}  // namespace

std::string event_table(const logged_run& run, const terminal& where) {
    unsigned name_width = 4;
    for (const event& e : run.result.log) {
        name_width = std::max(name_width, std::min(32U, display_width(run.name(e.who))));
    }
    std::string text =
        where.paint(ink::heading, fmt::format("   {:>4}  cpu  {}  event", "step", pad("who", name_width))) +
        "\n";
    std::string state;
    for (const event& e : run.result.log) {
        const std::string start = fmt::format("{}{:>4}  {:>3}  {}  ", margin_of(e), e.point,
                                              e.cpu < 0 ? "-" : fmt::format("{}", e.cpu),
                                              pad(printable(run.name(e.who), where.ascii), name_width));
        const unsigned indent = display_width(start);
        const auto append = [&](std::string first, const std::string& what, ink kind) {
            for (const std::string& piece :
                 wrap(printable(what, where.ascii), std::max(where.width, indent + 20) - indent, 2)) {
                text += where.paint(kind, first + piece) + "\n";
                first = std::string(indent, ' ');
            }
        };
        append(start, what_happened(e), e.deviates ? ink::marked : ink::plain);
        if (!e.state.empty() && e.state != state) {
            state = e.state;
            append(std::string(indent, ' '), "| " + state, ink::faint);
        }
    }
    return text;
}

}  // namespace tenthrule::cli
