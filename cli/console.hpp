#pragma once

/// Where a command writes: results to one stream, what happens meanwhile to the other.

#include <cstdio>
#include <string>

#include "cli/terminal.hpp"

namespace tenthrule::cli {

class console {
public:
    console(std::FILE* out, std::FILE* err, const terminal_wishes& wishes);

    /// The result: what a script reads and a mail quotes. No newline is added.
    void print(const std::string& text);
    /// Everything else: progress, warnings, errors. No newline is added.
    void note(const std::string& text);

    const terminal& out_terminal() const {
        return out_terminal_;
    }
    const terminal& err_terminal() const {
        return err_terminal_;
    }
    std::FILE* err() const {
        return err_;
    }

    /// False if something that was printed got lost: a full disk, a closed pipe.
    bool flush();

private:
    std::FILE* out_;
    std::FILE* err_;
    terminal out_terminal_;
    terminal err_terminal_;
};

}  // namespace tenthrule::cli
