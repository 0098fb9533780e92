#include "campaign/reproducer.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "runtime/random.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"

using namespace tenthrule;

namespace {

// The LOCK_PI form of the 2017 race, found and shrunk once for all tests.
const finding& found() {
    static const finding f = [] {
        const auto loaded =
            scenarios::load_file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout-lockpi.toml");
        REQUIRE(loaded.value);
        search_options o;
        o.schedules_max = 20'000;
        o.shrink_executions_max = 5'000;  // not the smallest there is, but soon
        o.selection = kernel_selection(*loaded.value);
        search_outcome outcome = search(std::make_shared<const scenario_case>(*loaded.value), o);
        REQUIRE(outcome.findings.size() == 1);
        return std::move(outcome.findings[0]);
    }();
    return f;
}

std::string text() {
    return to_text(make_reproducer(found(), "tenthrule 1.2.3"));
}

std::string replaced(std::string in, std::string_view what, std::string_view by) {
    const std::size_t at = in.find(what);
    REQUIRE_MESSAGE(at != std::string::npos, what);
    return in.replace(at, what.size(), by);
}

reproducer read(const std::string& from) {
    reproducer_or_problems result = read_reproducer(from, "x.repro.toml");
    REQUIRE_MESSAGE(result.read, scenarios::to_string(result.diagnostics));
    return std::move(*result.read);
}

std::string refused(const std::string& from) {
    const reproducer_or_problems result = read_reproducer(from, "x.repro.toml");
    REQUIRE_FALSE(result.read);
    REQUIRE_FALSE(result.diagnostics.empty());
    return scenarios::to_string(result.diagnostics);
}

}  // namespace

TEST_CASE("reproducer: what is written is read again") {
    const reproducer before = make_reproducer(found(), "tenthrule 1.2.3");
    const reproducer after = read(to_text(before));
    CHECK(scenarios::digest(after.what) == scenarios::digest(before.what));
    CHECK(after.tool == "tenthrule 1.2.3");
    CHECK(after.rule == "owner-on-return");
    CHECK(after.identity == found().failure.identity);
    CHECK(after.message == found().failure.message);
    CHECK(after.token == found().token);
    CHECK(after.schedule == before.schedule);
    CHECK(to_text(after) == to_text(before));
    CHECK(is_reproducer(to_text(before)));
    CHECK_FALSE(is_reproducer("name = \"x\"\nabout = \"[reproducer]\"\n"));
}

TEST_CASE("reproducer: replays to the same execution") {
    const replay_report report = replay_reproducer(read(text()));
    CHECK_MESSAGE(!report.diverged, (report.diverged ? report.diverged->message : ""));
    CHECK(report.run.trace_digest == found().trace_digest);
    CHECK(report.run.result.decisions == found().decisions);
}

TEST_CASE("reproducer: the schedule is there to be read") {
    const std::string t = text();
    CHECK(t.find("who   = \"waiter\"") != std::string::npos);
    CHECK(t.find("who   = \"timer of waiter\"") != std::string::npos);
    CHECK(t.find("\"fire timeout of lock_pi\"") != std::string::npos);
    for (std::size_t at = 0; at < t.size();) {
        const std::size_t end = std::min(t.find('\n', at), t.size());
        const bool is_prose = t.compare(at, 5, "about") == 0 || t.compare(at, 7, "message") == 0 ||
                              t.compare(at, 5, "token") == 0 || t.compare(at, 6, "origin") == 0;
        if (!is_prose) CHECK(end - at <= 120);
        at = end + 1;
    }
}

TEST_CASE("reproducer: on another kernel the first other step is named") {
    const replay_report report = replay_reproducer(read(replaced(text(), "\"v4.14\"", "\"v4.15\"")));
    REQUIRE(report.diverged);
    CHECK(report.diverged->step > 10);
    CHECK(report.diverged->message.find("but now: ") != std::string::npos);
    INFO(report.diverged->message);
    CHECK(report.diverged->expected != report.diverged->actual);
}

TEST_CASE("reproducer: an edited schedule") {
    reproducer r = read(text());
    // The first turn one step longer: the second cannot be where it was.
    ++r.schedule[0].steps;
    const replay_report longer = replay_reproducer(r);
    REQUIRE(longer.diverged);

    r = read(text());
    r.schedule[0].does[0] = "load something else";
    const replay_report other = replay_reproducer(r);
    REQUIRE(other.diverged);
    CHECK(other.diverged->expected.find("load something else") != std::string::npos);

    r = read(text());
    r.schedule.clear();
    const replay_report none = replay_reproducer(r);
    REQUIRE(none.diverged);
    CHECK(none.diverged->expected == found().failure.identity);
}

TEST_CASE("reproducer: steps need not be described") {
    reproducer r = read(text());
    for (scripted_turn& turn : r.schedule)
        turn.does.clear();
    CHECK_FALSE(replay_reproducer(r).diverged);
}

TEST_CASE("reproducer: mistakes have a place and words") {
    CHECK(refused(replaced(text(), "who   = \"waiter\"", "who   = \"waitress\""))
              .find("'waitress' is nobody in this scenario") != std::string::npos);
    CHECK(refused(replaced(text(), "identity ", "identify ")).find("unknown key 'identify'") !=
          std::string::npos);
    const std::string bad_steps = refused(replaced(text(), "\"waiter\"\nsteps = ", "\"waiter\"\nsteps = -"));
    CHECK(bad_steps.find("expected an integer, 1 to 1000000") != std::string::npos);
    CHECK(bad_steps.find("x.repro.toml:") != std::string::npos);
    CHECK(refused(replaced(text(), "version = \"v4.14\"", "version = \"v4.141\"")).find("v4.14") !=
          std::string::npos);
    CHECK(refused(text() + "\nwho = [") != "");
}

TEST_CASE("reproducer: a place in the file is its own, also behind the scenario") {
    const std::string t = replaced(text(), "identity ", "identify ");
    const auto line =
        1 + std::count(t.begin(), t.begin() + static_cast<std::ptrdiff_t>(t.find("identify ")), '\n');
    const reproducer_or_problems result = read_reproducer(t, "x");
    REQUIRE_FALSE(result.diagnostics.empty());
    CHECK(std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                      [line](const scenarios::diagnostic& d) { return d.at.line == line; }));
}

TEST_CASE("reproducer: rules that were off are off in it, and nothing is expected of it") {
    const auto loaded =
        scenarios::load_file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout-lockpi.toml");
    REQUIRE(loaded.value);
    const auto what = std::make_shared<const scenario_case>(*loaded.value, rule_names{"owner-on-return"});
    search_options o;
    o.schedules_max = 20'000;
    o.shrink_executions_max = 2'000;
    o.selection = what->selection();
    const search_outcome outcome = search(what, o);
    REQUIRE(outcome.findings.size() == 1);
    const finding& f = outcome.findings[0];
    CHECK(std::string(f.failure.broken->name) == "unexpected-error");
    const reproducer r = read(to_text(make_reproducer(f, "t")));
    CHECK(r.what.rules.off == std::vector<std::string>{"owner-on-return"});
    CHECK(r.what.expect.empty());
    const replay_report report = replay_reproducer(r);
    CHECK_FALSE(report.diverged);
    CHECK(report.run.trace_digest == f.trace_digest);
}

TEST_CASE("reproducer: any bytes are refused in words") {
    random_source random(1);
    const std::string good = text();
    for (int i = 0; i < 300; ++i) {
        std::string bad = good;
        for (int n = 0; n < 3; ++n) {
            bad[random.below(static_cast<std::uint32_t>(bad.size()))] = static_cast<char>(random.below(256));
        }
        const reproducer_or_problems result = read_reproducer(bad, "x");
        CHECK((result.read || !result.diagnostics.empty()));
    }
}

TEST_CASE("reproducer: files") {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "tenthrule_reproducer_test";
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "a.repro.toml").string();
    CHECK(write_reproducer(make_reproducer(found(), "t"), path) == "");
    CHECK(read_reproducer_file(path).read);
    CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    CHECK(write_reproducer(make_reproducer(found(), "t"), (folder / "missing" / "a").string()) != "");
    CHECK_FALSE(read_reproducer_file((folder / "missing").string()).diagnostics.empty());
    std::filesystem::remove_all(folder);
}
