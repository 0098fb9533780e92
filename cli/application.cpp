#include "cli/application.hpp"

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/campaign_request.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/help.hpp"
#include "cli/text.hpp"

#ifndef TENTHRULE_VERSION
#define TENTHRULE_VERSION "unknown"
#endif

namespace tenthrule::cli {

namespace {

std::vector<std::string> option_names(const CLI::App& parser) {
    std::vector<std::string> names;
    for (const CLI::Option* option : parser.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
    const std::vector<std::string_view> views(names.begin(), names.end());
    return did_you_mean(word, views);
}

// A verb rather than the command that it belongs to, which comes before it.
const command* parsed(std::span<const command> commands) {
    const command* last = nullptr;
    for (const command& c : commands) {
        if (c.parser->parsed()) {
            last = &c;
        }
    }
    return last;
}

// `of`: the command whose verb it should have been; null: none.
std::string unknown_command(const std::string& word, std::span<const command> commands, const CLI::App* of) {
    std::vector<std::string> names;
    for (const command& c : commands) {
        if (of == nullptr ? !is_verb(c) : c.parser->get_parent() == of) {
            names.push_back(c.parser->get_name());
        }
    }
    if (of == nullptr) {
        names.emplace_back("help");
    }
    return fmt::format("unknown command '{}'{}", word, suggestion(word, names));
}

// What is left over on the command line, in words. CLI11 is told to keep it, so that a wrong option is named
// before anything that goes wrong because of it.
void refuse_leftovers(const CLI::App& app, std::span<const command> commands) {
    const command* const c = parsed(commands);
    const CLI::App& parser = c == nullptr ? app : *c->parser;
    const std::vector<std::string> rest = parser.remaining();
    if (rest.empty()) {
        return;
    }
    const auto is_option = [](const std::string& word) { return word.size() > 1 && word.front() == '-'; };
    const auto wrong = std::find_if(rest.begin(), rest.end(), is_option);
    if (wrong == rest.end()) {
        const bool has_verbs = c != nullptr && !parser.get_subcommands({}).empty();
        throw usage_error(c == nullptr || has_verbs
                              ? unknown_command(rest.front(), commands, has_verbs ? &parser : nullptr)
                              : fmt::format("there is one argument too many: '{}'", rest.front()));
    }
    const std::string name = wrong->substr(0, wrong->find('='));
    throw usage_error(fmt::format("unknown option '{}'{}", name, suggestion(name, option_names(parser))));
}

// CLI11 says "--seed: 1 required N missing" or "json was given a disallowed flag override".
std::string wrong_value(const std::string& words) {
    const std::size_t flag = words.find(" was given");
    if (flag != std::string::npos) {
        return fmt::format("--{} takes no value", words.substr(0, flag));
    }
    return fmt::format("{} needs a value", words.substr(0, words.find(':')));
}

struct request {
    const command* chosen = nullptr;
    bool help = false;
};

// "help" and "help COMMAND" are what people try first.
bool is_help_word(int argc, const char* const* argv) {
    return argc >= 2 && std::string_view(argv[1]) == "help";
}

request parse(CLI::App& app, std::span<const command> commands, int argc, const char* const* argv) {
    request result;
    if (is_help_word(argc, argv)) {
        result.help = true;
        if (argc >= 3) {
            std::string name = argv[2];
            for (int i = 3; i < argc; ++i) {
                name += std::string(" ") + argv[i];
            }
            const auto named = [&](const command& c) { return full_name(c) == name; };
            const auto found = std::find_if(commands.begin(), commands.end(), named);
            if (found == commands.end()) {
                throw usage_error(unknown_command(name, commands, nullptr));
            }
            result.chosen = &*found;
        }
        return result;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        result.help = true;
    } catch (const CLI::ArgumentMismatch& e) {
        throw usage_error(wrong_value(e.what()));
    } catch (const CLI::ParseError& e) {
        refuse_leftovers(app, commands);
        throw usage_error(e.what());
    }
    result.chosen = parsed(commands);
    if (!result.help) {
        refuse_leftovers(app, commands);
    }
    return result;
}

bool is_worker(int argc, const char* const* argv) {
    return argc >= 2 && std::string_view(argv[1]) == "campaign-worker";
}

exit_status run_worker(int argc, const char* const* argv) {
    try {
        return campaign_worker({argv + 2, argv + argc});
    } catch (const input_error& e) {
        fmt::print(stderr, "tenthrule: {}\n", e.what());
        return exit_status::bad_input;
    }
}

}  // namespace

bool is_verb(const command& c) {
    return c.parser->get_parent() != nullptr && c.parser->get_parent()->get_parent() != nullptr;
}

std::string full_name(const command& c) {
    return (is_verb(c) ? c.parser->get_parent()->get_name() + " " : "") + c.parser->get_name();
}

exit_status run_application(int argc, const char* const* argv) {
    if (is_worker(argc, argv)) {
        return run_worker(argc, argv);
    }
    CLI::App app;
    app.name("tenthrule");
    app.allow_extras();
    app.set_help_flag("-h,--help", "Say how to use it");
    bool version = false;
    app.add_flag("--version", version, "Name the version");
    std::vector<command> commands{make_check(app),  make_list(app),   make_fuzz(app),   make_verify(app),
                                  make_replay(app), make_shrink(app), make_conform(app)};
    for (command& c : make_campaign(app)) {
        commands.push_back(std::move(c));
    }
    app.require_subcommand(0, 1);
    for (const command& c : commands) {
        c.parser->allow_extras();
        c.parser->set_help_flag("-h,--help", "Say how to use it");
        // Of an option given twice the last one counts, so that a line can be repeated with something added.
        for (CLI::Option* option : c.parser->get_options()) {
            if (option->get_expected_max() == 1) {
                option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
            }
        }
    }

    try {
        const request asked = parse(app, commands, argc, argv);
        console out(stdout, stderr,
                    asked.chosen != nullptr ? asked.chosen->common->wishes : terminal_wishes{});
        exit_status status = exit_status::nothing_found;
        if (asked.help) {
            out.print(asked.chosen != nullptr ? help(*asked.chosen, out.out_terminal())
                                              : overview(commands, out.out_terminal()));
        } else if (version) {
            out.print("tenthrule " TENTHRULE_VERSION "\n");
        } else if (asked.chosen != nullptr) {
            status = asked.chosen->run(out);
        } else {
            out.note(overview(commands, out.err_terminal()));
            status = exit_status::bad_input;
        }
        if (!out.flush()) {
            out.note("tenthrule: internal error: the output could not be written\n");
            status = exit_status::internal_error;
        }
        return status;
    } catch (const usage_error& e) {
        const command* const c = parsed(commands);
        const std::string name = c == nullptr ? "tenthrule" : "tenthrule " + full_name(*c);
        fmt::print(stderr, "{}: {}\nTry '{} --help'.\n", name, printable_lines(e.what(), false), name);
        return exit_status::bad_input;
    } catch (const input_error& e) {
        fmt::print(stderr, "tenthrule: {}\n", printable_lines(e.what(), false));
        return exit_status::bad_input;
    }
}

}  // namespace tenthrule::cli
