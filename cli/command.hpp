#pragma once

/// A subcommand: what it takes on the command line, how it is explained, and what it does.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"

namespace tenthrule::cli {

/// The command line is wrong; the words say how. Ends the command with exit_status::bad_input.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The command line is right, but what it names is not: a damaged token, a scenario that is missing. Also
/// ends with exit_status::bad_input, without a hint at the help text.
class input_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What every command understands.
struct common_options {
    bool json = false;
    terminal_wishes wishes;
};

struct command {
    CLI::App* parser = nullptr;
    std::string usage;                  ///< what comes after "tenthrule"
    std::vector<std::string> examples;  ///< complete command lines
    std::shared_ptr<common_options> common;
    /// Called when the command line has been understood. May throw usage_error and input_error.
    std::function<exit_status(console&)> run;
};

/// As it is typed after "tenthrule": "fuzz", "campaign run".
std::string full_name(const command& c);

/// Whether it is a verb of another command.
bool is_verb(const command& c);

// One file each.
command make_check(CLI::App& app);
command make_list(CLI::App& app);
command make_fuzz(CLI::App& app);
command make_replay(CLI::App& app);
command make_shrink(CLI::App& app);
command make_verify(CLI::App& app);
command make_conform(CLI::App& app);
/// The command itself, then its verbs.
std::vector<command> make_campaign(CLI::App& app);

}  // namespace tenthrule::cli
