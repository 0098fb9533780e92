// How many schedules each strategy needs to find the bug of each program, beside what papers report. Counts,
// not times: the machine's load does not matter.
//
//   bench_effectiveness [--trials=20] [--schedules=100000] [--json=FILE] [PROGRAM...]
//
// A mean is over the trials that found the bug; (n) behind it: so many of them, if not all; -: none.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/effectiveness/measure.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;
using namespace tenthrule::effectiveness;

constexpr const char* strategies[] = {"random", "pct:depth=3", "pos", "surw"};
constexpr const char* artifacts[] = {"SURW", "RFF"};

struct result {
    double mean = 0;  ///< over those that found it
    unsigned found = 0;
    unsigned trials = 0;
};

std::string in_words(const result& r) {
    if (r.trials == 0) return "";
    if (r.found == 0) return "-";
    const std::string mean = fmt::format("{:.{}f}", r.mean, r.mean < 100 ? 1 : 0);
    return r.found == r.trials ? mean : fmt::format("{} ({})", mean, r.found);
}

struct arguments {
    std::uint64_t trials = 20;
    std::uint64_t schedules = 100'000;
    std::string json;
    std::vector<std::string> programs;
};

std::uint64_t number(std::string_view option, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value == 0 || value > 1'000'000'000) {
        throw std::invalid_argument(
            fmt::format("{} must be a whole number from 1 to 1000000000, found '{}'", option, text));
    }
    return value;
}

arguments read_arguments(int count, char** texts) {
    arguments a;
    for (int i = 1; i < count; ++i) {
        const std::string_view text = texts[i];
        const std::string_view option = text.substr(0, text.find('='));
        const std::string_view value = option == text ? "" : text.substr(option.size() + 1);
        if (option == "--trials") {
            a.trials = number(option, value);
        } else if (option == "--schedules") {
            a.schedules = number(option, value);
        } else if (option == "--json") {
            a.json = value;
        } else if (text.starts_with("-")) {
            throw std::invalid_argument(
                fmt::format("unknown option '{}' (known: --trials=N, --schedules=N, --json=FILE)", text));
        } else {
            (void)program_named(text);
            a.programs.emplace_back(text);
        }
    }
    return a;
}

using published_key = std::tuple<std::string, std::string, std::string>;

std::map<published_key, result> read_published() {
    const std::string file = TENTHRULE_EFFECTIVENESS_DIR "/published.csv";
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read " + file);
    std::map<published_key, result> all;
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("#") || line.starts_with("program,")) continue;
        std::vector<std::string> fields;
        std::size_t begin = 0;
        for (std::size_t comma = 0; comma != std::string::npos; begin = comma + 1) {
            comma = line.find(',', begin);
            fields.push_back(line.substr(begin, comma - begin));
        }
        if (fields.size() != 6) throw std::runtime_error(file + ": not six fields: " + line);
        result r;
        r.mean = fields[3].empty() ? 0 : std::stod(fields[3]);
        r.found = static_cast<unsigned>(std::stoul(fields[4]));
        r.trials = static_cast<unsigned>(std::stoul(fields[5]));
        all[{fields[0], fields[1], fields[2]}] = r;
    }
    return all;
}

result measure(const buggy_program& p, const char* strategy_name, const arguments& a) {
    trial t(p);
    result r;
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= a.trials; ++seed) {
        const auto s = make_strategy(strategy_name).made;
        if (const std::uint64_t at = t.first_failure(*s, a.schedules, seed); at != 0) {
            ++r.found;
            sum += static_cast<double>(at);
        }
        ++r.trials;
    }
    r.mean = r.found == 0 ? 0 : sum / r.found;
    return r;
}

void run(const arguments& a) {
    const auto published = read_published();
    fmt::print("Mean schedules to the first failure, {} trials of at most {} schedules\n\n", a.trials,
               a.schedules);
    fmt::print("{:<22} {:<12} {:>14} {:>14} {:>14}\n", "program", "strategy", "here", "SURW artifact",
               "RFF artifact");
    nlohmann::json rows = nlohmann::json::array();
    for (const buggy_program& p : programs()) {
        const std::string name(p.name);
        if (!a.programs.empty() &&
            std::find(a.programs.begin(), a.programs.end(), name) == a.programs.end()) {
            continue;
        }
        for (const char* strategy : strategies) {
            const result here = measure(p, strategy, a);
            fmt::print("{:<22} {:<12} {:>14}", name, strategy, in_words(here));
            for (const char* artifact : artifacts) {
                const auto there = published.find({name, artifact, strategy});
                fmt::print(" {:>14}", there == published.end() ? "" : in_words(there->second));
            }
            fmt::print("\n");
            std::fflush(stdout);
            rows.push_back({{"program", name},
                            {"strategy", strategy},
                            {"mean", here.mean},
                            {"found", here.found},
                            {"trials", here.trials}});
        }
    }
    if (!a.json.empty()) {
        std::ofstream out(a.json);
        out << rows.dump(2) << '\n';
        if (!out) throw std::runtime_error("cannot write " + a.json);
    }
}

}  // namespace

int main(int count, char** texts) {
    try {
        run(read_arguments(count, texts));
    } catch (const std::exception& e) {
        fmt::print(stderr, "bench_effectiveness: {}\n", e.what());
        return 2;
    }
}
