// Workers that misbehave. The test binary serves as their program: see the last test case.

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "campaign/crew/coordinator.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "runtime/sanitizer.hpp"
#include "scheduler/make_strategy.hpp"
#include "scheduler/replay.hpp"
#include "shrink/logged_run.hpp"
#include "shrink/token.hpp"
#include "worker/worker.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;

namespace {

class temporary_folder {
public:
    temporary_folder() {
        path_ = (std::filesystem::temp_directory_path() / "tenthrule-crew-XXXXXX").string();
        REQUIRE(mkdtemp(path_.data()) != nullptr);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const {
        return path_;
    }

private:
    std::string path_;
};

constexpr std::uint64_t memory_limit = std::uint64_t{256} << 20U;

// Four tasks add to a word, each in two steps. If the third one is overtaken twice, something happens that
// depends on the name of the case.
class bad_program final : public program {
public:
    explicit bad_program(std::string behaviour) : behaviour_(std::move(behaviour)) {}

    void boot(execution& e) override {
        word_ = e.arena().make<shared<int>>("word", 0);
        for (task_of_it& t : tasks_) {
            t.of = this;
            t.number = static_cast<unsigned>(&t - tasks_.data());
            task_spec spec;
            spec.name = "task";
            e.add_task(spec, &run, &t);
        }
    }

private:
    struct task_of_it {
        bad_program* of = nullptr;
        unsigned number = 0;
    };

    static void run(void* argument) {
        auto& t = *static_cast<task_of_it*>(argument);
        const int before = t.of->word_->load();
        const int now = t.of->word_->load();
        if (t.number == 2 && now == before + 2) {
            t.of->misbehave();
        }
        t.of->word_->store(now + 1);
    }

    void misbehave() {
        if (behaviour_ == "crash") {
            std::signal(SIGSEGV, SIG_DFL);  // NOLINT(cert-err33-c)
            std::raise(SIGSEGV);            // NOLINT(cert-err33-c)
        } else if (behaviour_ == "exit") {
            _exit(7);
        } else if (behaviour_ == "hang") {
            for (;;) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        } else if (behaviour_ == "memory") {
            for (;;) {
                eaten_.emplace_back(std::size_t{16} << 20U, 'x');
            }
        } else if (behaviour_ == "close") {
            close(worker_socket);
            sleep(600);
        } else if (behaviour_ == "leave a child") {
            if (fork() == 0) {
                sleep(20);
                _exit(0);
            }
            _exit(7);
        } else if (behaviour_ == "babble") {
            (void)!write(worker_socket, "\xff\xff\xff\xff", 4);
        } else if (behaviour_ == "report nothing") {
            (void)!write(worker_socket, "\0\0\0\0", 4);
        } else if (behaviour_ == "fail") {
            execution::current().report(rules::assertion, "overtaken", "the third task was overtaken twice");
        }
    }

    std::string behaviour_;
    std::vector<std::vector<char>> eaten_;
    shared<int>* word_ = nullptr;
    std::array<task_of_it, 4> tasks_;
};

class bad_case final : public test_case {
public:
    explicit bad_case(std::string behaviour) : behaviour_(std::move(behaviour)) {}
    std::string name() const override {
        return behaviour_;
    }
    std::uint64_t digest() const override {
        return 77;
    }
    std::unique_ptr<program> instantiate() const override {
        return std::make_unique<bad_program>(behaviour_);
    }
    run_options options() const override {
        run_options o;
        return o;
    }
    case_size size() const override {
        return {4, 8, 0, 0, 0, 0, 0};
    }
    std::vector<reduction> reductions() const override {
        return {};
    }
    std::unique_ptr<test_case> reduced(std::uint32_t /*code*/) const override {
        return nullptr;
    }
    const std::vector<std::uint32_t>& taken_away() const override {
        static const std::vector<std::uint32_t> nothing;
        return nothing;
    }

private:
    std::string behaviour_;
};

constexpr const char* worker_name = "a worker for other tests to start";

std::vector<std::string> worker_command() {
    return {"/proc/self/exe", fmt::format("--test-case={}", worker_name), "--no-skip"};
}

// A store with one arm for each behaviour.
struct small_campaign {
    explicit small_campaign(const std::vector<std::string>& behaviours)
        : path(folder.path() + "/store.db"), store(campaign_store::open_for_writing(path)) {
        plan.strategies = {{"random", 1}};
        plan.limits.hang = std::chrono::seconds(2);
        plan.limits.memory = memory_limit;
        plan.budget.shrink_share = 0;
        options.worker_command = worker_command();
        options.workers = 2;
        options.pin = false;
        options.batch = std::chrono::milliseconds(30);
        options.commit = std::chrono::milliseconds(30);
        names = behaviours;
        store.set_plan("test", "test", "");
    }

    crew_work work() {
        crew_work w;
        std::map<arm_id, arm_state> known;
        for (std::size_t i = 0; i < names.size(); ++i) {
            scenario_source source;
            source.path = names[i];
            source.digest = 100 + i;
            source.what.name = names[i];
            crew_subject s;
            s.scenario = store.add_scenario(source);
            s.scenario_name = names[i];
            s.key.scenario = names[i];
            s.key.digest = source.digest;
            s.key.kernel = "none";
            s.text = std::make_shared<const std::string>();
            s.id = store.add_subject(s.scenario, s.key);
            crew_arm arm;
            arm.state.id = store.add_arm(s.id, "random", 1);
            arm.subject = i;
            arm.share = 1;
            w.subjects.push_back(s);
            w.arms.push_back(arm);
        }
        for (const arm_state& a : store.arms()) {
            known[a.id] = a;
        }
        for (crew_arm& a : w.arms) {
            a.state = known.at(a.state.id);
        }
        return w;
    }

    crew_outcome run() {
        return run_crew(store, plan, work(), options);
    }

    temporary_folder folder;
    std::string path;
    campaign_store store;
    campaign_plan plan;
    crew_options options;
    std::vector<std::string> names;
};

// Number of the first execution that misbehaves, from 0.
std::uint64_t first_bad() {
    const bad_case what("fail");
    const auto instance = what.instantiate();
    const auto how = make_strategy("random").made;
    execution e;
    std::uint64_t i = 0;
    while (e.run(*instance, *how, what.options(), execution_seed(1, i)).end == verdict::completed) {
        ++i;
    }
    return i;
}

const arm_state& arm_of(const std::vector<arm_state>& arms, std::size_t i) {
    REQUIRE(i < arms.size());
    return arms[i];
}

}  // namespace

TEST_CASE("crew: an execution that crashes, hangs or eats memory costs itself alone, and is a finding") {
    struct expected {
        const char* behaviour;
        const char* identity;
    };
    for (const expected& e :
         {expected{"crash", "crash|signal 11 (SIGSEGV)"}, expected{"exit", "crash|exit status 7"},
          expected{"hang", "hang"}, expected{"memory", "memory"}}) {
        CAPTURE(e.behaviour);
        small_campaign c({e.behaviour});
        // Each hang takes twice the time that it is given: one of them is enough.
        const std::uint64_t executions = e.identity == std::string("hang") ? first_bad() + 1 : 120;
        c.plan.budget.executions = executions;
        const crew_outcome o = c.run();
        CHECK(o.problem == "");
        CHECK(o.end == crew_end::budget);
        const std::vector<arm_state> arms = c.store.arms();
        const arm_state& arm = arm_of(arms, 0);
        // Each execution of the budget is counted once, the guilty ones as well.
        CHECK(arm.executions == executions);
        CHECK(arm.done == std::vector<execution_range>{{0, executions}});
        CHECK(arm.crashes + arm.hangs > 0);
        const std::vector<stored_finding> findings = c.store.findings();
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].identity == e.identity);
        CHECK(findings[0].times == arm.crashes + arm.hangs);
        CHECK(!findings[0].crash.empty());
        // The token leads to the same failure: with a program that reports instead of misbehaving.
        const token_or_error t = decode_token(findings[0].token);
        REQUIRE(t.read);
        replay how(t.read->decisions);
        const bad_case same("fail");
        const run_result result = run_logged(same, how, 0).result;
        CHECK(result.end == verdict::violation);
        CHECK(result.failure.identity == "assertion: overtaken");
        CHECK(c.store.check() == "ok");
    }
}

TEST_CASE(
    "crew: a worker whose end does not show on the socket, or that goes on without one, is not waited for") {
    struct expected {
        const char* behaviour;
        const char* identity;
    };
    for (const expected& e : {expected{"close", "crash|closed its connection"},
                              expected{"leave a child", "crash|exit status 7"}}) {
        CAPTURE(e.behaviour);
        small_campaign c({e.behaviour});
        c.plan.limits.hang = std::chrono::minutes(10);
        c.plan.budget.executions = first_bad() + 1;
        const crew_outcome o = c.run();
        CHECK(o.end == crew_end::budget);
        const std::vector<stored_finding> findings = c.store.findings();
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].identity == e.identity);
        CHECK(findings[0].times == 1);
    }
}

TEST_CASE("crew: workers that say what cannot be understood are not asked for ever") {
    struct expected {
        const char* behaviour;
        const char* reason;
    };
    for (const expected& e : {expected{"babble", "it sent something longer than any report"},
                              expected{"report nothing", "it sent something that is no report"}}) {
        CAPTURE(e.behaviour);
        small_campaign c({e.behaviour});
        c.plan.budget.executions = 120;
        const crew_outcome o = c.run();
        CHECK(o.end == crew_end::failed);
        CAPTURE(o.problem);
        CHECK(o.problem.find(e.reason) != std::string::npos);
        CHECK(c.store.findings().empty());
    }
}

TEST_CASE("crew: others go on while one arm crashes again and again") {
    small_campaign c({"crash", "fail", "good"});
    c.plan.budget.executions = 3'000;
    const crew_outcome o = c.run();
    CHECK(o.end == crew_end::budget);
    const std::vector<arm_state> arms = c.store.arms();
    std::uint64_t sum = 0;
    for (const arm_state& a : arms) {
        CHECK(a.executions > 100);
        sum += a.executions;
    }
    CHECK(sum == 3'000);
    std::set<std::string> identities;
    for (const stored_finding& f : c.store.findings()) {
        identities.insert(f.identity);
    }
    CHECK(identities == std::set<std::string>{"crash|signal 11 (SIGSEGV)", "assertion: overtaken"});
    CHECK(arm_of(arms, 2).failures == 0);
}

TEST_CASE("crew: findings are shrunk in the background, within their share") {
    small_campaign c({"fail"});
    c.plan.budget.executions = 20'000;
    c.plan.budget.shrink_share = 0.2;
    const crew_outcome o = c.run();
    CHECK(o.end == crew_end::budget);
    const std::vector<stored_finding> findings = c.store.findings();
    REQUIRE(findings.size() == 1);
    REQUIRE(findings[0].shrunk);
    CHECK(findings[0].best.size.points <= findings[0].best.original.points);
    const token_or_error t = decode_token(findings[0].best.token);
    REQUIRE(t.read);
    replay how(t.read->decisions);
    CHECK(run_logged(bad_case("fail"), how, 0).result.failure.identity == "assertion: overtaken");
}

TEST_CASE("crew: what a campaign counts does not depend on the number of workers or on sessions") {
    const auto figures = [](campaign_store& store) {
        const std::vector<arm_state> arms = store.arms();
        return arm_of(arms, 0).executions;
    };
    small_campaign c({"fail"});
    c.plan.budget.executions = 1'000;
    c.run();
    CHECK(figures(c.store) == 1'000);
    const std::uint64_t failures = c.store.arms()[0].failures;
    CHECK(failures > 0);
    // Going on adds to it, and nothing is done twice.
    c.plan.budget.executions = 2'500;
    c.options.workers = 1;
    c.run();
    CHECK(figures(c.store) == 2'500);
    CHECK(c.store.arms()[0].done == std::vector<execution_range>{{0, 2'500}});
    CHECK(c.store.arms()[0].failures > failures);
    CHECK(c.store.findings()[0].times == c.store.arms()[0].failures);
    CHECK(c.store.sessions().size() == 2);
}

TEST_CASE("crew: the stop flag ends it in under two seconds, hanging workers or not") {
    small_campaign c({"good", "hang"});
    c.plan.limits.hang = std::chrono::minutes(10);
    std::atomic<bool> stop{false};
    c.options.stop = &stop;
    std::chrono::steady_clock::time_point stopped;
    std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        stopped = std::chrono::steady_clock::now();
        stop = true;
    });
    const crew_outcome o = c.run();
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    CHECK(o.end == crew_end::interrupted);
    CHECK(ended - stopped < std::chrono::seconds(2));
    CHECK(c.store.sessions().back().ended == "interrupted");
    const std::uint64_t before = c.store.arms()[0].executions;
    CHECK(before > 0);
    stop = false;
    c.plan.budget.executions = before + 500;
    c.names = {"good"};
    const crew_outcome on = c.run();
    CHECK(on.end == crew_end::budget);
    CHECK(c.store.arms()[0].executions == before + 500);
}

TEST_CASE("crew: workers that are killed from outside cost time only") {
    small_campaign c({"fail"});
    c.plan.budget.executions = 30'000;
    unsigned kills = 0;
    std::uint64_t last = 0;
    c.options.progress_interval = std::chrono::milliseconds(20);
    c.options.on_progress = [&](const crew_progress& p) {
        CHECK(p.executions >= last);
        last = p.executions;
        const auto workers = c.store.workers();
        if (!workers.empty() && kills < 6) {
            ::kill(static_cast<pid_t>(workers[kills % workers.size()].pid), SIGKILL);
            ++kills;
        }
    };
    const crew_outcome o = c.run();
    CHECK(o.end == crew_end::budget);
    CHECK(o.given_up.empty());
    const std::vector<arm_state> arms = c.store.arms();
    CHECK(arm_of(arms, 0).executions == 30'000);
    CHECK(arm_of(arms, 0).crashes == 0);
    CHECK(c.store.findings().size() == 1);
}

TEST_CASE("crew: workers that cannot be started end the campaign with the reason") {
    small_campaign c({"good"});
    c.plan.budget.executions = 100;
    c.options.worker_command = {"/bin/false"};
    const crew_outcome o = c.run();
    CHECK(o.end == crew_end::failed);
    CHECK(o.problem.find("workers end as soon as they are started (exit status 1)") != std::string::npos);
}

TEST_CASE("crew: the canary is found, and nothing of it is counted") {
    small_campaign c({"good"});
    c.plan.budget.executions = 20'000;
    c.options.canary.scenario_name = "fail";
    c.options.canary.key.scenario = "fail";
    c.options.canary.text = std::make_shared<const std::string>("x");
    CHECK(c.run().last.canary.found);
    CHECK(c.store.canary()->found);
    CHECK(c.store.findings().empty());
    CHECK(c.store.arms()[0].executions == 20'000);

    // One that cannot be found is not found.
    small_campaign other({"good"});
    other.plan.budget.executions = 20'000;
    other.options.canary = c.options.canary;
    other.options.canary.key.scenario = "good";
    CHECK(!other.run().last.canary.found);
    CHECK(!other.store.canary()->found);
}

TEST_CASE("a worker for other tests to start" * doctest::skip()) {
    worker_trade trade;
    trade.open = [](const work_order& o) { return std::make_shared<bad_case>(o.subject.scenario); };
    _exit(work_until_done(trade, memory_limit + (std::uint64_t{1} << 30U)));
}
