// The same programs and litmus tests under Relacy and under the library: they must say the same of each, but
// for what is written down in differences.hpp. docs/relacy.md shows the results; TENTHRULE_UPDATE_DOCS=1
// writes them there anew.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/litmus/classics.hpp"
#include "tests/relacy/differences.hpp"
#include "tests/relacy/relacy_side.hpp"
#include "tests/relacy/tenthrule_side.hpp"

namespace tenthrule::comparison {

namespace {

using test::outcomes;

constexpr tenthrule_limits ours{.random_executions = 2000, .search_executions = 5000};
constexpr relacy_limits theirs{.random_executions = 20'000, .search_executions = 20'000};
constexpr relacy_limits theirs_for_litmus{.random_executions = 20'000, .search_executions = 20'000};

struct compared_program {
    listed_program program;
    searched here;
    searched there;
};

const std::vector<compared_program>& compared_programs() {
    static const std::vector<compared_program> all = [] {
        std::vector<compared_program> results;
        for (const listed_program& p : all_programs()) {
            results.push_back({p, search_on_tenthrule(p.algorithm, p.variant, ours),
                               search_on_relacy(p.algorithm, p.variant, theirs)});
        }
        return results;
    }();
    return all;
}

struct compared_litmus {
    const test::classic* classic;
    std::string here;
    std::string missing;
    std::string extra;
};

outcomes without(const outcomes& all, const outcomes& those) {
    outcomes rest;
    std::set_difference(all.begin(), all.end(), those.begin(), those.end(), std::inserter(rest, rest.end()));
    return rest;
}

const std::vector<compared_litmus>& compared_classics() {
    static const std::vector<compared_litmus> all = [] {
        std::vector<compared_litmus> results;
        for (const test::classic& c : test::classics) {
            const test::litmus litmus = test::parse_litmus(c.program);
            const outcomes here = test::as_shown(litmus_on_tenthrule(litmus), litmus, c.what);
            const outcomes there =
                test::as_shown(litmus_on_relacy(litmus, theirs_for_litmus), litmus, c.what);
            results.push_back({&c, test::to_text(here), test::to_text(without(here, there)),
                               test::to_text(without(there, here))});
        }
        return results;
    }();
    return all;
}

const difference* difference_of(const listed_program& p) {
    const auto* const found = std::find_if(
        std::begin(differences), std::end(differences),
        [&](const difference& d) { return p.algorithm == d.algorithm && p.variant == d.variant; });
    return found == std::end(differences) ? nullptr : found;
}

const litmus_difference* difference_of(const test::classic& c) {
    const auto* const found =
        std::find_if(std::begin(litmus_differences), std::end(litmus_differences),
                     [&](const litmus_difference& d) { return std::string_view(c.name) == d.name; });
    return found == std::end(litmus_differences) ? nullptr : found;
}

std::string in_words(const searched& s) {
    return std::string(to_text(s.found)) + (s.every_schedule ? ", every schedule" : "");
}

std::string tables() {
    std::string text = "| program | variant | tenthrule | Relacy |\n|---|---|---|---|\n";
    for (const compared_program& c : compared_programs()) {
        text +=
            fmt::format("| {} | {} | {} | {}{} |\n", c.program.algorithm, c.program.variant, in_words(c.here),
                        in_words(c.there), difference_of(c.program) != nullptr ? " (*)" : "");
    }
    text += differences.empty() ? "\nThe verdicts are the same for all of them.\n"
                                : "\n(*) The verdicts differ:\n\n";
    for (const difference& d : differences) {
        text += fmt::format("* {}, {}: {} here, {} in Relacy. {}\n", d.algorithm, d.variant,
                            to_text(d.tenthrule), to_text(d.relacy), d.why);
    }
    text += fmt::format("\nOf the {} litmus tests {} have other outcomes in Relacy:\n\n",
                        std::size(test::classics), std::size(litmus_differences));
    text += "| litmus test | program | missing in Relacy | only in Relacy | why |\n|---|---|---|---|---|\n";
    for (const compared_litmus& c : compared_classics()) {
        const litmus_difference* const d = difference_of(*c.classic);
        if (d == nullptr) continue;
        std::string program = c.classic->program;
        for (std::size_t at = 0; (at = program.find('|', at)) != std::string::npos; at += 2) {
            program.replace(at, 1, "\\|");
        }
        text += fmt::format("| {} | `{}` | {} | {} | {} |\n", d->name, program, d->missing, d->extra, d->why);
    }
    return text;
}

constexpr std::string_view begin_mark = "<!-- written by tests/relacy -->\n";
constexpr std::string_view end_mark = "<!-- end -->\n";

std::string file_text(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST_SUITE("relacy") {
    TEST_CASE("both say the same of each program, and what is right, but for the differences written down") {
        for (const compared_program& c : compared_programs()) {
            CAPTURE(c.program.algorithm + ", " + c.program.variant);
            const std::string here = to_text(c.here.found);
            const std::string there = to_text(c.there.found);
            const std::string right = to_text(c.program.right);
            if (const difference* const d = difference_of(c.program)) {
                CHECK(here == to_text(d->tenthrule));
                CHECK(there == to_text(d->relacy));
                CHECK(here != there);
            } else {
                CHECK(here == right);
                CHECK(there == right);
            }
        }
    }

    TEST_CASE("both come to the same outcomes of each litmus test, but for the differences written down") {
        for (const compared_litmus& c : compared_classics()) {
            CAPTURE(std::string(c.classic->name));
            CHECK(c.here == c.classic->allowed);
            const litmus_difference* const d = difference_of(*c.classic);
            CHECK(c.missing == std::string(d != nullptr ? d->missing : ""));
            CHECK(c.extra == std::string(d != nullptr ? d->extra : ""));
        }
    }

    TEST_CASE("each difference written down is of a program or a litmus test that there is, and is one") {
        for (const difference& d : differences) {
            CAPTURE(std::string(d.variant));
            const auto& all = compared_programs();
            CHECK(std::any_of(all.begin(), all.end(),
                              [&](const compared_program& c) { return difference_of(c.program) == &d; }));
            CHECK(d.tenthrule != d.relacy);
        }
        for (const litmus_difference& d : litmus_differences) {
            CAPTURE(std::string(d.name));
            CHECK(std::any_of(std::begin(test::classics), std::end(test::classics),
                              [&](const test::classic& c) { return difference_of(c) == &d; }));
            CHECK(!(std::string_view(d.missing).empty() && std::string_view(d.extra).empty()));
        }
    }

    TEST_CASE("docs/relacy.md shows these results") {
        const std::string path = TENTHRULE_SOURCE_DIR "/docs/relacy.md";
        const std::string text = file_text(path);
        const std::size_t begin = text.find(begin_mark);
        const std::size_t end = text.find(end_mark);
        REQUIRE(begin != std::string::npos);
        REQUIRE(end != std::string::npos);
        const std::size_t from = begin + begin_mark.size();
        const std::string now = "\n" + tables() + "\n";
        if (std::getenv("TENTHRULE_UPDATE_DOCS") != nullptr) {
            std::ofstream(path) << text.substr(0, from) << now << text.substr(end);
        } else {
            CHECK(text.substr(from, end - from) == now);
        }
    }
}

}  // namespace
}  // namespace tenthrule::comparison
