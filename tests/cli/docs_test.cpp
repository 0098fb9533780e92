// What README.md, docs/cli.md and docs/seeds/*.md show is what the tool prints. Each block that begins with
// "$ tenthrule ..." is run in the root of the tree and compared line by line; a line "..." stands for any
// number of lines, the word TOKEN for the token that was printed last, and times may differ.
//
// TENTHRULE_UPDATE_DOCS=1 writes what is printed now into the file instead, cut short at the same places: a
// "..." stays between the lines that it stood between, whatever numbers they have now.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <span>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
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

// Steps, counts and priorities change more often than words.
std::string without_numbers(const std::string& line) {
    static const std::regex numbers("[0-9]+");
    return std::regex_replace(without_times(line), numbers, "#");
}

using range = std::span<const std::string>;

// Pairs of lines, one of each, that are the same but for numbers: as many as possible, in order.
std::vector<std::pair<std::size_t, std::size_t>> common_lines(range expected, range actual) {
    std::vector<std::vector<unsigned>> length(expected.size() + 1,
                                              std::vector<unsigned>(actual.size() + 1, 0));
    std::vector<std::string> left;
    std::vector<std::string> right;
    std::transform(expected.begin(), expected.end(), std::back_inserter(left), without_numbers);
    std::transform(actual.begin(), actual.end(), std::back_inserter(right), without_numbers);
    for (std::size_t i = left.size(); i-- > 0;) {
        for (std::size_t k = right.size(); k-- > 0;) {
            length[i][k] =
                left[i] == right[k] ? length[i + 1][k + 1] + 1 : std::max(length[i + 1][k], length[i][k + 1]);
        }
    }
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0, k = 0; i < left.size() && k < right.size();) {
        if (left[i] == right[k]) {
            pairs.emplace_back(i++, k++);
        } else if (length[i + 1][k] >= length[i][k + 1]) {
            ++i;
        } else {
            ++k;
        }
    }
    return pairs;
}

// Lines that have nothing in common: a "..." keeps as many before and behind it as there were.
void append_shortened(lines& result, range expected, range actual) {
    const auto gap = std::find(expected.begin(), expected.end(), "...");
    if (gap == expected.end()) {
        result.insert(result.end(), actual.begin(), actual.end());
        return;
    }
    const auto before = std::min(actual.size(), static_cast<std::size_t>(gap - expected.begin()));
    const auto behind = std::min(actual.size() - before, static_cast<std::size_t>(expected.end() - gap - 1));
    result.insert(result.end(), actual.begin(), actual.begin() + static_cast<std::ptrdiff_t>(before));
    result.emplace_back("...");
    result.insert(result.end(), actual.end() - static_cast<std::ptrdiff_t>(behind), actual.end());
}

// `actual`, cut short as `expected` was.
lines shortened(const lines& expected, const lines& actual) {
    lines result;
    std::size_t i = 0;
    std::size_t k = 0;
    const auto up_to = [&](std::size_t next_i, std::size_t next_k) {
        append_shortened(result, range(expected).subspan(i, next_i - i),
                         range(actual).subspan(k, next_k - k));
        i = next_i;
        k = next_k;
    };
    for (const auto& [same_i, same_k] : common_lines(expected, actual)) {
        up_to(same_i, same_k);
        result.push_back(actual[k]);
        ++i;
        ++k;
    }
    up_to(expected.size(), actual.size());
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
    if (update && blocks != 0) {
        std::ofstream(page, std::ios::binary) << joined(updated);
    }
}

std::vector<std::filesystem::path> files_in(const std::string& where, const std::string& extension) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(where)) {
        if (entry.path().extension() == extension) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool begins_with_year(const std::string& name) {
    return name.compare(0, 2, "20") == 0;
}

}  // namespace

TEST_CASE("docs: the page about the command line shows real output" *
          doctest::skip(tenthrule::sanitizer::address)) {
    check_page(folder + "/docs/cli.md", 11);
}

TEST_CASE("docs: the page about comparing with a kernel shows real output") {
    check_page(folder + "/docs/conform.md", 2);
}

TEST_CASE("docs: the README shows real output" * doctest::skip(tenthrule::sanitizer::address)) {
    check_page(folder + "/README.md", 1);
}

TEST_CASE("docs: the pages about the seeds show real output") {
    if (tenthrule::sanitizer::address) {
        MESSAGE("skipped: dozens of searches, too slow under a sanitizer; the other builds do them");
        return;
    }
    for (const std::filesystem::path& page : files_in(folder + "/docs/seeds", ".md")) {
        CAPTURE(page);
        check_page(page.string(), begins_with_year(page.filename().string()) ? 3 : 0);
    }
}

TEST_CASE("docs: each scenario of a seed is on the page of its year, and each page in the index") {
    const std::vector<std::filesystem::path> pages = files_in(folder + "/docs/seeds", ".md");
    const std::string index = read_text(folder + "/docs/seeds/README.md");
    for (const std::filesystem::path& page : pages) {
        const std::string name = page.filename().string();
        CAPTURE(name);
        CHECK((!begins_with_year(name) || index.find("(" + name + ")") != std::string::npos));
    }
    for (const std::filesystem::path& scenario : files_in(folder + "/scenarios/seeds", ".toml")) {
        const std::string name = scenario.stem().string();
        CAPTURE(name);
        CHECK(std::any_of(pages.begin(), pages.end(), [&](const std::filesystem::path& page) {
            return page.filename().string().compare(0, 4, name, 0, 4) == 0 &&
                   read_text(page.string()).find("`" + name + "`") != std::string::npos;
        }));
    }
}
