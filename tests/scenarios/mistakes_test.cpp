// The words in which people are told what is wrong with their file.

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scenarios/load.hpp"

namespace tenthrule::scenarios {

namespace {

const std::string snapshot = std::string(TENTHRULE_SOURCE_DIR) + "/tests/scenarios/mistakes.txt";

struct mistake {
    std::string title;
    std::string file;
    std::string expected;
};

struct mistakes {
    std::string introduction;
    std::vector<mistake> list;
};

mistakes read_mistakes() {
    mistakes all;
    std::string* to = &all.introduction;
    std::ifstream in(snapshot);
    for (std::string line; std::getline(in, line);) {
        if (line.substr(0, 4) == "=== ") {
            all.list.push_back({line.substr(4), "", ""});
            to = &all.list.back().file;
        } else if (line == "---") {
            to = &all.list.back().expected;
        } else {
            *to += line + "\n";
        }
    }
    // One empty line separates the cases.
    for (mistake& m : all.list) {
        if (!m.expected.empty() && m.expected.back() == '\n') m.expected.pop_back();
    }
    return all;
}

std::string told(const std::string& file) {
    return to_string(load_text(file, "in.toml").diagnostics);
}

}  // namespace

TEST_CASE("mistakes: every one is told in the words of mistakes.txt") {
    const mistakes all = read_mistakes();
    REQUIRE(all.list.size() > 60);
    if (std::getenv("TENTHRULE_UPDATE") != nullptr) {
        std::ofstream out(snapshot);
        out << all.introduction;
        for (const mistake& m : all.list) {
            out << "=== " << m.title << "\n" << m.file << "---\n" << told(m.file);
            if (&m != &all.list.back()) out << "\n";
        }
        return;
    }
    for (const mistake& m : all.list) {
        CAPTURE(m.title);
        CHECK_FALSE(told(m.file).empty());
        if (m.expected.find(": not TOML: ") != std::string::npos) {
            // The rest is in the words of the TOML library, which differ from version to version.
            CHECK(told(m.file).find(": error: not TOML: ") != std::string::npos);
            continue;
        }
        CHECK(told(m.file) == m.expected + (&m == &all.list.back() ? "\n" : ""));
    }
}

TEST_CASE("mistakes: a scenario with errors is not loaded, one with warnings is") {
    for (const mistake& m : read_mistakes().list) {
        CAPTURE(m.title);
        const load_result r = load_text(m.file, "in.toml");
        bool errors = false;
        for (const diagnostic& d : r.diagnostics) {
            errors = errors || d.level == severity::error;
        }
        CHECK(r.value.has_value() == !errors);
    }
}

}  // namespace tenthrule::scenarios
