// Sequences as text: what is written is read again as the same, and what is wrong is said.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "conform/random_sequence.hpp"
#include "conform/record.hpp"
#include "conform/sequence_file.hpp"
#include "conform/word_value.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;           // NOLINT(google-build-using-namespace)
using namespace tenthrule::conform;  // NOLINT(google-build-using-namespace)

namespace {

const std::vector<std::string> threads{"A", "B"};

tid_names some_tids() {
    tid_names names;
    names.of_thread = {1001, 1002};
    names.threads = 2;
    names.nobody = 0x02000000;
    names.kernel_thread = 2;
    return names;
}

std::string first_problem(const std::string& text) {
    const sequence_file file = read_sequence(text, "s.toml");
    CHECK(!file.value.has_value());
    return file.diagnostics.empty() ? "" : file.diagnostics.front().message;
}

// A good file, in which tests replace one thing by something wrong.
std::string replaced(const std::string& what, const std::string& by) {
    std::string text = R"(name = "s"
steps = [
  { by = "A", op = "lock_pi", word = "f", after = { returned = { A = 0 }, words = { f = "A" } } },
  { by = "B", op = "lock_pi", word = "f", timeout = "fire", after = { asleep = ["B"] } },
  { by = "outside", op = "fire", thread = "B", after = { effective_priority = { A = 10 } } },
]
threads = { A = { priority = 10 }, B = { priority = 20 } }
words = { f = 0 }
)";
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("word values: a number with names for TIDs and flags, there and back") {
    const tid_names tids = some_tids();
    for (const char* const text : {"0", "A", "B|WAITERS", "A|WAITERS|OWNER_DIED", "NOBODY", "KTHREAD|WAITERS",
                                   "251|OWNER_DIED", "0|WAITERS"}) {
        CAPTURE(text);
        const std::optional<word_value> v = parse_word_value(text, threads);
        REQUIRE(v.has_value());
        CHECK(to_string(*v, threads) == text);
        CHECK(decode(encode(*v, tids), tids) == *v);
    }
    CHECK(encode(*parse_word_value("B|WAITERS", threads), tids) == (1002U | 0x80000000U));
    CHECK(encode(*parse_word_value("WAITERS|OWNER_DIED", threads), tids) == 0xc0000000U);
    CHECK(encode(*parse_word_value("0xf3", threads), tids) == 243U);
    CHECK(encode(*parse_word_value("-1", threads), tids) == 0xffffffffU);
    for (const char* const text : {"", "|", "C", "A|B", "A|", "1 ", "0x", "4294967296", "--1", "A|waiters"}) {
        CAPTURE(text);
        CHECK(!parse_word_value(text, threads).has_value());
    }
}

TEST_CASE("results: numbers, names of errors, and what user space says") {
    for (const char* const text : {"0", "3", "EINVAL", "EDEADLK", "ETIMEDOUT", "held"}) {
        CHECK(result_text(*parse_result(text)) == text);
    }
    CHECK(*parse_result("EWOULDBLOCK") == *parse_result("EAGAIN"));
    for (const char* const text : {"", "-1", "einval", "ENOTHING"}) {
        CHECK(!parse_result(text).has_value());
    }
}

TEST_CASE("recordings and files: a sequence that was written is read as the same one") {
    model golden(kernel::find_version("golden")->patches);
    for (std::uint64_t seed = 1; seed <= test::repetitions(500); ++seed) {
        CAPTURE(seed);
        const random_sequence drawn = make_random_sequence(seed, {}, golden);
        const recording r{drawn.what, drawn.run.after, "Linux 6.18.44"};
        const std::string line = to_json_line(r);
        const auto back = read_recording(line, "r.jsonl", 1);
        REQUIRE(std::holds_alternative<recording>(back));
        CHECK(to_json_line(std::get<recording>(back)) == line);
        CHECK(std::get<recording>(back).after == r.after);

        const sequence_file file = read_sequence(to_toml(drawn.what, drawn.run.after), "s.toml");
        REQUIRE_MESSAGE(file.value.has_value(), scenarios::to_string(file.diagnostics));
        CHECK(to_json_line({file.value->what, drawn.run.after, "Linux 6.18.44"}) == line);
        for (std::size_t i = 0; i < drawn.run.after.size(); ++i) {
            CHECK(!difference(drawn.run.after[i], file.value->expected[i]).any());
        }
    }
}

TEST_CASE("files: an expectation is met or it is not, aspect by aspect") {
    outcome o;
    o.calls[0] = {true, 0, false, 0};
    o.asleep[1] = true;
    o.words[0].number = 7;
    o.priority[0] = 20;
    CHECK(!difference(o, expectation{}).any());
    expectation e;
    e.calls[0] = outcome::returned{true, -EINVAL, false, 0};
    CHECK(difference(o, e) == aspects{true, false, false, false});
    e = {};
    e.asleep.emplace();
    CHECK(difference(o, e) == aspects{false, true, false, false});
    e = {};
    e.words[0] = word_value{};
    CHECK(difference(o, e) == aspects{false, false, true, false});
    e = {};
    e.priority[0] = 10;
    CHECK(difference(o, e) == aspects{false, false, false, true});
}

TEST_CASE("files: what is wrong is said") {
    CHECK(read_sequence(replaced("name", "name"), "s.toml").value.has_value());
    CHECK(first_problem(replaced("lock_pi", "lock_py")) == "unknown operation 'lock_py'");
    CHECK(first_problem(replaced("name = \"s\"\n", "")) == "'name' is missing");
    CHECK(first_problem(replaced("by = \"A\"", "by = \"C\"")).find("there is no thread 'C'") == 0);
    CHECK(first_problem(replaced("by = \"A\"", "by = \"outside\"")) ==
          "'lock_pi' is done by 'outside'; expected a thread");
    CHECK(first_problem(replaced("word = \"f\"", "word = \"g\"")).find("there is no word 'g'") == 0);
    CHECK(first_problem(replaced("word = \"f\"", "word = \"f\", bits = 1")) == "'lock_pi' takes no 'bits'");
    CHECK(first_problem(replaced("word = \"f\", after", "after")) == "'lock_pi' without 'word'");
    CHECK(first_problem(replaced("\"fire\", thread", "\"fire\", word = \"f\", thread")) ==
          "'fire' takes no 'word'");
    CHECK(first_problem(replaced("timeout = \"fire\"", "timeout = \"soon\"")).find("timeout is 'soon'") == 0);
    CHECK(first_problem(replaced("op = \"fire\"", "op = \"signal\"")).find("a timeout that is to fire") == 0);
    CHECK(first_problem(replaced("priority = 20", "priority = 99")) ==
          "a realtime thread has a priority from 1 to 98");
    CHECK(first_problem(replaced("A = 0 }", "A = \"EWHAT\" }")).find("'EWHAT' is no result") == 0);
    CHECK(first_problem(replaced("f = \"A\"", "f = \"C\"")) == "'C' is no value of a word");
    CHECK(first_problem(replaced("f = 0", "f = 0, NOBODY = 0")).find("'NOBODY' is no name for a word") == 0);
    CHECK(first_problem(replaced("words = { f = 0 }", "words = 3")) ==
          "'words' is an integer; expected a table");
    CHECK(first_problem(replaced("lock_pi\", word = \"f\"", "store\", word = \"NULL\", value = 0"))
              .find("'store' works on 'NULL'") == 0);
    CHECK(first_problem("name = \"x\"\n[[task]]\nname = \"a\"\n").find("this is a scenario") == 0);
    CHECK(!read_sequence("name = ", "s.toml").value.has_value());
}

TEST_CASE("recordings: a line is right, or it is refused as a whole") {
    model golden(kernel::find_version("golden")->patches);
    const random_sequence drawn = make_random_sequence(3, {}, golden);
    const std::string good = to_json_line({drawn.what, drawn.run.after, ""});
    const auto refused = [](const std::string& line) {
        return !std::holds_alternative<recording>(read_recording(line, "r.jsonl", 7));
    };
    CHECK(!refused(good));
    CHECK(refused(""));
    CHECK(refused("[]"));
    CHECK(refused("{}"));
    CHECK(refused(good.substr(0, good.size() / 2)));
    for (const char* const part : {"\"threads\"", "\"words\"", "\"steps\"", "\"after\"", "\"returned\"",
                                   "\"asleep\"", "\"effective_priority\"", "\"op\"", "\"by\""}) {
        CAPTURE(part);
        std::string line = good;
        const std::size_t at = line.find(part);
        REQUIRE(at != std::string::npos);
        line.insert(at + 1, "x");
        CHECK(refused(line));
    }
    std::string line = good;
    CHECK(refused(line.replace(line.find("\"fifo\""), 6, "\"fast\"")));
    const auto problems = read_recording("[1]", "r.jsonl", 7);
    CHECK(scenarios::to_string(std::get<1>(problems)).find("r.jsonl:7:1: error: no JSON object") == 0);
}
