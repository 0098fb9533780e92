#include "campaign/story/story.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "campaign/story/perfetto.hpp"
#include "campaign/story/story_json.hpp"
#include "scenarios/load.hpp"
#include "scheduler/replay.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;
using nlohmann::json;

namespace {

finding find(const char* scenario, std::uint64_t seed = 1) {
    const auto loaded =
        scenarios::load_file(std::string(TENTHRULE_SOURCE_DIR "/scenarios/seeds/") + scenario + ".toml");
    REQUIRE(loaded.value);
    search_options o;
    o.seed = seed;
    o.strategy = "pct:depth=3";
    o.schedules_max = 100'000;
    o.shrink = false;
    const auto what = std::make_shared<scenario_case>(*loaded.value);
    o.selection = what->selection();
    search_outcome outcome = search(what, o);
    REQUIRE(outcome.violation());
    return outcome.findings.front();
}

const finding& race_of_2017() {
    static const finding f = find("2017-steal-vs-timeout");
    return f;
}

const finding& boosted() {
    static const finding f = find("2016-early-deadlock");
    return f;
}

const kernel::snapshot::task& task_called(const kernel::snapshot& s, std::string_view name) {
    const auto found =
        std::find_if(s.tasks.begin(), s.tasks.end(), [name](const auto& t) { return t.name == name; });
    REQUIRE(found != s.tasks.end());
    return *found;
}

std::string name_of(const kernel::snapshot& s, actor a) {
    return a < s.tasks.size() ? s.tasks[a].name : "nobody";
}

// The events of the execution, one group for each step, in the way that a story makes steps of them.
std::vector<std::string> states_in_log(const logged_run& run) {
    std::vector<std::string> states;
    const event* last = nullptr;
    for (const event& e : run.result.log) {
        if (!e.story || last == nullptr || last->point != e.point || last->who != e.who) {
            states.emplace_back();
        }
        states.back() = e.state;
        last = &e;
    }
    return states;
}

// What kernel::describe says, made of a snapshot.
std::string described(const machine_state& state) {
    std::string text;
    const auto put = [&text](const std::string& item) { text += (text.empty() ? "" : "; ") + item; };
    for (const auto& w : state.kernel->words) {
        put(w.name + "=" + w.text);
    }
    for (const auto& l : state.kernel->locks) {
        put("pi_state(" + l.name + ")=" + name_of(*state.kernel, l.pi_state_owner));
        std::string waiters;
        for (const auto& w : l.waiters) {
            waiters += (waiters.empty() ? " <- " : ",") + name_of(*state.kernel, w.task);
        }
        put("rt_mutex(" + l.name + ")=" + name_of(*state.kernel, l.owner) + waiters);
    }
    return text;
}

std::string without_priorities(std::string text) {
    const std::size_t at = text.find(" at ");
    return at == std::string::npos ? text : text.substr(0, text.rfind("; ", at));
}

}  // namespace

TEST_CASE("story: the 2017 race ends with a futex word, an rt_mutex and a pi_state that disagree") {
    const story told = story_or_throw(race_of_2017());
    REQUIRE(told.failure);
    CHECK(std::string(told.failure->broken->name) == "owner-on-return");
    const kernel::snapshot& last = *told.steps.back().after.kernel;
    REQUIRE(last.locks.size() == 1);
    const auto lock =
        std::find_if(last.words.begin(), last.words.end(), [](const auto& w) { return w.name == "lock"; });
    REQUIRE(lock != last.words.end());
    CHECK(name_of(last, lock->owner) == "waiter");
    CHECK(lock->waiters);
    CHECK(name_of(last, last.locks[0].owner) == "stealer");
    CHECK(name_of(last, last.locks[0].pi_state_owner) == "waiter");
    CHECK(lock->owner != last.locks[0].owner);
}

TEST_CASE("story: the state after each step is the one that the log describes") {
    for (const finding* f : {&race_of_2017(), &boosted()}) {
        const story told = story_or_throw(*f);
        const std::vector<std::string> states = states_in_log(f->run);
        REQUIRE(told.steps.size() == states.size());
        for (std::size_t i = 0; i < states.size(); ++i) {
            CAPTURE(i);
            CHECK(described(told.steps[i].after) == without_priorities(states[i]));
        }
    }
}

TEST_CASE("story: tasks, CPUs and whoever steps agree") {
    for (const finding* f : {&race_of_2017(), &boosted()}) {
        const story told = story_or_throw(*f);
        const machine_state* before = &told.before;
        for (const story_step& s : told.steps) {
            CAPTURE(s.point);
            const machine_state& after = s.after;
            for (std::size_t c = 0; c < after.cpus.size(); ++c) {
                const actor t = after.cpus[c].task;
                if (t != no_actor) {
                    CHECK(after.tasks[t].cpu == static_cast<int>(c));
                }
            }
            for (const actor t : told.tasks) {
                const machine_state::task& state = after.tasks[t];
                CHECK((state.cpu < 0) ==
                      (std::string(state_name(state)) != "running" && state.state != task_state::spinning));
                CHECK(state.waits.empty() ==
                      (state.state != task_state::sleeping && state.state != task_state::spinning));
            }
            // A task that steps had a CPU, or was given one by the step that the schedule chose.
            if (is_task(s.who)) {
                CHECK(s.cpu >= 0);
                CHECK(s.cpu < static_cast<int>(after.cpus.size()));
                CHECK(before->tasks[s.who].state != task_state::sleeping);
            }
            CHECK(after.time >= before->time);
            before = &after;
        }
    }
}

TEST_CASE("story: a task with a waiter that is more urgent has that one's priority, and says whose") {
    const story told = story_or_throw(boosted());
    bool seen = false;
    // Not in all steps: a priority is given back a little after the wait is over.
    bool lender_waits = false;
    for (const story_step& s : told.steps) {
        for (const kernel::snapshot::task& t : s.after.kernel->tasks) {
            if (t.prio < t.normal_prio) {
                seen = true;
                REQUIRE_FALSE(t.lenders.empty());
                CHECK(task_called(*s.after.kernel, t.name).id == t.id);
                lender_waits = lender_waits || !s.after.kernel->tasks[t.lenders.front()].blocked_on.empty();
            }
        }
    }
    CHECK(seen);
    CHECK(lender_waits);
    // Before the first step nobody has anybody else's.
    for (const kernel::snapshot::task& t : told.before.kernel->tasks) {
        CHECK(t.prio == t.normal_prio);
        CHECK(t.blocked_on.empty());
    }
}

TEST_CASE("story: steps that the schedule decided are marked, and what the failure needs is known") {
    const finding& f = race_of_2017();
    const story told = story_or_throw(f);
    std::size_t marked = 0;
    for (const story_step& s : told.steps) {
        marked += s.marked ? 1U : 0U;
        CHECK(s.needed.has_value() == s.marked);
    }
    CHECK(marked == f.decisions.size());
}

TEST_CASE("story: every row of the chart belongs to a step of its column") {
    const story told = story_or_throw(race_of_2017());
    REQUIRE_FALSE(told.rows.empty());
    std::size_t last = 0;
    for (std::size_t r = 0; r < told.rows.size(); ++r) {
        const story_step& s = told.steps.at(told.step_of_row[r]);
        CHECK(s.point == told.rows[r].step);
        CHECK(s.task == told.columns[told.rows[r].column].task);
        CHECK(told.step_of_row[r] >= last);
        last = told.step_of_row[r];
        if (told.rows[r].returns_from) {
            CHECK(told.rows.at(*told.rows[r].returns_from).begins_call);
        }
    }
}

TEST_CASE("story: a program without a modelled kernel has tasks and CPUs") {
    toy::description d;
    d.tasks = {{"A", {toy::load(0), toy::store(0)}}, {"B", {toy::load(0), toy::store(0)}}};
    const std::shared_ptr<const test_case> c = toy::make_case(d);
    replay how({{2, 1}});
    const logged_run run = run_logged(*c, how);
    const story_or_error told = tell_story({c, run.result.decisions, 0, run.trace_digest, nullptr});
    REQUIRE(told.value);
    CHECK_FALSE(told.value->before.kernel);
    CHECK(told.value->steps.size() == 6);
    CHECK(told.value->tasks.size() == 2);
    const json data = to_json(*told.value);
    CHECK(data.at("initial").contains("tasks"));
    CHECK_FALSE(data.at("initial").contains("words"));
}

TEST_CASE("story: an execution that is another one is refused") {
    const finding& f = race_of_2017();
    const story_or_error told = tell_story({f.of, f.decisions, f.points_max, f.trace_digest + 1, nullptr});
    CHECK_FALSE(told.value);
    CHECK(told.error.find("another execution") != std::string::npos);
}

TEST_CASE("story: the patches lead from the first state to the last") {
    const finding& f = boosted();
    const json data = story_json(f);
    json state = data.at("initial");
    for (const json& step : data.at("steps")) {
        state.merge_patch(step.at("changes"));
    }
    story told = story_or_throw(f);
    told.before = told.steps.back().after;
    told.steps.resize(1);
    told.rows.clear();
    told.told.clear();
    CHECK(state == to_json(told).at("initial"));
    CHECK(data.at("ending").at("rule") == f.failure.broken->name);
    CHECK(data.at("tasks").size() == data.at("initial").at("tasks").size());
}

TEST_CASE("merge_patch_between: applied it gives the other one") {
    const json states[] = {
        {{"a", 1}},
        {{"a", {{"b", 1}, {"c", {1, 2}}}}},
        {{"a", {{"c", {1}}}}, {"d", "x"}},
        json::object(),
    };
    for (const json& before : states) {
        for (const json& after : states) {
            json changed = before;
            changed.merge_patch(merge_patch_between(before, after));
            CHECK(changed == after);
        }
        CHECK(merge_patch_between(before, before).empty());
    }
}

namespace {

// The rules of the Trace Event Format, as far as they are about the events that are used here.
void check_trace(const json& trace) {
    REQUIRE(trace.at("traceEvents").is_array());
    CHECK((trace.at("displayTimeUnit") == "ns" || trace.at("displayTimeUnit") == "ms"));
    std::set<std::pair<int, int>> named;
    std::map<int, json> open_arrows;
    std::map<std::pair<int, int>, std::vector<std::pair<int, int>>> slices;
    for (const json& e : trace.at("traceEvents")) {
        CAPTURE(e.dump());
        const std::string phase = e.at("ph");
        REQUIRE(e.at("name").is_string());
        const std::pair track{e.at("pid").get<int>(), e.at("tid").get<int>()};
        if (phase == "M") {
            const std::string what = e.at("name");
            const bool sorts = what.find("_sort_index") != std::string::npos;
            CHECK(e.at("args").at(sorts ? "sort_index" : "name").is_number() == sorts);
            if (what == "thread_name") named.insert(track);
            continue;
        }
        REQUIRE(e.at("ts").is_number());
        CHECK(e.at("ts") >= 0);
        CHECK(named.count(track) == 1);
        if (phase == "X") {
            CHECK(e.at("dur") > 0);
            const int begin = e.at("ts");
            slices[track].emplace_back(begin, begin + e.at("dur").get<int>());
        } else if (phase == "i") {
            CHECK((e.at("s") == "t" || e.at("s") == "p" || e.at("s") == "g"));
        } else if (phase == "s") {
            CHECK(open_arrows.emplace(e.at("id").get<int>(), e).second);
        } else {
            REQUIRE(phase == "f");
            CHECK(e.at("bp") == "e");
            const json& start = open_arrows.at(e.at("id").get<int>());
            CHECK(start.at("name") == e.at("name"));
            CHECK(start.at("cat") == e.at("cat"));
            CHECK(start.at("ts") < e.at("ts"));
        }
    }
    // Slices of one track lie beside or inside each other.
    for (const auto& [track, all] : slices) {
        for (const auto& a : all) {
            for (const auto& b : all) {
                const bool overlap = a.first < b.second && b.first < a.second;
                const bool nested = (a.first <= b.first && b.second <= a.second) ||
                                    (b.first <= a.first && a.second <= b.second);
                CHECK((!overlap || nested));
            }
        }
    }
}

std::size_t count(const json& trace, const char* phase, const char* name) {
    std::size_t n = 0;
    for (const json& e : trace.at("traceEvents")) {
        n += e.at("ph") == phase && e.at("name") == name ? 1U : 0U;
    }
    return n;
}

}  // namespace

TEST_CASE("perfetto: a trace keeps the rules of its format") {
    for (const finding* f : {&race_of_2017(), &boosted()}) {
        const story told = story_or_throw(*f);
        const json trace = perfetto_trace(told);
        check_trace(trace);
        std::size_t threads = told.tasks.size() + told.before.cpus.size();
        CHECK(count(trace, "M", "thread_name") == threads);
        CHECK(count(trace, "M", "process_name") == 2);
    }
}

// A timer's interrupt on an idle CPU wakes a task, which gets that CPU before the interrupt is over.
TEST_CASE("perfetto: who gets a CPU during an interrupt has it when that is over") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        check_trace(perfetto_trace(story_or_throw(find("2016-early-deadlock", seed))));
    }
}

TEST_CASE("perfetto: the race of 2017 has its calls, its timer's arrow and its end") {
    const story told = story_or_throw(race_of_2017());
    const json trace = perfetto_trace(told);
    CHECK(count(trace, "X", "futex(CMP_REQUEUE_PI, cond, lock)") == 1);
    CHECK(count(trace, "s", "timer") == count(trace, "f", "timer"));
    CHECK(count(trace, "s", "timer") >= 1);
    CHECK(count(trace, "i", "*** owner-on-return") == 1);
}
