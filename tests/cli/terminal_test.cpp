// What goes to a terminal, and what must not go anywhere else.

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

const std::vector<std::string> a_second{"fuzz", scenario_2017(), "--kernel", "v4.15", "--time", "1s"};

bool has_colour(const std::string& text) {
    return text.find("\x1b[") != std::string::npos && text.find('m', text.find("\x1b[")) != std::string::npos;
}

bool is_ascii(const std::string& text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 0x7e) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("terminal: without one there are no control characters at all") {
    const tool_run run = run_tool({"fuzz", scenario_2017(), "--no-shrink"});
    for (const std::string* text : {&run.out, &run.err}) {
        CHECK(text->find('\x1b') == std::string::npos);
        CHECK(text->find('\r') == std::string::npos);
    }
}

TEST_CASE("terminal: on one there is a line that lives, and colour") {
    tool_environment where;
    where.on_terminal = true;
    const tool_run run = run_tool(a_second, where);
    CHECK(run.status == 0);
    CHECK(run.out.find("\r\x1b[K") != std::string::npos);
    CHECK(run.out.find(" left") != std::string::npos);
    CHECK(run.out.find("\x1b[32mCLEAN\x1b[0m") != std::string::npos);
}

TEST_CASE("terminal: NO_COLOR is respected, and a dumb terminal is spared everything") {
    tool_environment where;
    where.on_terminal = true;
    where.variables = {"NO_COLOR=1"};
    const tool_run plain = run_tool({"check", scenario_2017()}, where);
    CHECK(plain.status == 0);
    CHECK_FALSE(has_colour(plain.out));

    where.variables = {"TERM=dumb"};
    const tool_run dumb = run_tool(a_second, where);
    CHECK(dumb.out.find('\x1b') == std::string::npos);
}

TEST_CASE("terminal: ASCII where the locale has nothing else, or on request") {
    const std::vector<std::string> words{"fuzz", scenario_2017(), "--no-shrink"};
    CHECK_FALSE(is_ascii(run_tool(words).out));
    tool_environment where;
    where.variables = {"LC_ALL=C"};
    CHECK(is_ascii(run_tool(words, where).out));
    std::vector<std::string> asked = words;
    asked.emplace_back("--ascii");
    CHECK(is_ascii(run_tool(asked).out));
}

TEST_CASE("terminal: nothing is wider than asked for, except words and commands that must stay whole") {
    for (const std::string width : {"60", "80", "100", "120"}) {
        CAPTURE(width);
        const tool_run run = run_tool({"fuzz", scenario_2017(), "--no-shrink", "--ascii", "--width", width});
        std::size_t begin = 0;
        while (begin < run.out.size()) {
            const std::size_t end = run.out.find('\n', begin);
            const std::string line = run.out.substr(begin, end - begin);
            begin = end + 1;
            const bool must_stay_whole = line.rfind("replay:", 0) == 0 || line.rfind("VIOLATION", 0) == 0;
            CHECK_MESSAGE((must_stay_whole || line.size() <= std::stoul(width)), line);
        }
    }
}
