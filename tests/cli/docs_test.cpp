// What docs/cli.md and README.md show is what the tool prints. Each block that begins with "$ tenthrule ..."
// is run in the root of the tree and compared line by line; a line "..." stands for any number of lines, the
// word TOKEN for the token that was printed last, and times may differ.
//
// TENTHRULE_UPDATE_DOCS=1 writes what is printed now into the file instead, keeping as many lines before and
// behind each "..." as there were.

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

using lines = std::vector<std::string>;

const std::string folder = TENTHRULE_SOURCE_DIR;
const std::string prompt = "$ tenthrule ";

lines lines_of(const std::string& text) {
    lines list;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        list.push_back(line);
    }
    return list;
}

// Times are nobody's promise.
std::string without_times(const std::string& line) {
    static const std::regex times(R"re("seconds":[0-9.e-]+| in [0-9.]+ m?s\b( \([0-9.]+[kMG]?/s\))?)re");
    return std::regex_replace(line, times, "#");
}

// The output of a block's command: stdout, and stderr before it if the command says 2>&1.
lines run_line(const std::string& command, std::string& token) {
    std::istringstream words(command.substr(prompt.size()));
    std::vector<std::string> arguments;
    bool with_errors = false;
    for (std::string word; words >> word;) {
        if (word == "2>&1") {
            with_errors = true;
        } else {
            arguments.push_back(word == "TOKEN" ? token : word);
        }
    }
    const tool_run run = run_tool(arguments);
    static const std::regex shown("\nreplay:  tenthrule replay (tr1_[^ \n]+)");
    if (std::smatch found; std::regex_search(run.out, found, shown)) {
        token = found[1];
    }
    return lines_of(with_errors ? run.err + run.out : run.out);
}

bool matches(const lines& expected, const lines& actual) {
    std::size_t at = 0;
    bool anything = false;
    for (const std::string& line : expected) {
        if (line == "...") {
            anything = true;
            continue;
        }
        while (anything && at < actual.size() && without_times(actual[at]) != without_times(line)) {
            ++at;
        }
        if (at == actual.size() || without_times(actual[at]) != without_times(line)) {
            return false;
        }
        ++at;
        anything = false;
    }
    return anything || at == actual.size();
}

// `actual`, cut short as `expected` was.
lines shortened(const lines& expected, const lines& actual) {
    const auto gap = std::find(expected.begin(), expected.end(), "...");
    if (gap == expected.end()) {
        return actual;
    }
    const auto before = std::min(actual.size(), static_cast<std::size_t>(gap - expected.begin()));
    const auto behind = std::min(actual.size() - before, static_cast<std::size_t>(expected.end() - gap - 1));
    lines result(actual.begin(), actual.begin() + static_cast<std::ptrdiff_t>(before));
    result.emplace_back("...");
    result.insert(result.end(), actual.end() - static_cast<std::ptrdiff_t>(behind), actual.end());
    return result;
}

std::string joined(const lines& all) {
    std::string text;
    for (const std::string& line : all) {
        text += line + "\n";
    }
    return text;
}

void check_page(const std::string& page, unsigned blocks_min) {
    const bool update = std::getenv("TENTHRULE_UPDATE_DOCS") != nullptr;  // NOLINT(concurrency-mt-unsafe)
    const lines text = lines_of(read_text(page));
    lines updated;
    std::string token;
    unsigned blocks = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        updated.push_back(text[i]);
        if (text[i].rfind(prompt, 0) != 0) {
            continue;
        }
        ++blocks;
        lines expected;
        while (i + 1 < text.size() && text[i + 1] != "```") {
            expected.push_back(text[++i]);
        }
        const std::string command = updated.back();
        const lines actual = run_line(command, token);
        if (update) {
            const lines now = matches(expected, actual) ? expected : shortened(expected, actual);
            updated.insert(updated.end(), now.begin(), now.end());
        } else {
            CHECK_MESSAGE(matches(expected, actual), command << "\nnow prints\n" << joined(actual));
        }
    }
    CHECK(blocks >= blocks_min);
    if (update) {
        std::ofstream(page, std::ios::binary) << joined(updated);
    }
}

}  // namespace

TEST_CASE("docs: the page about the command line shows real output") {
    check_page(folder + "/docs/cli.md", 10);
}

TEST_CASE("docs: the README shows real output") {
    check_page(folder + "/README.md", 1);
}
