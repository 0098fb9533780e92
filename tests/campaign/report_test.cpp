// From stores to what people and programs read; stores of several machines joined.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "campaign/plan/load_plan.hpp"
#include "campaign/report/baseline.hpp"
#include "campaign/report/campaign_summary.hpp"
#include "campaign/report/export.hpp"
#include "campaign/report/junit.hpp"
#include "campaign/report/summary_json.hpp"
#include "campaign/store/merge.hpp"
#include "runtime/random.hpp"
#include "tests/campaign/stores.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule {

using namespace testing;

namespace {

// Coverage here is a set of letters.
std::string unite(std::string_view a, std::string_view b, in_common /*shared*/) {
    std::set<char> letters(a.begin(), a.end());
    letters.insert(b.begin(), b.end());
    return {letters.begin(), letters.end()};
}

// A batch whose results are a function of its place, as those of real ones are: execution n fails with f(n %
// 7) if n is a multiple of 5.
batch_result true_batch(const arm_state& arm, std::uint64_t first, std::uint64_t count,
                        const std::string& was) {
    batch_result b;
    b.arm = arm.id;
    b.first = first;
    b.count = count;
    b.points = 3 * count;
    for (std::uint64_t n = first; n < first + count; ++n) {
        if (n % 5 != 0) {
            continue;
        }
        const std::string identity = fmt::format("f{}", n % 7);
        const auto known = std::find_if(b.seen.begin(), b.seen.end(),
                                        [&](const failure_seen& f) { return f.identity == identity; });
        ++b.failures;
        if (known != b.seen.end()) {
            ++known->times;
        } else {
            b.seen.push_back(failure(identity, n));
            b.seen.back().token = fmt::format("{}/{}/{}", arm.strategy, arm.seed, n);
        }
    }
    b.coverage = unite(was, std::string(1, static_cast<char>('a' + first / 10 % 26)), in_common::none);
    return b;
}

void run(campaign_store& store, arm_id id, std::uint64_t first, std::uint64_t count) {
    const std::vector<arm_state> arms = store.arms();
    const arm_state& arm =
        *std::find_if(arms.begin(), arms.end(), [id](const arm_state& a) { return a.id == id; });
    store.commit(
        true_batch(arm, first, count, store.subjects()[static_cast<std::size_t>(arm.subject - 1)].coverage));
}

// Everything that two stores of the same executions have in common, whatever way they came to it.
std::string content(const campaign_store& store) {
    std::string text;
    std::map<arm_id, std::string> names;
    const std::vector<stored_subject> subjects = store.subjects();
    for (const arm_state& a : store.arms()) {
        const stored_subject& s = subjects[static_cast<std::size_t>(a.subject - 1)];
        names[a.id] =
            fmt::format("{} {} {} {} {}", s.key.scenario, s.key.kernel, s.key.variation, a.strategy, a.seed);
    }
    std::set<std::string> lines;
    for (const arm_state& a : store.arms()) {
        lines.insert(fmt::format("{}: {} executions, {} points, {} failures, next {}", names[a.id],
                                 a.executions, a.points, a.failures, a.next()));
    }
    for (const stored_subject& s : subjects) {
        lines.insert(fmt::format("{} {} {}: {}", s.key.scenario, s.key.kernel, s.key.variation, s.coverage));
    }
    for (const stored_finding& f : store.findings()) {
        for (const finding_occurrence& o : f.occurrences) {
            lines.insert(fmt::format("{} {}: {} times, first {} {}", f.identity, names[o.arm], o.times,
                                     o.first_index, o.token));
        }
    }
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

best_reproducer reproducer_of(unsigned preemptions) {
    best_reproducer r;
    r.weight.cost.preemptions = preemptions;
    r.size = {2, 5, preemptions, 1, 0, 30};
    r.original = {4, 9, 7, 3, 2, 90};
    r.token = fmt::format("best{}", preemptions);
    r.text = "name = \"small\"\n";
    r.message = "the shrunk message";
    return r;
}

}  // namespace

TEST_CASE("merge: two machines with different seeds add up, once, however often they are merged") {
    const scratch_folder folder;
    campaign_store a = campaign_store::open_for_writing(folder / "a.db");
    campaign_store b = campaign_store::open_for_writing(folder / "b.db");
    a.set_plan("n", "t", "p");
    const arm_id one = add_arms(a, "first", "random", 1)[0];
    const arm_id two = add_arms(b, "first", "random", 2)[0];
    add_arms(b, "second", "random", 2);
    run(a, one, 0, 50);
    run(b, two, 0, 30);
    run(b, 7, 0, 20);
    CHECK(a.offer_reproducer(1, reproducer_of(3)));
    CHECK(b.offer_reproducer(1, reproducer_of(2)));
    b.set_canary({"c", true, 1});
    b.begin_session(4);
    b.set_session_seconds(100);
    b.end_session("budget");

    const merge_report report = merge(a, b, unite);
    CHECK(report.executions_added == 50);
    CHECK(report.executions_counted_already == 0);
    CHECK(report.reproducers_improved == 1);
    CHECK(report.notes.empty());
    CHECK(a.check() == "ok");
    const std::string once = content(a);
    CHECK(once.find("random 2: 30 executions, 90 points, 6 failures, next 30") != std::string::npos);
    CHECK(a.findings()[0].best.token == "best2");
    CHECK(a.canary()->found);
    CHECK(a.seconds_spent() == doctest::Approx(100));

    const merge_report again = merge(a, b, unite);
    CHECK(again.executions_added == 0);
    CHECK(again.executions_counted_already == 50);
    CHECK(again.findings_added == 0);
    CHECK(content(a) == once);
    CHECK(a.sessions().size() == 1);
    // In a circle, too.
    merge(b, a, unite);
    CHECK(content(b) == once);
    // Into nothing.
    campaign_store c = campaign_store::open_for_writing(folder / "c.db");
    merge(c, a, unite);
    CHECK(content(c) == once);
    CHECK(c.facts()->name == "n");
    CHECK_FALSE(c.facts()->uuid == a.facts()->uuid);
}

TEST_CASE("merge: of copies that went on by themselves, the result is what one store would have") {
    // Batches of one list, dealt to two stores at random; some to both.
    for (std::uint64_t seed = 1; seed <= test::repetitions(20); ++seed) {
        const scratch_folder folder;
        campaign_store a = campaign_store::open_for_writing(folder / "a.db");
        campaign_store b = campaign_store::open_for_writing(folder / "b.db");
        campaign_store all = campaign_store::open_for_writing(folder / "all.db");
        random_source random(seed);
        const std::vector<arm_id> arms = add_arms(all);
        CHECK(add_arms(a) == arms);
        CHECK(add_arms(b) == arms);
        for (std::size_t arm = 0; arm < 3; ++arm) {
            // All of it to both, to one, or a beginning to one and all of it to the other, or no common part.
            const std::uint32_t how = random.below(4);
            for (std::uint64_t batch = 0; batch < 4; ++batch) {
                const bool to_a =
                    how == 0 || how == 1 || (how == 2 && batch < 2) || (how == 3 && batch % 2 == 0);
                const bool to_b = how == 0 || how == 2 || (how == 3 && batch % 2 == 1);
                if (to_a) run(a, arms[arm], 10 * batch, 10);
                if (to_b) run(b, arms[arm], 10 * batch, 10);
                if (to_a || to_b) run(all, arms[arm], 10 * batch, 10);
            }
        }
        const merge_report report = merge(a, b, unite);
        CHECK(report.executions_left_out == 0);
        CHECK(content(a) == content(all));
        CHECK(a.check() == "ok");
    }
}

TEST_CASE("merge: ranges that overlap in part are never counted twice, and it is said") {
    const scratch_folder folder;
    campaign_store a = campaign_store::open_for_writing(folder / "a.db");
    campaign_store b = campaign_store::open_for_writing(folder / "b.db");
    const arm_id arm = add_arms(a)[0];
    add_arms(b);
    run(a, arm, 0, 20);
    run(a, arm, 20, 20);
    run(b, arm, 30, 20);
    const merge_report report = merge(a, b, unite);
    CHECK(report.executions_counted_already == 10);
    CHECK(report.executions_left_out == 10);
    CHECK(report.executions_added == 0);
    CHECK(report.notes.size() == 1);
    CHECK(a.arms()[0].executions == 40);
    CHECK(a.arms()[0].next() == 40);
}

TEST_CASE("merge: coverage of a subject is joined as one that has executions in common, if it has") {
    const auto joined_as = [](std::uint64_t their_seed_besides, bool same_arm_too) {
        const scratch_folder folder;
        campaign_store a = campaign_store::open_for_writing(folder / "a.db");
        campaign_store b = campaign_store::open_for_writing(folder / "b.db");
        const arm_id one = add_arms(a, "first", "random", 1)[0];
        run(a, one, 0, 20);
        if (same_arm_too) {
            run(b, add_arms(b, "first", "random", 1)[0], 0, 20);
        }
        run(b, add_arms(b, "first", "random", their_seed_besides)[0], 0, 20);
        std::vector<in_common> how;
        merge(a, b, [&how](std::string_view x, std::string_view y, in_common shared) {
            how.push_back(shared);
            return unite(x, y, shared);
        });
        return how;
    };
    CHECK(joined_as(2, false) == std::vector{in_common::none});
    CHECK(joined_as(2, true) == std::vector{in_common::some});
}

TEST_CASE("merge: a plan that goes to another folder still names the same files") {
    const scratch_folder folder;
    std::filesystem::create_directories(folder / "there");
    campaign_store a = campaign_store::open_for_writing(folder / "there/a.db");
    a.set_plan("n", "tool", "scenarios = [\"../one.toml\", \"two/*.toml\", \"/three\"]\n");
    campaign_store b = campaign_store::open_for_writing(folder / "b.db");
    merge(b, a, unite);
    const plan_or_problems plan = load_plan_text(b.facts()->plan, "b");
    REQUIRE(plan.value.has_value());
    CHECK(plan.value->scenarios ==
          std::vector<std::string>{folder / "one.toml", folder / "there/two/*.toml", "/three"});
}

TEST_CASE("merge: a scenario that was edited on one machine stays apart") {
    const scratch_folder folder;
    campaign_store a = campaign_store::open_for_writing(folder / "a.db");
    campaign_store b = campaign_store::open_for_writing(folder / "b.db");
    add_arms(a);
    b.add_scenario(source_of(scenario_text("first", 2)));
    const merge_report report = merge(a, b, unite);
    CHECK(report.notes.size() == 1);
    REQUIRE(a.scenarios().size() == 2);
    CHECK(a.scenarios()[0].current);
    CHECK_FALSE(a.scenarios()[1].current);
}

TEST_CASE("baseline: what is written is read, for one scenario or any; what is none is told") {
    const baseline_or_problems r =
        read_baseline("# known\n\nfirst  rule|a|b c\n*\tanywhere\r\n", "known.txt");
    REQUIRE(r.value.has_value());
    CHECK(r.value->size() == 2);
    CHECK(r.value->knows("first", "rule|a|b c"));
    CHECK_FALSE(r.value->knows("second", "rule|a|b c"));
    CHECK(r.value->knows("second", "anywhere"));
    const baseline_or_problems back = read_baseline(r.value->to_text(), "known.txt");
    REQUIRE(back.value.has_value());
    CHECK(back.value->to_text() == r.value->to_text());
    baseline odd;
    odd.add("first", " two\nlines ");
    CHECK(read_baseline(odd.to_text(), "x").value->knows("first", " two\nlines "));
    const baseline_or_problems wrong = read_baseline("first rule\nalone\n", "known.txt");
    CHECK_FALSE(wrong.value.has_value());
    CHECK(
        to_string(wrong.diagnostics) ==
        "known.txt:2:1: error: no known failure; expected a scenario's name or *, a blank, and the identity "
        "of a failure\n"
        "  alone\n"
        "  ^\n");
    CHECK_FALSE(read_baseline_file("/none/such").value.has_value());
}

TEST_CASE("summary: verdicts by kernel, new and known findings, figures of coverage") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    campaign_store store = campaign_store::open_for_writing(path);
    store.set_plan("nightly", "tenthrule 0.1.0", "");
    const std::vector<arm_id> arms = add_arms(store);
    const std::vector<stored_subject> subjects = store.subjects();
    store.begin_session(2);
    store.set_session_seconds(20);
    // On v4.14 as written two failures, on v6.8 as written none; variations were not run.
    batch_result batch = batch_at(arms[0], 0, 100);
    batch.coverage = "abc";
    batch.seen = {failure("known one", 3), failure("new <one> & \"more\"", 4, 2)};
    const growth_sample sample{10, 100, 3, 2, 1, 2};
    store.commit(batch, &sample);
    batch = batch_at(arms[1], 0, 60);
    batch.coverage = "ab";
    store.commit(batch);
    CHECK(store.offer_reproducer(2, reproducer_of(1)));
    store.set_canary({"canary", false, 12});

    summary_options options;
    options.known.add("first", "known one");
    options.coverage = [](const std::string& blob) {
        return coverage_figures{blob.size(), 10, 5, blob.size() == 3 ? 0.25 : 0.5, blob.size() + 2, true};
    };
    options.missed = [](const stored_subject& s, const arm_state& a) -> std::optional<miss_chance> {
        if (a.executions == 0) {
            return std::nullopt;
        }
        return miss_chance{3, s.key.kernel == "v4.14" ? 0.1 : 0.2, "bound"};
    };
    options.running = store_is_open(path) != 0;
    const campaign_summary s = summarise(store, options);
    CHECK(s.state == campaign_state::running);
    CHECK(s.executions == 160);
    CHECK(s.executions_per_second == doctest::Approx(8));
    CHECK(s.new_findings() == 1);
    CHECK(s.known_findings() == 1);
    CHECK(s.canary_missed());
    CHECK(s.coverage.classes == 5);
    CHECK(s.coverage.chao1 == 9);
    CHECK(s.coverage.good_turing == doctest::Approx((0.25 * 100 + 0.5 * 60) / 160));
    REQUIRE(s.scenarios.size() == 1);
    const auto cell = [&s](const std::string& kernel) {
        const auto& cells = s.scenarios[0].cells;
        return *std::find_if(cells.begin(), cells.end(),
                             [&kernel](const summary_cell& c) { return c.kernel == kernel; });
    };
    CHECK(cell("v4.14").verdict == cell_verdict::fails);
    CHECK(cell("v4.14").findings == std::vector<finding_id>{1, 2});
    CHECK(cell("v6.8").verdict == cell_verdict::clean);
    CHECK(cell("v6.8").missed->probability == doctest::Approx(0.2));
    REQUIRE(s.findings.size() == 2);
    CHECK(s.findings[0].what.identity == "new <one> & \"more\"");
    CHECK(s.findings[1].known);
    CHECK(s.findings[0].fails_on == std::vector<std::string>{"v4.14"});
    CHECK(s.findings[0].clean_on.at(0).kernel == "v6.8");
    CHECK(s.findings[0].variations == std::vector<std::string>{""});

    const nlohmann::ordered_json json = to_json(s, [](const summary_finding& f) {
        return nlohmann::ordered_json{{"about", f.what.id}};
    });
    CHECK(json["campaign"]["state"] == "running");
    CHECK(json["campaign"]["new_findings"] == 1);
    CHECK(json["canary"]["found"] == false);
    CHECK(json["coverage"]["growth"][0]["classes"] == 3);
    CHECK(json["coverage"]["unseen"]["chao1"] == 9);
    CHECK(json["findings"][0]["token"] == "best1");
    CHECK(json["findings"][0]["original_size"]["tasks"] == 4);
    CHECK(json["findings"][0]["story"]["about"] == 2);
    CHECK(json["findings"][0]["crash"].is_null());
    CHECK(json["findings"][1]["size"].is_null());
    CHECK(json["scenarios"][0]["cells"][0]["verdict"] == "fails");
    CHECK(json["campaign"]["started"].get<std::string>().back() == 'Z');

    store.end_session("budget");
    options.running = false;
    CHECK(summarise(store, options).state == campaign_state::ended);
    store.begin_session(2);  // and then it was killed
    CHECK(summarise(store, options).state == campaign_state::interrupted);
}

TEST_CASE("junit: well-formed whatever the bytes, failed for new findings only") {
    const scratch_folder folder;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db");
    const std::vector<arm_id> arms = add_arms(store);
    batch_result batch = batch_at(arms[0], 0, 10);
    batch.seen = {failure("new", 1)};
    batch.seen[0].message = "a < b & \"c\" \x01 \xff \xc3\xa9 \xed\xa0\x80 ]]>";
    store.commit(batch);
    batch = batch_at(arms[1], 0, 10);
    batch.seen = {failure("known", 1)};
    store.commit(batch);
    store.set_canary({"canary", true, 0.5});
    summary_options options;
    options.known.add("*", "known");
    const std::string xml = to_junit(summarise(store, options));
    CHECK(xml.find("message=\"a &lt; b &amp; &quot;c&quot; \xef\xbf\xbd \xef\xbf\xbd \xc3\xa9 "
                   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd ]]&gt;\"") != std::string::npos);
    CHECK(xml.find("<skipped message=\"known: owner-on-return\"/>") != std::string::npos);
    CHECK(xml.find("<testsuite name=\"canary\" tests=\"1\" failures=\"0\"") != std::string::npos);
    CHECK(xml.find(" failures=\"1\" skipped=") != std::string::npos);
    // Every tag that is opened is closed, in order.
    std::vector<std::string> open;
    for (std::size_t at = xml.find('<', 5); at != std::string::npos; at = xml.find('<', at + 1)) {
        const std::string tag = xml.substr(at, xml.find('>', at) - at + 1);
        const std::string name =
            tag.substr(tag[1] == '/' ? 2 : 1, tag.find_first_of(" />", 2) - (tag[1] == '/' ? 2 : 1));
        if (tag[1] == '/') {
            REQUIRE_FALSE(open.empty());
            CHECK(open.back() == name);
            open.pop_back();
        } else if (tag[tag.size() - 2] != '/') {
            open.push_back(name);
        }
    }
    CHECK(open.empty());
}

TEST_CASE("export: reproducers, tokens, corpus, baseline and scenarios, which read back") {
    const scratch_folder folder;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db");
    store.set_plan("nightly", "t", "");
    const std::vector<arm_id> arms = add_arms(store);
    run(store, arms[0], 0, 40);
    run(store, arms[1], 0, 40);
    CHECK(store.offer_reproducer(1, reproducer_of(1)));
    const campaign_summary summary = summarise(store, {});
    const std::vector<std::string> paths = export_campaign(store, summary, folder / "out/deep");
    CHECK(paths.size() == 6);
    for (const std::string& path : paths) {
        CHECK_MESSAGE(std::filesystem::exists(path), path);
    }
    CHECK(bytes_of(folder / "out/deep/findings/first-owner-on-return-0001.repro.toml") ==
          "name = \"small\"\n");
    CHECK(bytes_of(folder / "out/deep/scenarios/first.toml") == scenario_text("first"));
    CHECK(bytes_of(folder / "out/deep/tokens.txt").find("best1  first  f0\n") == 0);
    const std::string corpus = bytes_of(folder / "out/deep/corpus.txt");
    CHECK(std::count(corpus.begin(), corpus.end(), '\n') == 14);
    const baseline_or_problems known = read_baseline_file(folder / "out/deep/baseline.txt");
    REQUIRE(known.value.has_value());
    summary_options options;
    options.known = *known.value;
    CHECK(summarise(store, options).new_findings() == 0);
    folder.write("file", "");
    CHECK(problem_of([&] { export_campaign(store, summary, folder / "file"); }) == store_problem::denied);
}

}  // namespace tenthrule
