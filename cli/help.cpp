#include "cli/help.hpp"

#include <fmt/format.h>

#include "cli/paragraph.hpp"
#include "cli/table.hpp"

namespace tenthrule::cli {

namespace {

std::string option_names(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) {
        names += "-" + name + ", ";
    }
    for (const std::string& name : option.get_lnames()) {
        names += "--" + name + ", ";
    }
    names.resize(names.size() - 2);
    // A flag takes nothing, so it has no type.
    return option.get_type_size() == 0 ? names : names + " " + option.get_type_name();
}

void append_options(table& to, const CLI::App& parser) {
    for (const CLI::Option* option : parser.get_options()) {
        if (option->nonpositional() && option->get_group() == "Options") {
            to.rows.push_back({"  " + option_names(*option), option->get_description()});
        }
    }
    for (const CLI::Option* option : parser.get_options()) {
        if (option->nonpositional() && option->get_group() == "Output") {
            to.rows.push_back({"  " + option_names(*option), option->get_description()});
        }
    }
}

std::string example_lines(const command& c) {
    std::string lines;
    for (const std::string& example : c.examples) {
        lines += "  " + example + "\n";
    }
    return lines;
}

constexpr const char* exit_codes =
    "Exit status: 0 nothing found, 1 a violation was found, 2 the input or the command line is wrong,\n"
    "3 a replay diverged, 4 an internal error, 130 interrupted.\n";

}  // namespace

std::string overview(std::span<const command> commands, const terminal& where) {
    table list;
    for (const command& c : commands) {
        if (is_verb(c)) {
            continue;
        }
        list.rows.push_back({"  " + c.parser->get_name(), c.parser->get_description()});
    }
    std::string text = paragraph(
        "tenthrule finds the schedule that breaks concurrent code, shrinks it to the switches that matter, "
        "and "
        "replays it.",
        0, where);
    text += "\nusage: tenthrule COMMAND [OPTION]...\n\n";
    text += render(list, where);
    text += "\nFor example:\n";
    for (const command& c : commands) {
        if (!c.examples.empty() && !is_verb(c)) {
            text += "  " + c.examples.front() + "\n";
        }
    }
    text += "\n'tenthrule COMMAND --help' says more; 'tenthrule --version' names the version.\n\n";
    text += exit_codes;
    return text;
}

std::string help(const command& c, const terminal& where) {
    table options;
    append_options(options, *c.parser);
    std::string text = fmt::format("usage: tenthrule {}\n\n", c.usage);
    text += paragraph(c.parser->get_description() + ".", 0, where);
    table verbs;
    for (const CLI::App* verb : c.parser->get_subcommands({})) {
        verbs.rows.push_back({"  " + verb->get_name(), verb->get_description()});
    }
    text += verbs.rows.empty() ? "" : "\n" + render(verbs, where);
    text += "\n" + render(options, where);
    if (!c.examples.empty()) {
        text += "\nExamples:\n" + example_lines(c);
    }
    return text;
}

}  // namespace tenthrule::cli
