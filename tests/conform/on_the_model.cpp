// The model against what a real kernel was seen to do, and against itself.

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "conform/minimise.hpp"
#include "conform/operations.hpp"
#include "conform/random_sequence.hpp"
#include "conform/record.hpp"
#include "conform/sequence_file.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;           // NOLINT(google-build-using-namespace)
using namespace tenthrule::conform;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<recording> shipped_recording() {
    std::ifstream file(TENTHRULE_SOURCE_DIR "/conform/recordings/linux-6.18.44.jsonl");
    std::vector<recording> all;
    for (std::string line; std::getline(file, line);) {
        auto read = read_recording(line, "recording", static_cast<std::uint32_t>(all.size() + 1));
        REQUIRE(std::holds_alternative<recording>(read));
        all.push_back(std::get<recording>(std::move(read)));
    }
    return all;
}

sequence two_threads(std::vector<step> steps) {
    sequence s;
    s.id = "two threads";
    s.threads = {{"A", policy::fifo, 10}, {"B", policy::fifo, 20}};
    s.words = {"f"};
    s.initial = {{}};
    s.steps = std::move(steps);
    return s;
}

step by(int thread, operation_id op) {
    step s;
    s.by = thread;
    s.op = op;
    return s;
}

}  // namespace

TEST_CASE("the model does what Linux 6.18 was recorded to do, and would not do anything else") {
    model of_6_18(kernel::patches_of({6, 18}));
    model corrected(kernel::patches_of(kernel::newest_release));
    const std::vector<recording> all = shipped_recording();
    REQUIRE(all.size() > 119);
    std::size_t noticed = 0;
    for (const recording& r : all) {
        CAPTURE(r.what.id);
        const model_run run = of_6_18.play(r.what);
        CHECK(run.impossible.empty());
        CHECK(!first_mismatch(r.after, run.after).has_value());
        CHECK(!first_mismatch(r.after, corrected.play(r.what).after).has_value());
        // Each kind of thing that can be seen is looked at.
        std::vector<outcome> other = r.after;
        outcome& last = other.back();
        switch (noticed % 4) {
            case 0:
                last.calls[0] = {true, -EXDEV, false, 0};
                break;
            case 1:
                last.asleep[0] = !last.asleep[0];
                break;
            case 2:
                last.words[0].waiters = !last.words[0].waiters;
                break;
            default:
                ++last.priority[0];
                break;
        }
        noticed += first_mismatch(other, run.after).has_value() ? 1 : 0;
    }
    CHECK(noticed == all.size());
}

TEST_CASE("random sequences: the reference protocol keeps its own house in order") {
    model golden(kernel::find_version("golden")->patches);
    std::size_t steps = 0;
    std::vector<bool> seen(all_operations().size(), false);
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        const random_sequence drawn = make_random_sequence(seed, {}, golden);
        CHECK_MESSAGE(drawn.run.broken_rule.empty(), drawn.what.id, ": ", drawn.run.how_broken);
        steps += drawn.what.steps.size();
        for (const step& s : drawn.what.steps) {
            seen[static_cast<std::size_t>(s.op)] = true;
        }
    }
    CHECK(steps > 40'000);
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
}

TEST_CASE("random sequences: an older kernel does break rules, and that is noticed") {
    // Up to v7.0 a refused requeue takes back a waiter in the name of the wrong task (3bfdc63936dd).
    model of_6_18(kernel::patches_of({6, 18}));
    const random_sequence drawn = make_random_sequence(444, {}, of_6_18);
    CHECK(drawn.run.broken_rule == "use-after-scope");
}

TEST_CASE("random sequences: the same for the same seed, and when they are played again as they are") {
    model one(kernel::find_version("golden")->patches);
    model other(kernel::find_version("golden")->patches);
    for (std::uint64_t seed = 1; seed <= test::repetitions(500); ++seed) {
        CAPTURE(seed);
        const random_sequence drawn = make_random_sequence(seed, {}, one);
        const random_sequence again = make_random_sequence(seed, {}, other);
        CHECK(to_json_line({drawn.what, drawn.run.after, ""}) ==
              to_json_line({again.what, again.run.after, ""}));
        const model_run replayed = other.play(drawn.what);
        CHECK(replayed.impossible.empty());
        CHECK(replayed.after == drawn.run.after);
        CHECK(other.play_possible(drawn.what).after == drawn.run.after);
    }
}

// One number for all compilers, optimisation levels and sanitizers.
TEST_CASE("random sequences: the same everywhere") {
    model golden(kernel::find_version("golden")->patches);
    std::uint64_t digest = 0xcbf29ce484222325U;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const random_sequence drawn = make_random_sequence(seed, {}, golden);
        for (const char c : to_json_line({drawn.what, drawn.run.after, ""})) {
            digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
    }
    CHECK(digest == 6907754339573171729U);
}

TEST_CASE("random sequences: only the operations that were asked for") {
    model golden(kernel::find_version("golden")->patches);
    random_options options;
    options.only = {operation_id::lock_pi, operation_id::exit};
    options.realtime_only = true;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const sequence s = make_random_sequence(seed, options, golden).what;
        for (const step& each : s.steps) {
            const bool wanted = each.op == operation_id::lock_pi || each.op == operation_id::exit;
            CHECK((wanted || each.by == step::outside));
        }
        for (const thread_setup& t : s.threads) {
            CHECK(t.sched == policy::fifo);
        }
    }
}

TEST_CASE("a step that cannot be taken is named, and left out where that is wanted") {
    model golden(kernel::find_version("golden")->patches);
    const sequence s = two_threads({by(0, operation_id::lock_pi), by(1, operation_id::lock_pi),
                                    by(1, operation_id::unlock_pi), by(0, operation_id::unlock_pi)});
    const model_run run = golden.play(s);
    CHECK(run.after.size() == 2);
    CHECK(run.impossible == "B still sleeps in the call before");
    const model_run rest = golden.play_possible(s);
    CHECK(rest.steps.size() == 3);
    CHECK(rest.after.back().calls[1].any);
}

TEST_CASE("minimise: what is left still differs, and every step of it is needed") {
    model newer(kernel::patches_of({6, 18}));
    model older(kernel::patches_of({4, 14}));
    unsigned differing = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const random_sequence drawn = make_random_sequence(seed, {}, newer);
        const still_differs differs = [&](const sequence& s) {
            return first_mismatch(newer.play(s).after, older.play(s).after).has_value();
        };
        if (!differs(drawn.what)) {
            continue;
        }
        ++differing;
        const sequence small = minimise(drawn.what, newer, differs);
        REQUIRE(differs(small));
        CHECK(small.steps.size() <= drawn.what.steps.size());
        for (std::size_t i = 0; i < small.steps.size(); ++i) {
            sequence without = small;
            without.steps.erase(without.steps.begin() + static_cast<std::ptrdiff_t>(i));
            without.steps = newer.play_possible(without).steps;
            CHECK(!differs(without));
        }
    }
    CHECK(differing > 10);
}
