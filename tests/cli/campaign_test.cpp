// Campaigns as a person, a script and a power failure see them.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/store/campaign_store.hpp"
#include "cli/dashboard.hpp"
#include "cli/sparkline.hpp"
#include "cli/text.hpp"
#include "runtime/random.hpp"
#include "tests/cli/run_tool.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

const std::string failing = "scenarios/seeds/2017-owner-died.toml";
const std::string healthy = "scenarios/healthy/wait-wake.toml";

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// A campaign in the background.
class running_campaign {
public:
    explicit running_campaign(const std::vector<std::string>& words) {
        std::vector<std::string> all = with({TENTHRULE_TOOL, "campaign"}, words);
        std::vector<char*> argv;
        for (std::string& w : all) {
            argv.push_back(w.data());
        }
        argv.push_back(nullptr);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            const int nothing = open("/dev/null", O_RDWR);
            dup2(nothing, STDOUT_FILENO);
            dup2(nothing, STDERR_FILENO);
            if (chdir(TENTHRULE_SOURCE_DIR) == 0) {
                execv(TENTHRULE_TOOL, argv.data());
            }
            _exit(127);
        }
    }
    running_campaign(const running_campaign&) = delete;
    running_campaign& operator=(const running_campaign&) = delete;
    ~running_campaign() {
        if (pid_ > 0) {
            end(SIGKILL);
        }
    }
    int end(int number) {
        kill(pid_, number);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t pid_ = -1;
};

// Waits until the store says so, for at most a minute.
template <typename Condition>
bool wait_until(const std::string& store, Condition holds) {
    for (unsigned i = 0; i < 1'200; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        try {
            if (holds(campaign_store::open_for_reading(store))) {
                return true;
            }
        } catch (const store_error&) {
            // Not there yet.
        }
    }
    return false;
}

std::uint64_t executions_in(const campaign_store& store) {
    std::uint64_t sum = 0;
    for (const arm_state& a : store.arms()) {
        sum += a.executions;
    }
    return sum;
}

// What must never become less, whatever happens to the processes.
struct ledger {
    std::map<arm_id, std::uint64_t> executions;
    std::map<finding_id, std::uint64_t> times;

    void look(const std::string& path) {
        const campaign_store store = campaign_store::open_for_reading(path);
        CHECK(store.check() == "ok");
        std::map<arm_id, std::uint64_t> failures;
        for (const arm_state& a : store.arms()) {
            CHECK(a.executions >= executions[a.id]);
            executions[a.id] = a.executions;
            failures[a.id] = a.failures;
            std::uint64_t done = 0;
            for (const execution_range& r : a.done) {
                done += r.count;
            }
            CHECK(done == a.executions);
        }
        std::map<finding_id, std::uint64_t> now;
        std::uint64_t seen = 0;
        for (const stored_finding& f : store.findings()) {
            now[f.id] = f.times;
            seen += f.times;
            CHECK(f.crash == "");
        }
        for (const auto& [id, before] : times) {
            CHECK(now[id] >= before);
        }
        times = now;
        std::uint64_t failed = 0;
        for (const auto& [id, n] : failures) {
            failed += n;
        }
        CHECK(seen == failed);
    }
};

unsigned kills_wanted() {
    const char* asked = std::getenv("TENTHRULE_KILLS");  // NOLINT(concurrency-mt-unsafe)
    return asked != nullptr ? static_cast<unsigned>(std::atoi(asked)) : repetitions(20);
}

}  // namespace

TEST_CASE("campaign: finds, shrinks, reports, and tells a shell") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    const tool_run run = run_tool(
        {"campaign", "run", failing, "--store", store, "--executions", "30k", "--workers", "2", "--quiet"});
    CAPTURE(run.err);
    CHECK(run.status == 1);
    CHECK(run.out.find("NEW  owner-died  2017-owner-died") != std::string::npos);
    CHECK(run.out.find("canary: found in ") != std::string::npos);
    CHECK(run.err == "");

    const tool_run status = run_tool({"campaign", "status", "--store", store, "--json"});
    CHECK(status.status == 0);
    const auto lines = json_lines(status);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("campaign").at("executions") == 30'000);
    CHECK(lines[0].at("canary").at("found") == true);
    CHECK(lines[0].at("coverage").at("classes") > 1);
    REQUIRE(lines[0].at("findings").size() >= 1);
    const std::string token = lines[0].at("findings")[0].at("token");
    CHECK(run_tool({"replay", token}).status == 1);

    const tool_run report = run_tool({"campaign", "report", "--store", store, "--out", folder.path() + "/r"});
    CHECK(report.status == 0);
    CHECK(read_text(folder.path() + "/r/campaign.html").find("owner-died") != std::string::npos);
    CHECK(read_text(folder.path() + "/r/junit.xml").find("<failure") != std::string::npos);

    // Known to a baseline, it is no reason to fail.
    const tool_run exported =
        run_tool({"campaign", "export", "--store", store, "--out", folder.path() + "/e"});
    CHECK(exported.status == 0);
    const std::string known = folder.path() + "/e/baseline.txt";
    const tool_run again =
        run_tool({"campaign", "run", failing, "--store", folder.path() + "/b.db", "--executions", "30k",
                  "--workers", "2", "--quiet", "--baseline", known});
    CHECK(again.status == 0);
    CHECK(again.out.find("known  owner-died") != std::string::npos);
    CHECK(again.out.find("NEW") == std::string::npos);

    // The same executions on another machine count once.
    const tool_run merged =
        run_tool({"campaign", "merge", folder.path() + "/b.db", "--store", store, "--json"});
    CHECK(merged.status == 0);
    const auto joined = json_lines(merged);
    REQUIRE(joined.size() == 1);
    CHECK(joined[0].at("findings_added") == 0);
    CHECK(run_tool({"campaign", "status", "--store", store, "--json"}).status == 0);
}

TEST_CASE("campaign: it can be resumed from any folder, with everything that its plan names") {
    const temporary_folder folder;
    std::filesystem::create_directories(folder.path() + "/plans");
    std::filesystem::create_directories(folder.path() + "/stores");
    folder.write("scenario.toml", read_text(TENTHRULE_SOURCE_DIR "/" + failing));
    folder.write("known.txt", "* nothing\n");
    folder.write("plans/night.toml", R"(
scenarios = ["../scenario.toml"]
kernels = ["written"]
baseline = "../known.txt"
store = "../stores/night.db"
canary = "none"

[budget]
executions = 500

[report]
json = "../night.json"
)");
    tool_environment there;
    there.folder = folder.path() + "/plans";
    CHECK(run_tool({"campaign", "run", "--config", "night.toml", "--quiet"}, there).status == 1);
    const std::string store = folder.path() + "/stores/night.db";
    REQUIRE(std::filesystem::exists(store));
    REQUIRE(std::filesystem::remove(folder.path() + "/night.json"));
    // From elsewhere, and by another path.
    CHECK(run_tool({"campaign", "resume", "--store", store, "--executions", "500", "--quiet"}).status == 1);
    CHECK(std::filesystem::exists(folder.path() + "/night.json"));
    there.folder = folder.path() + "/stores";
    CHECK(run_tool({"campaign", "resume", "--store", "night.db", "--executions", "500", "--quiet"}, there)
              .status == 1);
    CHECK(run_tool({"campaign", "status", "--store", "../stores/night.db"}, there).status == 0);
    CHECK(executions_in(campaign_store::open_for_reading(store)) == 1'500);
    // Moved together with what it names.
    const temporary_folder other;
    std::filesystem::rename(folder.path() + "/scenario.toml", other.path() + "/scenario.toml");
    std::filesystem::rename(folder.path() + "/known.txt", other.path() + "/known.txt");
    std::filesystem::create_directories(other.path() + "/stores");
    std::filesystem::rename(store, other.path() + "/stores/night.db");
    CHECK(run_tool({"campaign", "resume", "--store", other.path() + "/stores/night.db", "--executions", "500",
                    "--quiet"})
              .status == 1);
}

TEST_CASE("campaign: resume goes on exactly where it was") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    const std::vector<std::string> two{"--store", store, "--workers", "2", "--quiet"};
    CHECK(run_tool(with({"campaign", "run", healthy, "--executions", "5k"}, two)).status == 0);
    CHECK(run_tool(with({"campaign", "resume", "--executions", "7k"}, two)).status == 0);
    const campaign_store read = campaign_store::open_for_reading(store);
    CHECK(executions_in(read) == 12'000);
    for (const arm_state& a : read.arms()) {
        CHECK(a.done.size() <= 1);
        CHECK(a.next() == a.executions);
    }
    CHECK(read.sessions().size() == 2);
    // Without more to spend there is nothing to do.
    CHECK(run_tool(with({"campaign", "resume"}, two)).status == 0);
    CHECK(executions_in(campaign_store::open_for_reading(store)) == 12'000);
}

TEST_CASE("campaign: mistakes are told, and nothing is half done") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    const auto complains = [&](const std::vector<std::string>& words, const std::string& about) {
        const tool_run run = run_tool(with({"campaign"}, words));
        CAPTURE(run.err);
        CHECK(run.status == 2);
        CHECK(run.err.find(about) != std::string::npos);
    };
    complains({}, "say what to do: run, resume, status, report, merge or export");
    complains({"resum"}, "unknown command 'resum', did you mean 'resume'?");
    complains({"run"}, "tenthrule campaign run: there is no scenario to search");
    complains({"run", healthy, "--tim", "1s"}, "unknown option '--tim', did you mean '--time'?");
    complains({"run", healthy, "--strategy", "dpor", "--store", store}, "a campaign draws lots");
    complains({"run", "no/such/file.toml", "--store", store}, "no/such/file.toml");
    complains({"run", healthy, "--canary", "none-such.toml", "--store", store}, "the canary is not right");
    complains({"resume", "--store", folder.path() + "/none.db"}, "there is no campaign in ");
    complains({"status", "--store", folder.path() + "/none.db"}, "none.db");
    complains({"merge", store}, "name the stores to take from");
    const tool_run worker = run_tool({"campaign-worker"});
    CHECK(worker.status == 2);
    CHECK(worker.err.find("is not for people") != std::string::npos);
}

TEST_CASE("campaign: a second coordinator and a second campaign are refused, status is not") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    running_campaign first({"run", healthy, "--store", store, "--time", "10m", "--workers", "1", "--quiet"});
    REQUIRE(wait_until(store, [](const campaign_store& s) { return executions_in(s) > 0; }));
    const tool_run second = run_tool({"campaign", "resume", "--store", store, "--quiet"});
    CHECK(second.status == 2);
    CHECK(second.err.find(store) != std::string::npos);
    const tool_run status = run_tool({"campaign", "status", "--store", store});
    CHECK(status.status == 0);
    CHECK(status.out.find(": running, ") != std::string::npos);
    CHECK(first.end(SIGINT) == 130);
    const tool_run other = run_tool({"campaign", "run", healthy, "--store", store});
    CHECK(other.status == 2);
    CHECK(other.err.find("has a campaign already; go on with it: tenthrule campaign resume") !=
          std::string::npos);
}

TEST_CASE("campaign: Ctrl-C ends it in under two seconds and says how to go on") {
    constexpr int begins_in_ms = 1'500;
    const std::chrono::milliseconds soon(2'000 * (repetitions(20) == 20 ? 1 : 5));
    // A busy machine may take its time, but not each time.
    bool ended_soon = false;
    for (int attempt = 0; attempt < 3 && !ended_soon; ++attempt) {
        const temporary_folder folder;
        const std::string store = folder.path() + "/a.db";
        tool_environment where;
        where.interrupt_after_ms = begins_in_ms;
        const auto start = std::chrono::steady_clock::now();
        const tool_run run =
            run_tool({"campaign", "run", healthy, failing, "--store", store, "--time", "10m"}, where);
        const auto took = std::chrono::steady_clock::now() - start;
        CHECK(run.status == 130);
        CHECK(run.err.find("to go on:  tenthrule campaign resume --store " + store + "\n") !=
              std::string::npos);
        CHECK(run.out.find(": interrupted, ") != std::string::npos);
        ended_soon = took < std::chrono::milliseconds(begins_in_ms) + soon;
    }
    CHECK(ended_soon);
}

TEST_CASE("campaign: on a terminal there is a dashboard, elsewhere there are lines") {
    const temporary_folder folder;
    tool_environment where;
    where.on_terminal = true;
    const tool_run run =
        run_tool({"campaign", "run", healthy, "--store", folder.path() + "/a.db", "--time", "2s"}, where);
    CHECK(run.status == 0);
    CHECK(run.out.find("executions  ") != std::string::npos);
    CHECK(run.out.find("\033[") != std::string::npos);
    const tool_run plain =
        run_tool({"campaign", "run", healthy, "--store", folder.path() + "/b.db", "--time", "1s"});
    CHECK(plain.status == 0);
    CHECK(plain.err.find('\033') == std::string::npos);
}

TEST_CASE("campaign: nothing is lost when coordinator or workers are killed at any moment") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    ledger kept;
    random_source random(2'026);
    const unsigned kills = kills_wanted();
    const auto has_begun = [&store] {
        return ::access(store.c_str(), F_OK) == 0 &&
               campaign_store::open_for_reading(store).facts().has_value();
    };
    const auto go_on = [](bool resumes) {
        return resumes ? std::vector<std::string>{"resume"}
                       : std::vector<std::string>{"run", failing, healthy};
    };
    for (unsigned i = 0; i < kills; ++i) {
        const bool resumes = i != 0 && has_begun();
        running_campaign campaign(
            with(go_on(resumes), {"--store", store, "--time", "10m", "--workers", "2", "--quiet"}));
        std::this_thread::sleep_for(std::chrono::milliseconds(30 + random.below(500)));
        if (i % 3 == 1) {
            // A worker first, so that the coordinator is busy with that.
            try {
                for (const worker_sign& w : campaign_store::open_for_reading(store).workers()) {
                    kill(static_cast<pid_t>(w.pid), SIGKILL);
                }
            } catch (const store_error&) {
                // It had not come so far.
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(random.below(200)));
        }
        campaign.end(SIGKILL);
        if (resumes) {
            kept.look(store);
        }
    }
    // And in the end it goes on as if nothing had happened.
    const tool_run run =
        run_tool(with(with({"campaign"}, go_on(has_begun())),
                      {"--store", store, "--executions", "4k", "--workers", "2", "--quiet"}));
    CHECK(run.status == 1);
    kept.look(store);
    CHECK(!kept.times.empty());
    for (const arm_state& a : campaign_store::open_for_reading(store).arms()) {
        CHECK(a.crashes == 0);
        CHECK(a.hangs == 0);
    }
}

TEST_CASE("campaign: an edited scenario is refused, or kept apart") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/a.db";
    const std::string text = read_text(std::string(TENTHRULE_SOURCE_DIR) + "/" + healthy);
    const std::string path = folder.write("mine.toml", text);
    const std::vector<std::string> options{"--store", store,          "--workers", "1",
                                           "--quiet", "--executions", "2k"};
    CHECK(run_tool(with({"campaign", "run", path}, options)).status == 0);
    std::string edited = text;
    const std::size_t at = edited.find("cpus");
    REQUIRE(at != std::string::npos);
    edited.replace(at, edited.find('\n', at) - at, "cpus = 3");
    folder.write("mine.toml", edited);
    const tool_run refused = run_tool(with({"campaign", "resume"}, options));
    CHECK(refused.status == 2);
    CHECK(refused.err.find("mine.toml") != std::string::npos);
    CHECK(executions_in(campaign_store::open_for_reading(store)) == 2'000);
    CHECK(run_tool(with({"campaign", "resume", "--accept-edits"}, options)).status == 0);
    const campaign_store read = campaign_store::open_for_reading(store);
    CHECK(read.scenarios().size() == 2);
    CHECK(executions_in(read) == 4'000);
}

TEST_CASE("dashboard: fits whatever the window is") {
    crew::crew_progress p;
    p.seconds = 100;
    p.seconds_left = 50;
    p.executions = 1'234'567;
    p.workers.resize(2);
    for (int i = 0; i < 40; ++i) {
        p.scenarios.push_back({"a-scenario-with-a-long-name-" + std::to_string(i), 100, 10, 0.5, 1, 0});
        p.growth.push_back({1.0 * i, 100, static_cast<std::uint64_t>(10 * i), 0, 0, 0});
    }
    p.scenarios[30].findings = 1;
    p.findings.push_back({"s", "identity", "rule", "", false});
    for (const unsigned width : {40U, 80U, 200U}) {
        for (const unsigned height : {1U, 5U, 10U, 24U, 100U}) {
            cli::terminal where;
            where.width = width;
            where.ascii = width == 40;
            const std::vector<std::string> lines = cli::dashboard_lines("night", p, {}, height, where);
            CHECK(lines.size() <= height);
            for (const std::string& line : lines) {
                CHECK(cli::display_width(line) < width);
            }
            if (height == 24 && width == 200) {
                CHECK(std::any_of(lines.begin(), lines.end(), [](const std::string& l) {
                    return l.find("a-scenario-with-a-long-name-30") != std::string::npos;
                }));
                CHECK(lines.back().find("more scenario") != std::string::npos);
            }
        }
    }
    baseline known;
    CHECK(cli::campaign_line(p, known).find("1 new, 0 known") != std::string::npos);
    known.add("s", "identity");
    CHECK(cli::campaign_line(p, known).find("0 new, 1 known") != std::string::npos);
}

TEST_CASE("sparkline: from 0 to the largest value, no wider than asked for") {
    CHECK(cli::sparkline({}, 10, false).empty());
    CHECK(cli::sparkline({0, 7}, 10, true) == "_#");
    CHECK(cli::sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 4, true) == ".-+#");
    CHECK(cli::sparkline({1, 1}, 10, false) == "██");
    CHECK(cli::sparkline({0, 0}, 10, true) == "__");
}
