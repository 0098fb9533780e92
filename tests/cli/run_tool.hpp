#pragma once

/// Runs the real binary, as a person or a script would.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tenthrule::test {

struct tool_run {
    int status = -1;  ///< exit status; 128 + n if signal n killed it
    std::string out;
    std::string err;
};

struct tool_environment {
    std::string folder{TENTHRULE_SOURCE_DIR};  ///< where it runs
    std::vector<std::string> variables;        ///< "NAME=value", besides the few it always gets
    bool on_terminal = false;                  ///< stdout and stderr are one terminal; all of it is in `out`
    int interrupt_after_ms = 0;                ///< SIGINT then, once
    std::string out_file;                      ///< stdout goes there
};

/// Words after the tool's name.
tool_run run_tool(const std::vector<std::string>& words, const tool_environment& where = {});

/// The lines of stdout as JSON. Fails the test if one of them is none.
std::vector<nlohmann::json> json_lines(const tool_run& run);

/// The scenario of the 2017 race.
std::string scenario_2017();

/// A folder of its own that vanishes with the object.
class temporary_folder {
public:
    temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();

    const std::string& path() const {
        return path_;
    }
    std::string write(const std::string& name, const std::string& text) const;

private:
    std::string path_;
};

std::string read_text(const std::string& path);

}  // namespace tenthrule::test
