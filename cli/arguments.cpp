#include "cli/arguments.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"
#include "runtime/nearest.hpp"

namespace tenthrule::cli {

std::shared_ptr<common_options> add_common_options(CLI::App& parser) {
    auto options = std::make_shared<common_options>();
    add_switch(parser, "--json", options->json, "Print JSON, one object per line, and nothing else on stdout")
        ->group("Output");
    add_switch(parser, "--ascii", options->wishes.ascii, "Draw with ASCII characters only")->group("Output");
    parser
        .add_option_function<std::string>(
            "--width",
            [options](const std::string& text) {
                const std::optional<std::uint64_t> width = parse_count(text);
                if (!width || *width < width_min || *width > width_max) {
                    throw usage_error(fmt::format("--width takes a number of columns from {} to {}, not '{}'",
                                                  width_min, width_max, text));
                }
                options->wishes.width = static_cast<unsigned>(*width);
            },
            "Columns to use [the terminal's, else 100]")
        ->type_name("N")
        ->group("Output");
    return options;
}

CLI::Option* add_switch(CLI::App& parser, const std::string& name, bool& to, const std::string& about) {
    return parser.add_flag(name, to, about)->disable_flag_override();
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t factor = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k':
                factor = 1'000;
                break;
            case 'M':
                factor = 1'000'000;
                break;
            case 'G':
                factor = 1'000'000'000;
                break;
            default:
                break;
        }
        text.remove_suffix(factor == 1 ? 0 : 1);
    }
    if (text.empty() || text.front() < '0' || text.front() > '9' || text.back() < '0' || text.back() > '9') {
        return std::nullopt;
    }
    constexpr std::uint64_t most = ~std::uint64_t{0};
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c == ',' || c == '_') {
            continue;
        }
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (most - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    if (value > most / factor) {
        return std::nullopt;
    }
    return value * factor;
}

CLI::Option* add_count(CLI::App& parser, const std::string& name, std::optional<std::uint64_t>& to,
                       std::uint64_t least, const std::string& about) {
    return parser
        .add_option_function<std::string>(
            name,
            [name, least, &to](const std::string& text) {
                to = parse_count(text);
                if (!to || *to < least) {
                    throw usage_error(fmt::format("{} takes a whole number{}, not '{}'", name,
                                                  least > 0 ? fmt::format(" of at least {}", least) : "",
                                                  text));
                }
            },
            about)
        ->type_name("N");
}

CLI::Option* add_duration(CLI::App& parser, const std::string& name, std::optional<seconds>& to,
                          const std::string& about) {
    return parser
        .add_option_function<std::string>(
            name,
            [name, &to](const std::string& text) {
                to = parse_duration(text);
                if (!to) {
                    throw usage_error(fmt::format(
                        "{} takes a length of time such as 10s, 2m or 1h30m, not '{}'", name, text));
                }
            },
            about)
        ->type_name("T");
}

std::string in_words(const scenarios::name_problem& problem) {
    return problem.message +
           (problem.nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", problem.nearest));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
    const std::string_view meant = nearest(word, names);
    return meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant);
}

}  // namespace tenthrule::cli
