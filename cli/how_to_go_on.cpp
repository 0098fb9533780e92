#include <fmt/format.h>

#include "cli/fuzz_request.hpp"
#include "cli/text.hpp"
#include "cli/token_command.hpp"

namespace tenthrule::cli {

namespace {

class command_line {
public:
    explicit command_line(std::string start) : text_(std::move(start)) {}

    void add(const char* option, const std::string& value) {
        if (!value.empty()) {
            text_ += fmt::format(" {} {}", option, shell_quoted(value));
        }
    }
    void add(const char* option, const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            add(option, value);
        }
    }
    void add(const char* option, std::uint64_t value) {
        text_ += fmt::format(" {} {}", option, value);
    }
    void add(const char* option, bool given) {
        text_ += given ? fmt::format(" {}", option) : "";
    }
    const std::string& text() const {
        return text_;
    }

private:
    std::string text_;
};

}  // namespace

std::string how_to_go_on(const fuzz_subject& s, const search_outcome& outcome, const fuzz_request& asked) {
    const std::uint64_t next = s.options.first + outcome.totals.schedules + 1;
    const std::string words = fmt::format("interrupted in {} before execution {} of {}, seed {}\n", s.path,
                                          thousands(next), outcome.strategy, s.options.seed);
    if (is_systematic(outcome.strategy)) {
        return words + "it cannot go on from there, only begin again\n";
    }
    command_line line("tenthrule fuzz " + shell_quoted(s.path));
    line.add("--strategy", outcome.strategy);
    line.add("--seed", s.options.seed);
    line.add("--from", next);
    if (s.options.schedules_max > outcome.totals.schedules) {
        line.add("--schedules", s.options.schedules_max - outcome.totals.schedules);
    }
    line.add("--kernel", asked.kernel);
    line.add("--with", asked.with);
    line.add("--without", asked.without);
    line.add("--rule-off", asked.rules_off);
    if (outcome.jobs > 1) {
        line.add("--jobs", std::uint64_t{outcome.jobs});
    }
    line.add("--out", asked.out);
    line.add("--keep-going", asked.keep_going);
    line.add("--no-shrink", asked.no_shrink);
    return words + fmt::format("to go on:  {}\n", line.text());
}

}  // namespace tenthrule::cli
