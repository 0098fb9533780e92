// `tenthrule conform` as a person or a script uses it. What needs this machine's kernel says why if it is
// left out; everything else is compared with a recording.

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

const std::string shipped = TENTHRULE_SOURCE_DIR "/conform/recordings/linux-6.18.44.jsonl";

std::string first_lines(const std::string& path, unsigned n) {
    const std::string all = read_text(path);
    std::size_t end = 0;
    for (unsigned i = 0; i < n; ++i) {
        end = all.find('\n', end) + 1;
    }
    return all.substr(0, end);
}

std::string replace(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

const std::string sequence = R"(name = "hand-over"
steps = [
  { by = "A", op = "lock_pi", word = "f" },
  { by = "B", op = "lock_pi", word = "f", after = { asleep = ["B"], effective_priority = { A = 20 } } },
  { by = "A", op = "unlock_pi", word = "f", after = { returned = { A = 0, B = 0 }, words = { f = "B|WAITERS" } } },
]
threads = { A = { priority = 10 }, B = { priority = 20 } }
words = { f = 0 }
)";

}  // namespace

TEST_CASE("conform: a recording that agrees, one that does not, and one that is none") {
    const temporary_folder folder;
    const std::string some = first_lines(shipped, 20);
    const std::string good = folder.write("good.jsonl", some);
    tool_run run = run_tool({"conform", "--against", good, "--width", "300"});
    CHECK(run.status == 0);
    CHECK(run.out.find("20 recorded sequences, " + good + " against the model of v6.18: all agree") == 0);

    const std::string wrong = folder.write(
        "wrong.jsonl", replace(some, "\"f\":\"0\"},\"effective", "\"f\":\"0|WAITERS\"},\"effective"));
    run = run_tool({"conform", "--against", wrong, "--width", "300"});
    CHECK(run.status == 1);
    CHECK(run.out.find("DIFFERS") == 0);
    CHECK(run.out.find("19 agree, 1 differs") != std::string::npos);
    run = run_tool({"conform", "--against", wrong, "--json"});
    CHECK(run.status == 1);
    const nlohmann::json result = json_lines(run).at(0);
    CHECK(result["sequences"] == 20);
    CHECK(result["agree"] == 19);
    CHECK(result["differ"] == 1);
    CHECK(result["ids_that_differ"].size() == 1);
    CHECK(result["differences"][0]["what"] == nlohmann::json::array({"words"}));

    const std::string none = folder.write("none.jsonl", some + "{\"id\": \"half\n");
    run = run_tool({"conform", "--against", none});
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err.find(none + ":21:1: error: no JSON object; expected one sequence a line") == 0);
    CHECK(run_tool({"conform", "--against", folder.path() + "/nowhere"}).status == 2);
    CHECK(run_tool({"conform", "--against", folder.write("empty.jsonl", "\n")}).status == 2);
}

TEST_CASE("conform: a sequence as its author expects it, otherwise, and one that is wrong") {
    const temporary_folder folder;
    const std::string good = folder.write("good.toml", sequence);
    tool_run run = run_tool({"conform", "--model-only", good});
    CHECK(run.status == 0);
    CHECK(run.out.find("expected") == 0);

    const std::string other = folder.write("other.toml", replace(sequence, "A = 20", "A = 10"));
    run = run_tool({"conform", "--model-only", other});
    CHECK(run.status == 1);
    CHECK(run.out.find("UNEXPECTED") == 0);
    CHECK(run.out.find("expected: asleep: B; A at priority 10") != std::string::npos);

    const std::string impossible = folder.write(
        "impossible.toml", replace(sequence, "\"A\", op = \"unlock_pi\"", "\"B\", op = \"unlock_pi\""));
    run = run_tool({"conform", "--model-only", impossible});
    CHECK(run.status == 1);
    CHECK(run.out.find("this step cannot be taken: B still sleeps in the call before") != std::string::npos);

    run = run_tool(
        {"conform", "--model-only", folder.write("bad.toml", replace(sequence, "unlock_pi", "unlok_pi"))});
    CHECK(run.status == 2);
    CHECK(run.err.find("did you mean 'unlock_pi'?") != std::string::npos);
}

TEST_CASE("conform: what is recorded is there as a whole, is not overwritten, and agrees") {
    const temporary_folder folder;
    const std::string record = folder.path() + "/mine.jsonl";
    tool_run run = run_tool({"conform", "--random", "50", "--seed", "3", "--record", record, "--json"});
    CHECK(run.status == 0);
    const nlohmann::json result = json_lines(run).at(0);
    if (result["agree"] == 0) {
        MESSAGE("skipped: ", result["reasons_for_skipping"].dump());
        return;
    }
    CHECK(result["differ"] == 0);
    CHECK(!std::filesystem::exists(record + ".part"));
    run = run_tool({"conform", "--against", record, "--json"});
    CHECK(run.status == 0);
    CHECK(json_lines(run).at(0)["agree"] == result["agree"]);
    run = run_tool({"conform", "--random", "50", "--record", record});
    CHECK(run.status == 2);
    CHECK(run.err.find("is there already") != std::string::npos);
}

TEST_CASE("conform: an interrupted run says what it has reached") {
    tool_environment interrupted;
    interrupted.interrupt_after_ms = 300;
    const tool_run run = run_tool({"conform", "--random", "10M", "--model-only"}, interrupted);
    CHECK(run.status == 130);
    CHECK(run.out.find("sequences, only on the model of v") != std::string::npos);
}

TEST_CASE("conform: mistakes on the command line") {
    const auto said = [](const std::vector<std::string>& words) {
        const tool_run run = run_tool(words);
        CHECK(run.status == 2);
        return run.err.substr(0, run.err.find('\n'));
    };
    CHECK(said({"conform", "--random", "1", "--ops", "lock_py"})
              .find("tenthrule conform: --ops: there is no operation 'lock_py', did you mean 'lock_pi'?; "
                    "there are: wait,") == 0);
    CHECK(said({"conform", "--random", "1", "--watch", "well"}) ==
          "tenthrule conform: --watch is 'well'; expected best, strict or polled");
    CHECK(said({"conform", "--kernel", "v9"}).find("tenthrule conform: --kernel: there is no version 'v9'") ==
          0);
    CHECK(said({"conform", "--random", "1", "--against", "x"}).find("three different things") !=
          std::string::npos);
    CHECK(said({"conform", "--seed", "1"}).find("--random N is missing") != std::string::npos);
    CHECK(said({"conform", "--record", "x", "--model-only", "--random", "1"})
              .find("--record writes what a kernel") != std::string::npos);
    CHECK(said({"conform", "nowhere.toml"}) == "tenthrule: there is no file or folder 'nowhere.toml'");
}
