// `tenthrule check`: is this a scenario? Says everything that is wrong with it at once.

#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/json_lines.hpp"
#include "cli/kernel_name.hpp"
#include "cli/scenario_files.hpp"
#include "cli/text.hpp"
#include "scenarios/reductions.hpp"

namespace tenthrule::cli {

namespace {

json as_json(const scenario_file& file) {
    json problems = json::array();
    for (const scenarios::diagnostic& d : file.loaded.diagnostics) {
        problems.push_back({{"level", d.level == scenarios::severity::error ? "error" : "warning"},
                            {"line", d.at.line},
                            {"column", d.at.column},
                            {"message", d.message},
                            {"nearest", d.nearest}});
    }
    json object{{"scenario", file.path}, {"valid", file.loaded.value.has_value()}};
    if (file.loaded.value) {
        const scenarios::scenario& s = *file.loaded.value;
        const scenarios::scenario_size size = scenarios::size_of(s);
        object["name"] = s.name;
        object["kernel"] = s.kernel.version;
        object["cpus"] = s.cpus;
        object["tasks"] = size.tasks;
        object["steps"] = size.steps;
    }
    object["diagnostics"] = std::move(problems);
    return object;
}

std::string in_words(const scenario_file& file, const terminal& where) {
    const std::string path = printable(file.path, where.ascii);
    if (!file.loaded.value) {
        return fmt::format("{}  {}\n", where.paint(ink::bad, "wrong"), path);
    }
    const scenarios::scenario& s = *file.loaded.value;
    const scenarios::scenario_size size = scenarios::size_of(s);
    return fmt::format("{}     {}  ({}, {}, {}, {})\n", where.paint(ink::good, "ok"), path, s.kernel.version,
                       machine_name(s.cpus), counted(size.tasks, "task"), counted(size.steps, "step"));
}

exit_status check(console& out, const std::vector<std::string>& paths, bool json_wanted) {
    if (paths.empty()) {
        throw usage_error("there is no scenario to check");
    }
    exit_status status = exit_status::nothing_found;
    for (const scenario_file& file : load_scenarios(paths)) {
        if (json_wanted) {
            print_json(out, as_json(file));
        } else {
            out.print(in_words(file, out.out_terminal()));
            out.note(scenarios::to_string(file.loaded.diagnostics));
        }
        if (!file.loaded.value) {
            status = exit_status::bad_input;
        }
    }
    return status;
}

}  // namespace

command make_check(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("check", "Say whether scenarios are right, and what is wrong with them");
    c.usage = "check SCENARIO|FOLDER... [--json]";
    c.examples = {"tenthrule check my-lock.toml", "tenthrule check scenarios/"};
    c.common = add_common_options(*c.parser);
    auto paths = std::make_shared<std::vector<std::string>>();
    c.parser->add_option("scenario", *paths, "Files, or folders full of them");
    c.run = [paths, common = c.common](console& out) { return check(out, *paths, common->json); };
    return c;
}

}  // namespace tenthrule::cli
