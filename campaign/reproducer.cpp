#include "campaign/reproducer.hpp"

#include <fmt/format.h>

#include "campaign/actor_roles.hpp"
#include "campaign/scenario_case.hpp"
#include "campaign/whole_file.hpp"
#include "scenarios/facts.hpp"
#include "scenarios/to_toml.hpp"

namespace tenthrule {

namespace {

// Executions are rarely longer; of those that are, only the part up to the last decision is written.
constexpr std::size_t steps_written_min = 400;

constexpr std::size_t width = 100;

std::string who_text(const std::vector<actor_role>& roles, actor who) {
    return who < roles.size() ? roles[who].name : std::string();
}

// A list of texts over several lines.
std::string text_list(const std::vector<std::string>& texts) {
    std::string list = "[";
    std::size_t column = width;
    for (const std::string& text : texts) {
        const std::string item = scenarios::quoted(text) + ",";
        if (column + item.size() + 1 > width) {
            list += "\n  " + item;
            column = 2 + item.size();
        } else {
            list += " " + item;
            column += 1 + item.size();
        }
    }
    return list + "\n]";
}

std::string turn_text(const scripted_turn& turn, const std::vector<actor_role>& roles) {
    std::string text =
        fmt::format("\n[[reproducer.turn]]\nwho   = {}\nsteps = {}\ndoes  = {}\n",
                    scenarios::quoted(who_text(roles, turn.who)), turn.steps, text_list(turn.does));
    if (!turn.chooses.empty()) {
        text += fmt::format("chooses = [{}]\n", fmt::join(turn.chooses, ", "));
    }
    return text;
}

}  // namespace

reproducer make_reproducer(const finding& f, std::string_view tool) {
    reproducer r;
    const auto& of = dynamic_cast<const scenario_case&>(*f.of);
    r.what = of.what();
    // What the file expects is about its own rules; the reproducer has fewer.
    if (!of.rules_off().empty()) {
        r.what.expect.clear();
    }
    r.tool = tool;
    r.rule = f.failure.broken->name;
    r.identity = f.failure.identity;
    r.message = f.failure.message;
    r.token = f.token;
    r.points_max = f.points_max;
    r.trace_digest = fmt::format("{:016x}", f.trace_digest);
    r.schedule = script_of(f.run, steps_written_min);
    return r;
}

std::string to_text(const reproducer& r) {
    std::string text = scenarios::to_toml(r.what);
    text +=
        "\n# Up to here this is a scenario like any other; change it and replay the file to see what "
        "follows. From\n"
        "# here on it is about the failure. Who steps, how often, and what these steps are:\n"
        "\n[reproducer]\n";
    const auto put = [&text](const char* key, const std::string& value) {
        text += fmt::format("{:<12} = {}\n", key, scenarios::quoted(value));
    };
    put("tool", r.tool);
    put("rule", r.rule);
    put("identity", r.identity);
    put("message", r.message);
    put("token", r.token);
    put("trace_digest", r.trace_digest);
    if (r.points_max != 0) {
        text += fmt::format("{:<12} = {}\n", "points_max", r.points_max);
    }
    const std::vector<actor_role> roles = roles_of(r.what);
    for (const scripted_turn& turn : r.schedule) {
        text += turn_text(turn, roles);
    }
    return text;
}

std::string write_reproducer(const reproducer& r, const std::string& path) {
    return write_whole_file(path, to_text(r));
}

}  // namespace tenthrule
