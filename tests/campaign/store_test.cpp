// What the store keeps, and that it keeps it.

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/store/campaign_store.hpp"
#include "campaign/store/database.hpp"
#include "campaign/store/ranges.hpp"
#include "campaign/store/schema.hpp"
#include "runtime/random.hpp"
#include "tests/campaign/stores.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule {

using namespace testing;

struct store_access {
    static database& of(campaign_store& store) {
        return *store.db_;
    }
};

namespace {

wall_time clock_now = 1'000'000;
wall_time test_clock() {
    return clock_now;
}

}  // namespace

TEST_CASE("ranges: what is added is there once, however it comes, and reads back") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        random_source random(seed);
        ranges::range_list list;
        std::set<std::uint64_t> model;
        for (int i = 0; i < 30; ++i) {
            const execution_range r{random.below(60), random.below(8)};
            bool free = true;
            for (std::uint64_t n = r.first; n < r.first + r.count; ++n) {
                free = free && !model.contains(n);
            }
            CHECK(ranges::add(list, r) == free);
            for (std::uint64_t n = r.first; free && n < r.first + r.count; ++n) {
                model.insert(n);
            }
        }
        CHECK(ranges::size(list) == model.size());
        for (std::size_t i = 1; i < list.size(); ++i) {
            CHECK(list[i - 1].first + list[i - 1].count < list[i].first);
        }
        CHECK(ranges::from_text(ranges::to_text(list)) == list);
        CHECK(ranges::common(list, list) == model.size());
        arm_state arm;
        arm.done = list;
        for (const execution_range& gap : arm.gaps(80)) {
            CHECK(ranges::add(list, gap));
        }
        CHECK(list == ranges::range_list{{0, 80}});
    }
    ranges::range_list list;
    CHECK_FALSE(ranges::add(list, {~std::uint64_t{0}, 2}));
    for (const char* wrong : {"1", "1+", "+1", "1+0", "3+2 1+1 ", "0+4 2+1", "x", "0+5,9+1"}) {
        CHECK_FALSE(ranges::from_text(wrong).has_value());
    }
}

TEST_CASE("store: what is put in comes out, also by a reader beside the writer and after reopening") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    {
        campaign_store store = campaign_store::open_for_writing(path, test_clock);
        CHECK_FALSE(store.facts().has_value());
        store.set_plan("nightly", "tenthrule 0.1.0", "name = \"nightly\"\n");
        const std::vector<arm_id> arms = add_arms(store);
        REQUIRE(arms.size() == 6);
        CHECK(add_arms(store) == arms);  // nothing is added twice
        store.begin_session(2);
        store.set_session_seconds(1.5);
        batch_result batch = batch_at(arms[0], 0, 100);
        batch.failures = 3;
        batch.seen = {failure("x", 17, 2), failure("y", 40)};
        batch.seen[1].crash = "signal 11 (SIGSEGV)";
        const growth_sample sample{1.5, 100, 9, 8, 7, 2};
        store.commit(batch, &sample);
        store.set_canary({"canary", true, 0.5});
        const std::vector<worker_sign> signs{{1, 123, arms[0], "search", 100, 66.7, 1, clock_now}};
        store.set_workers(signs);

        const campaign_store reader = campaign_store::open_for_reading(path);
        CHECK(reader.facts()->name == "nightly");
        CHECK(reader.workers().at(0).doing == "search");
        CHECK(reader.workers().at(0).restarts == 1);
        CHECK(reader.findings().size() == 2);
        CHECK(problem_of([&] { const_cast<campaign_store&>(reader).begin_session(1); }) ==
              store_problem::refused);
    }
    const campaign_store store = campaign_store::open_for_reading(path);
    CHECK(store.check() == "ok");
    CHECK(store.facts()->uuid.size() == 32);
    CHECK(store.facts()->plan == "name = \"nightly\"\n");
    CHECK(store.scenarios().at(0).text == scenario_text("first"));
    const arm_state arm = store.arms().at(0);
    CHECK(arm.next() == 100);
    CHECK(arm.executions == 100);
    CHECK(arm.points == 700);
    CHECK(arm.step_bounds == 10);
    CHECK(arm.failures == 3);
    CHECK(arm.last_new == 100);
    CHECK(store.subjects().at(0).coverage.size() == 4'096);
    CHECK(store.growth() == std::vector<growth_sample>{{1.5, 100, 9, 8, 7, 2}});
    CHECK(store.canary()->found);
    CHECK(store.seconds_spent() == doctest::Approx(1.5));
    CHECK(store.sessions().at(0).ended.empty());
    const std::vector<stored_finding> findings = store.findings();
    CHECK(findings[0].identity == "x");
    CHECK(findings[0].times == 2);
    CHECK(findings[0].occurrences.at(0).first_index == 17);
    CHECK(findings[1].crash == "signal 11 (SIGSEGV)");
    // Subjects come back as they were, down to what makes their tokens.
    campaign_plan plan;
    plan.swarm.variations = 2;
    const std::vector<subject> made = subjects_of(plan, source_of(scenario_text("first")));
    const std::vector<stored_subject> stored = store.subjects();
    REQUIRE(made.size() == stored.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
        CHECK(made[i].key == stored[i].key);
        const auto again = make_subject(store.scenarios()[0].text, stored[i].key);
        REQUIRE(again != nullptr);
        CHECK(again->digest() == made[i].what->digest());
        CHECK(again->selection() == made[i].what->selection());
        CHECK(again->taken_away() == made[i].what->taken_away());
    }
}

TEST_CASE("store: batches in any order, lost ones done again, come to the same counters") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const scratch_folder folder;
        campaign_store store = campaign_store::open_for_writing(folder / "s.db");
        store_access::of(store).script("PRAGMA synchronous = OFF");
        const std::vector<arm_id> arms = add_arms(store);
        random_source random(seed);
        std::map<arm_id, std::uint64_t> executions;
        std::map<std::string, std::uint64_t> times;
        for (int i = 0; i < 40; ++i) {
            const arm_id arm = arms[random.below(2)];
            batch_result batch = batch_at(arm, 10 * random.below(20), 10);
            if (random.below(3) == 0) {
                batch.failures = 2;
                batch.seen = {failure(fmt::format("f{}", random.below(3)), batch.first + 3, 2)};
            }
            const std::vector<arm_state> before = store.arms();
            if (problem_of([&] { store.commit(batch); }) == store_problem::refused) {
                CHECK(store.arms()[0].done == before[0].done);  // nothing of it happened
                continue;
            }
            executions[arm] += 10;
            for (const failure_seen& f : batch.seen) {
                times[f.identity] += f.times;
            }
        }
        for (const arm_state& arm : store.arms()) {
            CHECK(arm.executions == executions[arm.id]);
            CHECK(arm.points == 7 * executions[arm.id]);
        }
        for (const stored_finding& f : store.findings()) {
            CHECK(f.times == times[f.identity]);
            for (const finding_occurrence& o : f.occurrences) {
                CHECK(o.first_index % 10 == 3);
            }
        }
        CHECK(store.findings().size() == times.size());
        for (const arm_state& arm : store.arms()) {
            for (const execution_range& gap : arm.gaps(200)) {
                store.commit(batch_at(arm.id, gap.first, gap.count));
            }
        }
        for (const arm_state& arm : store.arms()) {
            CHECK(arm.next() == 200);
        }
        CHECK(store.check() == "ok");
    }
}

TEST_CASE("store: several batches are committed all together or not at all") {
    const scratch_folder folder;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db");
    const std::vector<arm_id> arms = add_arms(store);
    std::vector<batch_result> batches{batch_at(arms[0], 0, 10), batch_at(arms[1], 0, 10)};
    store.commit(batches);
    batches = {batch_at(arms[0], 10, 10), batch_at(arms[1], 5, 10)};
    batches[0].seen = {failure("x", 12)};
    CHECK(words_of([&] { store.commit(batches); }).find("executions 5 to 14 of arm 2 are counted already") !=
          std::string::npos);
    CHECK(store.arms()[0].executions == 10);
    CHECK(store.findings().empty());
    CHECK(problem_of([&] { store.commit(batch_at(999, 0, 1)); }) == store_problem::refused);
}

TEST_CASE("store: a reproducer is replaced by a better one only") {
    const scratch_folder folder;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db");
    batch_result batch = batch_at(add_arms(store)[0], 0, 10);
    batch.seen = {failure("x", 1)};
    store.commit(batch);
    best_reproducer r;
    r.weight.cost.preemptions = 2;
    r.weight.size.tasks = 3;
    r.size = {3, 9, 2, 1, 0, 40};
    r.token = "two";
    r.text = "name = \"x\"\n";
    CHECK(store.offer_reproducer(1, r));
    CHECK_FALSE(store.offer_reproducer(1, r));
    best_reproducer worse = r;
    worse.weight.cost.preemptions = 3;
    worse.weight.size.tasks = 2;
    worse.certified = true;
    CHECK_FALSE(store.offer_reproducer(1, worse));
    best_reproducer surer = r;
    surer.certified = true;
    surer.complete = true;
    CHECK(store.offer_reproducer(1, surer));
    CHECK_FALSE(store.offer_reproducer(1, r));
    best_reproducer better = r;
    better.weight.cost.preemptions = 1;
    better.token = "one";
    CHECK(store.offer_reproducer(1, better));
    const stored_finding f = store.findings().at(0);
    CHECK(f.shrunk);
    CHECK(f.best.token == "one");
    CHECK(f.best.weight == better.weight);
    CHECK(f.best.size == r.size);
    CHECK_FALSE(f.best.certified);
    CHECK(problem_of([&] { store.offer_reproducer(7, r); }) == store_problem::refused);
}

TEST_CASE("store: a second writer is refused by name, readers work, and a dead writer's lock is free") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    int ready[2];
    int done[2];
    REQUIRE(pipe(ready) == 0);
    REQUIRE(pipe(done) == 0);
    const pid_t child = fork();
    if (child == 0) {
        // The child's side of the test: nothing of doctest here.
        char c = 0;
        try {
            campaign_store store = campaign_store::open_for_writing(path);
            store.set_plan("held", "tool", "");
            c = write(ready[1], "x", 1) == 1 && read(done[0], &c, 1) == 1 ? '0' : '1';
        } catch (...) {
            _exit(1);
        }
        _exit(0);
    }
    char c = 0;
    REQUIRE(read(ready[0], &c, 1) == 1);
    CHECK(words_of([&] { campaign_store::open_for_writing(path); }) ==
          fmt::format("{}: process {} runs a campaign with it", path, child));
    CHECK(writer_lock::holder(path) == child);
    CHECK(campaign_store::open_for_reading(path).facts()->name == "held");
    REQUIRE(kill(child, SIGKILL) == 0);
    REQUIRE(waitpid(child, nullptr, 0) == child);
    CHECK(writer_lock::holder(path) == 0);
    campaign_store store = campaign_store::open_for_writing(path);
    CHECK(store.facts()->name == "held");
    // Also within one process, and a refused one does not take the lock away.
    CHECK(problem_of([&] { campaign_store::open_for_writing(path); }) == store_problem::locked);
    CHECK(problem_of([&] { campaign_store::open_for_writing(path); }) == store_problem::locked);
    CHECK(writer_lock::holder(path) == getpid());
    for (const int file : {ready[0], ready[1], done[0], done[1]}) {
        close(file);
    }
}

TEST_CASE("store: an edited scenario is refused or kept apart, one whose meaning is the same is not") {
    const scratch_folder folder;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db");
    const std::vector<arm_id> arms = add_arms(store);
    store.commit(batch_at(arms[0], 0, 10));
    const scenario_source commented = source_of("# only a comment\n" + scenario_text("first"));
    CHECK(store.compare_scenario(commented) == known_as::same);
    CHECK(store.add_scenario(commented) == 1);
    CHECK(store.scenarios()[0].text == commented.text);

    const scenario_source edited = source_of(scenario_text("first", 2));
    CHECK(store.compare_scenario(edited) == known_as::edited);
    CHECK(words_of([&] { store.add_scenario(edited); }).find("it was edited since") != std::string::npos);
    CHECK(store.scenarios().size() == 1);
    CHECK(store.add_scenario(edited, edits::accept) == 2);
    CHECK_FALSE(store.scenarios()[0].current);
    CHECK(store.scenarios()[1].current);
    CHECK(store.arms()[0].executions == 10);
    // A subject of the one is no subject of the other.
    campaign_plan plan;
    const subject s = subjects_of(plan, edited).front();
    CHECK(problem_of([&] { store.add_subject(1, s.key); }) == store_problem::refused);
    CHECK(store.add_subject(2, s.key) > static_cast<subject_id>(arms.size()));
    // And back again: the first one goes on where it was.
    CHECK(store.compare_scenario(commented) == known_as::edited);
    CHECK(store.add_scenario(commented, edits::accept) == 1);
    CHECK(store.scenarios()[0].current);
    CHECK_FALSE(store.scenarios()[1].current);
    CHECK(store.compare_scenario(source_of(scenario_text("other"))) == known_as::added);
}

TEST_CASE("store: a clock that jumps back does no harm") {
    const scratch_folder folder;
    clock_now = 2'000'000;
    campaign_store store = campaign_store::open_for_writing(folder / "s.db", test_clock);
    const std::vector<arm_id> arms = add_arms(store);
    store.begin_session(1);
    store.set_session_seconds(10);
    batch_result batch = batch_at(arms[0], 0, 10);
    batch.seen = {failure("first", 1)};
    store.commit(batch);
    clock_now = 5;
    store.set_session_seconds(8);  // nor does a caller whose clock does
    batch = batch_at(arms[0], 10, 10);
    batch.seen = {failure("second", 11)};
    store.commit(batch);
    store.end_session("budget");
    const stored_session session = store.sessions().at(0);
    CHECK(session.last_sign == 2'000'000);
    CHECK(session.seconds == doctest::Approx(10));
    CHECK(session.ended == "budget");
    CHECK(store.findings()[0].identity == "first");
    CHECK(store.findings()[1].identity == "second");
    store.begin_session(1);
    store.set_session_seconds(3);
    store.end_session("interrupted");
    CHECK(store.seconds_spent() == doctest::Approx(13));
}

TEST_CASE("store: one of version 1 is brought up to date, by a reader in memory only") {
    const scratch_folder folder;
    const std::string path = folder / "old.db";
    {
        database db(path, database::mode::write);
        store_schema::migrate(db, 1);
        db.run("INSERT INTO campaign VALUES (1, 'u', 'old', 'tenthrule 0.1.0', '', 5)");
        db.run("INSERT INTO scenario VALUES (1, 'first', '', 'p', '00000000000000aa', 'text', 1)");
        db.run("INSERT INTO subject VALUES (1, 1, 'v4.14', '', x'01', '', x'')");
        db.run("INSERT INTO arm VALUES (1, 1, 'random', 1, '0+70', 70, 1, 2, 3, 4, 5, 6.0, 7, 8)");
        db.run("INSERT INTO worker VALUES (1, 2, 1, 'search', 3, 4.0, 5)");
    }
    const auto look = [](const campaign_store& store) {
        CHECK(store.facts()->name == "old");
        CHECK(store.arms().at(0).next() == 70);
        CHECK(store.workers().at(0).restarts == 0);
        CHECK_FALSE(store.canary().has_value());
        CHECK(store.check() == "ok");
    };
    const std::string before = bytes_of(path);
    look(campaign_store::open_for_reading(path));
    CHECK(bytes_of(path) == before);
    {
        campaign_store store = campaign_store::open_for_writing(path);
        look(store);
        store.set_canary({"c", true, 1});
    }
    CHECK(campaign_store::open_for_reading(path).canary()->found);
}

TEST_CASE("store: what is none is refused in words, and left as it is") {
    const scratch_folder folder;
    folder.write("text.db", "name = \"steal\"\n");
    folder.write("half.db", "SQLite format 3");
    folder.write("folder.db/x", "");
    {
        database other(folder / "other.db", database::mode::write);
        other.script("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        database newer(folder / "newer.db", database::mode::write);
        store_schema::migrate(newer, store_schema::version());
        newer.script("PRAGMA user_version = 99");
    }
    const struct {
        const char* file;
        store_problem problem;
        const char* words;
    } files[] = {
        {"text.db", store_problem::not_a_store, "this is no store of a campaign"},
        {"half.db", store_problem::not_a_store, "this is no store of a campaign"},
        {"folder.db", store_problem::not_a_store, "this is a folder"},
        {"other.db", store_problem::not_a_store, "this is a database, but no store of a campaign"},
        {"newer.db", store_problem::newer, "its format is version 99"},
    };
    for (const auto& f : files) {
        const std::string path = folder / f.file;
        const std::string before = bytes_of(path);
        CAPTURE(f.file);
        for (int reading = 0; reading < 2; ++reading) {
            const auto open = [&] {
                reading != 0 ? campaign_store::open_for_reading(path)
                             : campaign_store::open_for_writing(path);
            };
            CHECK(problem_of(open) == f.problem);
            CHECK(words_of(open).find(f.words) != std::string::npos);
        }
        CHECK(bytes_of(path) == before);
    }
    CHECK(problem_of([&] { campaign_store::open_for_reading(folder / "none.db"); }) ==
          store_problem::missing);
    CHECK(problem_of([&] { campaign_store::open_for_writing(folder / "no/such/folder.db"); }) ==
          store_problem::missing);
    folder.write("empty.db", "");
    CHECK(problem_of([&] { campaign_store::open_for_reading(folder / "empty.db"); }) ==
          store_problem::missing);
}

TEST_CASE("store: a damaged file is refused or read without a crash, never taken for a sound one silently") {
    const scratch_folder folder;
    std::string whole;
    {
        campaign_store store = campaign_store::open_for_writing(folder / "s.db");
        const std::vector<arm_id> arms = add_arms(store);
        for (std::uint64_t i = 0; i < 20; ++i) {
            batch_result batch = batch_at(arms[i % 6], 100 * i, 100);
            batch.seen = {failure(fmt::format("f{}", i), 100 * i)};
            store.commit(batch);
        }
    }
    whole = bytes_of(folder / "s.db");
    REQUIRE(whole.size() > 8 * 4'096);
    std::size_t refused = 0;
    const std::uint64_t rounds = test::repetitions(120);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        random_source random(round + 1);
        std::string bytes = whole;
        if (round % 2 == 0) {
            bytes.resize(1 + random.below(static_cast<std::uint32_t>(whole.size() - 1)));
        } else {
            // A page of garbage.
            const std::size_t page = random.below(static_cast<std::uint32_t>(whole.size() / 4'096));
            for (std::size_t i = 0; i < 4'096; ++i) {
                bytes[page * 4'096 + i] = static_cast<char>(random.next());
            }
        }
        folder.write("damaged.db", bytes);
        try {
            const campaign_store store = campaign_store::open_for_reading(folder / "damaged.db");
            (void)store.findings();
            (void)store.arms();
            (void)store.subjects();
        } catch (const store_error& e) {
            ++refused;
            CHECK(std::string(e.what()).find("damaged.db: ") != std::string::npos);
        }
    }
    // All but those in which the garbage is the coverage of a subject, which has no structure here.
    CHECK(refused > rounds * 6 / 10);
}

TEST_CASE("store: a full disk is told, loses nothing, and is no obstacle once there is space") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    campaign_store store = campaign_store::open_for_writing(path);
    const std::vector<arm_id> arms = add_arms(store);
    store.commit(batch_at(arms[0], 0, 10));
    // SQLite's own limit gives the same error as the file system's, from the same place.
    const auto limit_pages = [&](int pages) {
        store_access::of(store).script(fmt::format("PRAGMA max_page_count = {}", pages).c_str());
    };
    limit_pages(1);  // what is there stays allowed: nothing more
    std::uint64_t fitted = 1;
    for (; fitted < 1'000; ++fitted) {
        batch_result batch = batch_at(arms[0], 10 * fitted, 10);
        batch.seen = {failure(
            std::string(3'000, static_cast<char>('a' + fitted % 26)) + std::to_string(fitted), 10 * fitted)};
        const auto commit = [&] { store.commit(batch); };
        if (problem_of(commit) == store_problem::full) {
            CHECK(words_of(commit) == path +
                                          ": no space is left for it; what was stored before is safe, and "
                                          "nothing of what did not fit was stored");
            break;
        }
    }
    REQUIRE(fitted < 1'000);
    CHECK(store.arms()[0].executions == 10 * fitted);
    CHECK(store.findings().size() == fitted - 1);
    CHECK(store.check() == "ok");
    CHECK(campaign_store::open_for_reading(path).arms()[0].executions == 10 * fitted);
    limit_pages(1'000'000);
    store.commit(batch_at(arms[0], 10 * fitted, 10));
    CHECK(store.arms()[0].executions == 10 * fitted + 10);
    CHECK(store.check() == "ok");
}

TEST_CASE("store: a file system that refuses to let the file grow is a full one") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    {
        campaign_store store = campaign_store::open_for_writing(path);
        store.commit(batch_at(add_arms(store)[0], 0, 10));
    }
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        struct stat about {};
        stat(path.c_str(), &about);
        const rlimit limit{static_cast<rlim_t>(about.st_size) + 40'000, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        try {
            campaign_store store = campaign_store::open_for_writing(path);
            for (std::uint64_t i = 1; i < 1'000; ++i) {
                batch_result batch = batch_at(1, 10 * i, 10);
                batch.seen = {failure(std::string(3'000, 'x') + std::to_string(i), 10 * i)};
                store.commit(batch);
            }
        } catch (const store_error& e) {
            _exit(e.problem() == store_problem::full ? 42 : 1);
        }
        _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 42);
    campaign_store store = campaign_store::open_for_writing(path);
    CHECK(store.check() == "ok");
    const std::uint64_t next = store.arms()[0].next();
    CHECK(store.findings().size() == next / 10 - 1);
    store.commit(batch_at(1, next, 10));
    CHECK(store.arms()[0].next() == next + 10);
}

TEST_CASE("store: killed at any moment, it loses nothing that was committed and counts nothing twice") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    std::vector<arm_id> arms;
    {
        campaign_store store = campaign_store::open_for_writing(path);
        arms = add_arms(store);
    }
    random_source random(6);
    std::uint64_t executions_before = 0;
    std::size_t findings_before = 0;
    std::size_t growth_before = 0;
    const std::uint64_t kills = test::repetitions(200);
    for (std::uint64_t i = 0; i < kills; ++i) {
        int told[2];
        REQUIRE(pipe(told) == 0);
        const pid_t child = fork();
        if (child == 0) {
            try {
                campaign_store store = campaign_store::open_for_writing(path);
                // A kill, unlike a loss of power, does not need the disk to have it: most rounds are quick.
                if (i % 4 != 0) store_access::of(store).script("PRAGMA synchronous = OFF");
                store.begin_session(1);
                std::uint64_t next = store.arms()[0].next();
                for (;;) {
                    batch_result batch = batch_at(arms[0], next, 10);
                    batch.failures = 1;
                    batch.seen = {failure(fmt::format("f{}", next / 10), next + 1)};
                    const growth_sample sample{
                        static_cast<double>(next), next + 10, next, 0, 0, next / 10 + 1};
                    store.commit(batch, &sample);
                    next += 10;
                    // What is told here was committed: it has to be there.
                    if (write(told[1], &next, sizeof next) != sizeof next) _exit(1);
                    usleep(300);
                }
            } catch (...) {
                _exit(1);
            }
        }
        close(told[1]);
        std::uint64_t acknowledged = executions_before;
        // Wait for a few commits, then for some more microseconds, so that any part of the next one is hit.
        for (std::uint32_t commits = random.below(3) + (i % 4 == 0 ? 0 : 1); commits > 0; --commits) {
            REQUIRE(read(told[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged);
        }
        usleep(random.below(3'000));
        REQUIRE(kill(child, SIGKILL) == 0);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        while (read(told[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {}
        close(told[0]);

        const campaign_store store = campaign_store::open_for_reading(path);
        CHECK(store.check() == "ok");
        const arm_state arm = store.arms()[0];
        const std::vector<stored_finding> findings = store.findings();
        CHECK(arm.done.size() <= 1);
        CHECK(arm.executions >= acknowledged);
        CHECK(arm.executions <= acknowledged + 10);
        CHECK(arm.executions >= executions_before);
        CHECK(arm.failures == arm.executions / 10);
        CHECK(arm.points == 7 * arm.executions);
        CHECK(findings.size() == arm.executions / 10);
        CHECK(findings.size() >= findings_before);
        CHECK(store.growth().size() >= std::min<std::size_t>(growth_before, 500));
        executions_before = arm.executions;
        findings_before = findings.size();
        growth_before = store.growth().size();
    }
    CHECK(executions_before > 10 * kills / 2);
}

TEST_CASE("store: it does not grow with what is executed") {
    const scratch_folder folder;
    const std::string path = folder / "s.db";
    campaign_store store = campaign_store::open_for_writing(path);
    store_access::of(store).script(
        "PRAGMA synchronous = OFF");  // nothing is lost here, and it is many commits
    std::vector<arm_id> arms;
    for (int i = 0; i < 20; ++i) {
        for (const arm_id arm : add_arms(store, fmt::format("scenario-{}", i))) {
            arms.push_back(arm);
        }
    }
    store.begin_session(8);
    // 10^9 executions in batches of 200,000, as a night of several machines makes them.
    const std::uint64_t batches = test::repetitions(5'000);
    std::uint64_t executions = 0;
    for (std::uint64_t i = 0; i < batches; ++i) {
        const std::uint64_t round = i / arms.size();
        batch_result batch = batch_at(arms[i % arms.size()], round * 200'000, 200'000);
        batch.seen = {failure(fmt::format("finding {}", i % 30), batch.first + i, 1 + i % 1'000)};
        batch.coverage = std::string(20'000, static_cast<char>(i));
        executions += batch.count;
        const growth_sample sample{static_cast<double>(i), executions, i, i, i, i % 30};
        store.set_session_seconds(static_cast<double>(i));
        store.commit(batch, &sample);
    }
    std::uint64_t counted = 0;
    for (const arm_state& arm : store.arms()) {
        counted += arm.executions;
        CHECK(arm.done.size() <= 1);
    }
    CHECK(counted == executions);
    const std::vector<growth_sample> growth = store.growth();
    CHECK(growth.size() <= campaign_store::growth_samples_max);
    CHECK(growth.size() >= std::min<std::size_t>(batches, campaign_store::growth_samples_max / 3));
    CHECK(growth.front().executions == 200'000);
    CHECK(growth.back().executions == executions);
    CHECK(std::is_sorted(growth.begin(), growth.end(), [](const growth_sample& a, const growth_sample& b) {
        return a.seconds < b.seconds;
    }));
    struct stat about {};
    std::uint64_t bytes = 0;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        if (stat((path + suffix).c_str(), &about) == 0) bytes += static_cast<std::uint64_t>(about.st_size);
    }
    MESSAGE(executions, " executions: ", bytes, " bytes");
    CHECK(bytes < 50'000'000);
    CHECK(store.check() == "ok");
}

}  // namespace tenthrule
