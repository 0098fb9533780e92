// The loader's small parts: durations, conditions, text checks, files that are none.

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "scenarios/conditions.hpp"
#include "scenarios/document.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/load.hpp"

namespace tenthrule::scenarios {

namespace {

std::string told(std::string_view text) {
    return to_string(load_text(text, "in.toml").diagnostics);
}

std::string told_of_file(const std::string& path) {
    return to_string(load_file(path).diagnostics);
}

}  // namespace

TEST_CASE("durations: what is read, and how it is written") {
    CHECK(parse_duration("0") == 0);
    CHECK(parse_duration("0s") == 0);
    CHECK(parse_duration("7ns") == 7);
    CHECK(parse_duration("250us") == 250'000);
    CHECK(parse_duration("5ms") == 5'000'000);
    CHECK(parse_duration("2s") == 2'000'000'000);
    CHECK(parse_duration("3600s") == duration_max);
    for (const char* wrong :
         {"", "5", "ms", "-1ms", "1.5ms", "5 ms", "5m", "5MS", "3601s", "99999999999999999999ns"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_duration(wrong).has_value());
    }
    for (const nanoseconds d : {nanoseconds{0}, nanoseconds{1}, nanoseconds{1'500}, nanoseconds{2'000'000},
                                nanoseconds{1'000'000'001}, duration_max}) {
        CHECK(parse_duration(duration_text(d)) == d);
    }
    CHECK(duration_text(1'500'000) == "1500us");
    CHECK(duration_text(duration_max) == "3600s");
}

TEST_CASE("conditions: what is written reads back") {
    scenario s;
    s.words.resize(2);
    s.words[0].name = "gate";
    s.words[1].name = "lock";
    s.words[1].kind = kernel::word_kind::pi;
    kernel::call lock;
    lock.op = kernel::op_code::lock_pi;
    lock.futex = 1;
    for (const char* text :
         {"owner", "not-owner", "ok", "failed", "ETIMEDOUT", "gate is 5", "lock is not 0"}) {
        CAPTURE(text);
        const condition_result r = parse_condition(text, s, lock);
        REQUIRE(r.value.has_value());
        CHECK(condition_text(*r.value, s, lock) == text);
    }
    const kernel::call yield;
    CHECK(condition_text(*parse_condition("owner of lock", s, yield).value, s, yield) == "owner of lock");
    CHECK(condition_text(*parse_condition("owner of lock", s, lock).value, s, lock) == "owner");
    for (const char* wrong :
         {"", " ", "owner of ", "gate is", "gate is ", "gate is -1", "gate is 4294967296", "is 5"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_condition(wrong, s, lock).value.has_value());
    }
}

TEST_CASE("documents: bytes that are no text") {
    using namespace std::string_literals;
    CHECK(told("name = \"t\"\0\""s) ==
          "in.toml:1:11: error: control character 0x00; expected text\n"
          "  name = \"t\"?\"\n"
          "            ^\n");
    CHECK(told("name = \"\xc3\xa9\xff\"") ==
          "in.toml:1:10: error: byte 0xff; expected UTF-8 text\n"
          "  name = \"\xc3\xa9?\"\n"
          "           ^\n");
    // Overlong, surrogate, beyond Unicode, cut off.
    for (const char* wrong :
         {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a = \"\xe2\x82", "\xf8\x88\x80\x80\x80"}) {
        CHECK(told(wrong).find("expected UTF-8 text") != std::string::npos);
    }
    CHECK(told("\x1b[2J") == "in.toml:1:1: error: control character 0x1b; expected text\n  ?[2J\n  ^\n");
}

TEST_CASE("documents: a name with control characters does not reach the terminal") {
    const std::string text =
        told("name = \"t\"\n\"\\u001b[2J\" = 1\n[[task]]\nname = \"a\"\nsteps = [{ op = \"yield\" }]\n");
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("unknown key '?[2J'") != std::string::npos);
}

TEST_CASE("documents: a byte order mark and carriage returns are no mistakes") {
    CHECK(told("\xef\xbb\xbfname = \"t\"\r\n[[task]]\r\nname = \"a\"\r\nstart = \"arrives\"\r\nsteps = [{ op "
               "= \"yield\" }]\r\n")
              .empty());
    CHECK(told("name = \"t\"\r\nabuot = 1\r\n[[task]]\r\nname = \"a\"\r\nsteps = [{ op = \"yield\" }]\r\n") ==
          "in.toml:2:1: error: unknown key 'abuot' in the scenario; expected 'name', 'about', 'origin', "
          "'kernel', "
          "'machine', 'futex', 'task', 'signal', ...\n"
          "  abuot = 1\n"
          "  ^\n"
          "did you mean 'about'?\n");
}

TEST_CASE("documents: long lines are shown around the place") {
    const std::string padding(300, 'x');
    CHECK(told("name = \"t\" # " + padding + "\n[[task]]\nname = \"a\"\nsteps = [" + std::string(200, ' ') +
               "{ op = \"yeld\" }] # " + padding + "\n") ==
          "in.toml:4:217: error: unknown operation 'yeld'; expected one of 'tenthrule list operations'\n"
          "  ..." +
              std::string(53, ' ') + "{ op = \"yeld\" }] # " + std::string(28, 'x') + "...\n" + "  " +
              std::string(63, ' ') + "^\n" + "did you mean 'yield'?\n");
}

TEST_CASE("documents: what is too large is not read") {
    const std::string garbage(std::size_t{10} << 20U, '[');  // NOLINT(bugprone-string-constructor)
    CHECK(told(garbage) == "in.toml: error: 10485760 bytes; expected a scenario of at most 1048576\n");
    CHECK(told(std::string(1'000'000, '[')).find("in.toml:1:") == 0);
    CHECK(told("x = " + std::string(1'000'000, '[')).find("more than 16 lists and tables") !=
          std::string::npos);
    CHECK(told(std::string(1'000'000, 'a')).find("in.toml:1:") == 0);
    std::string dots;
    for (unsigned i = 0; i < 300'000; ++i) {
        dots += "a.";
    }
    CHECK(told(dots + "a = 1").find("a key of more than 8 parts") != std::string::npos);
    CHECK(told("[" + dots + "a]").find("a key of more than 8 parts") != std::string::npos);
}

TEST_CASE("documents: dots count only where they separate the parts of a key") {
    const std::string rest = "\n[[task]]\nname = \"a\"\nstart = \"arrives\"\nsteps = [{ op = \"yield\" }]\n";
    const std::string dots = "a.b.c.d.e.f.g.h.i.j";
    CHECK(told("name = \"t\" # " + dots + rest).empty());
    CHECK(told("name = \"t\"\nabout = \"" + dots + "\"" + rest).empty());
    CHECK(told("name = \"t\"\nabout = '" + dots + "'" + rest).empty());
    CHECK(told("name = \"t\"\nabout = \"\"\"\"" + dots + "\n\\\"" + dots + "\"\"\"\"\"" + rest).empty());
    CHECK(told("name = \"t\"\nabout = '''\n" + dots + "'" + dots + "'''" + rest).empty());
    CHECK(told("name = \"t\"\nabout = \"\\\"" + dots + "\"" + rest).empty());
}

TEST_CASE("documents: where a key stands can be found from its value") {
    const auto at = [](std::string_view text, std::string_view key, place value) {
        return scenarios::detail::find_key_place(text, key, value);
    };
    CHECK(at("a = 1\nbc = 22", "bc", {2, 6}) == place{2, 1});
    CHECK(at("x = { bc = 22 }", "bc", {1, 12}) == place{1, 7});
    CHECK(at("\"bc\" = 22", "bc", {1, 8}) == place{1, 1});
    CHECK(at("[kernel]", "kernel", {1, 1}) == place{1, 2});
    CHECK(at("nothing", "bc", {1, 1}) == place{1, 1});
    CHECK(at("nothing", "bc", {9, 9}) == place{9, 9});
}

TEST_CASE("files: what cannot be read is told") {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "tenthrule-load-test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    CHECK(told_of_file((folder / "none.toml").string()) ==
          (folder / "none.toml").string() + ": error: No such file or directory; expected a scenario file\n");
    CHECK(told_of_file(folder.string()) ==
          folder.string() + ": error: this is a folder; expected a scenario file\n");
    const std::string large = (folder / "large.toml").string();
    std::ofstream(large) << std::string(document_size_max + 1, '#');
    CHECK(told_of_file(large) ==
          large + ": error: more than 1048576 bytes; expected a scenario file of at most that size\n");
    const std::string empty = (folder / "empty.toml").string();
    std::ofstream(empty).flush();
    CHECK(told_of_file(empty) ==
          empty + ":1:1: error: the file is empty; expected a scenario with at least one [[task]]\n");
    using namespace std::string_literals;
    CHECK(told_of_file("a\0b"s).find("a file name with a NUL byte") != std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("loader: ends, pages, robust words, retries and changed kernels that are right need no words") {
    const std::string head = "name = \"t\"\n";
    const std::string task = "[[task]]\nname = \"a\"\nstart = \"arrives\"\n";
    const std::string futexes =
        "[futex]\ngate = { faults = 8 }\nlock = { kind = \"pi\", robust = true, faults = 0 }\n"
        "door = { kind = \"plain\", robust = false }\n";
    CHECK(told(head + futexes + task + R"(steps = [
  { op = "protect", futex = "lock", access = "none" },
  { op = "protect", futex = "gate", access = "read-only" },
  { op = "protect", futex = "door", access = "read-write", repeat = 2 },
  { op = "lock_pi", futex = "lock", returns = ["ok", "EFAULT"] },
  { op = "exit", if = "EFAULT", returns = ["ok"] },
  { op = "exit", if = "not-owner of lock" },
  { op = "unlock_pi", futex = "lock", until = "ok" },
  { op = "exit", name = "end" },
]
[rules]
off = ["livelock"]
retries = 1000
[expect]
"golden without bc7304f3ae20" = ["bounded-retries"]
"v4.14 with futex: Cure exit race" = []
)")
              .empty());
    CHECK(told(head + task + "repeat = 2\nsteps = [{ op = \"yield\" }, { op = \"exit\", if = \"ok\" }]\n")
              .empty());
    CHECK(told(head + task +
               "steps = [{ op = \"exit\" }]\n[rules]\nonly = [\"bounded-retries\"]\nretries = 1\n")
              .empty());
}

TEST_CASE("loader: whether a page is absent is left to decide") {
    const std::string text =
        "name = \"t\"\nmachine = { cpus = 1 }\nfutex = { gate = { faults = # } }\n"
        "[[task]]\nname = \"a\"\nsteps = [{ op = \"wake\", futex = \"gate\" }]\n";
    std::string absent = text;
    absent.replace(absent.find('#'), 1, "1");
    CHECK(told(absent).empty());
    std::string there = text;
    there.replace(there.find('#'), 1, "0");
    CHECK(told(there).find("there is only one schedule") != std::string::npos);
}

TEST_CASE("loader: whoever knows strategies can check their names") {
    const char* const text =
        "name = \"t\"\n[[task]]\nname = \"a\"\nstart = \"arrives\"\nsteps = [{ op = \"yield\" }]\n"
        "[explore]\nstrategy = \"pkt\"\n";
    CHECK(load_text(text, "in.toml").diagnostics.empty());
    load_options options;
    options.check_strategy = [](std::string_view name) {
        return name == "pct" ? std::string() : "unknown strategy '" + std::string(name) + "'; expected pct";
    };
    CHECK(to_string(load_text(text, "in.toml", options).diagnostics) ==
          "in.toml:7:12: error: unknown strategy 'pkt'; expected pct\n"
          "  strategy = \"pkt\"\n"
          "             ^\n");
}

TEST_CASE("loader: at most as many tasks, steps and futexes as there are numbers") {
    const auto many = [](unsigned n, const std::string& item) {
        std::string text;
        for (unsigned i = 0; i < n; ++i) {
            std::string one = item;
            one.replace(one.find('#'), 1, std::to_string(i));
            text += one;
        }
        return text;
    };
    const std::string task = "[[task]]\nname = \"t#\"\nsteps = [{ op = \"yield\" }]\n";
    CHECK(told("name = \"t\"\n" + many(64, task)).empty());
    CHECK(told("name = \"t\"\n" + many(65, task)).find("more than 64 tasks; expected at most 64") !=
          std::string::npos);
    const std::string head = "name = \"t\"\n[[task]]\nname = \"a\"\nstart = \"arrives\"\nsteps = [\n";
    CHECK(told(head + many(256, "{ op = \"yield\", name = \"s#\" },\n") + "]\n").empty());
    CHECK(
        told(head + many(257, "{ op = \"yield\", name = \"s#\" },\n") + "]\n").find("more than 256 steps") !=
        std::string::npos);
    CHECK(told("name = \"t\"\n[futex]\n" + many(65, "w# = {}\n") + task).find("more than 64 futexes") !=
          std::string::npos);
    const std::string arriving =
        "[[task]]\nname = \"t#\"\nstart = \"arrives\"\nsteps = [{ op = \"sleep\", duration = \"1ms\" }]\n";
    CHECK(told("name = \"t\"\n" + many(32, arriving)).empty());
    CHECK(told("name = \"t\"\n" + many(33, arriving))
              .find("66 arrivals, signals and tasks with timeouts; expected at most 64") !=
          std::string::npos);
}

}  // namespace tenthrule::scenarios
