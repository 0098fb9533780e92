// The model against the kernel that runs these tests, wherever it lets itself be asked.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "conform/comparison.hpp"
#include "conform/host/supervise.hpp"
#include "conform/random_sequence.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;           // NOLINT(google-build-using-namespace)
using namespace tenthrule::conform;  // NOLINT(google-build-using-namespace)

namespace {

// Why this machine cannot be asked, found out in a process that may change its scheduling.
std::string why_not() {
    std::string why;
    const supervised answer = supervise([](progress_counter&) {
        const abilities a = look_at_host();
        return !a.unable.empty() ? 2 : !a.realtime ? 1 : 0;
    });
    if (answer.status == 1) why = "real-time scheduling is not permitted here";
    if (answer.status == 2)
        why = "futex(2) has no PI operations here, or /proc does not show where threads sleep";
    if (!why.empty()) MESSAGE("skipped: ", why);
    return why;
}

// How often model and kernel differ on that many sequences; 100 and more: how often it could not be said.
int differences(std::uint64_t first, std::uint64_t count, watching how, progress_counter& progress) {
    const abilities machine = look_at_host();
    comparison c(kernel::patches_of(machine.release), &machine, how);
    random_options options;
    options.kernel_threads = machine.kernel_thread != 0;
    int differ = 0;
    int undecided = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const random_sequence drawn = make_random_sequence(seed, options, c.on_model());
        const comparison_result v = c.compare({drawn.what, {}}, &drawn.run);
        differ += v.is == comparison_end::differ ? 1 : 0;
        undecided += v.is == comparison_end::undecided ? 1 : 0;
        ++progress.value;
    }
    return std::min(differ, 99) + (undecided > 2 ? 100 : 0);
}

}  // namespace

TEST_CASE("host: model and kernel do the same thing in random sequences") {
    if (!why_not().empty()) return;
    constexpr unsigned sequences = test::repetitions(2000);
    const supervised run = supervise(
        [](progress_counter& progress) { return differences(1, sequences, watching::best, progress); }, 30);
    CHECK(run.status == 0);
    CHECK(run.progress == sequences);
}

TEST_CASE("host: it makes no difference how one knows that all sleep") {
    if (!why_not().empty()) return;
    constexpr unsigned sequences = test::repetitions(300);
    for (const watching how : {watching::strict, watching::polled}) {
        const supervised run = supervise(
            [how](progress_counter& progress) { return differences(5000, sequences, how, progress); }, 30);
        CHECK(run.status == 0);
        CHECK(run.progress == sequences);
    }
}

TEST_CASE("host: a model of another kernel is noticed, and the difference made small") {
    if (!why_not().empty()) return;
    const supervised run = supervise([](progress_counter& progress) {
        const abilities machine = look_at_host();
        if (machine.release < kernel::release{5, 14}) return 0;
        comparison c(kernel::find_version("v4.14")->patches, &machine, watching::best);
        for (std::uint64_t seed = 1; seed < 200; ++seed) {
            const random_sequence drawn = make_random_sequence(seed, {}, c.on_model());
            const comparison_result v = c.compare({drawn.what, {}}, &drawn.run);
            ++progress.value;
            if (v.is == comparison_end::differ) {
                const bool shown = first_mismatch(v.real, v.model).has_value();
                return shown && v.shown.steps.size() <= 6 && v.shown.steps.size() <= v.steps_before ? 0 : 1;
            }
        }
        return 2;
    });
    CHECK(run.status == 0);
}

TEST_CASE("host: the shipped sequences go as their authors expect") {
    if (!why_not().empty()) return;
    const supervised run = supervise([](progress_counter& progress) {
        const abilities machine = look_at_host();
        comparison c(kernel::patches_of(machine.release), &machine, watching::best);
        int wrong = 0;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(TENTHRULE_SOURCE_DIR "/conform/sequences")) {
            if (entry.path().extension() != ".toml") continue;
            const sequence_file file = load_sequence(entry.path().string());
            const bool bad = !file.value || c.compare(*file.value).is == comparison_end::differ ||
                             c.compare(*file.value).is == comparison_end::unexpected;
            wrong += bad ? 1 : 0;
            ++progress.value;
        }
        return wrong;
    });
    CHECK(run.status == 0);
    CHECK(run.progress > 20);
}

TEST_CASE("host: nothing is asked that could harm somebody else, or the kernel") {
    abilities machine;
    machine.realtime = true;
    sequence s;
    s.threads = {{"A", policy::fifo, 10}};
    s.words = {"f"};
    s.initial = {{}};
    step lock;
    lock.by = 0;
    lock.op = operation_id::lock_pi;
    s.steps = {lock};
    CHECK(host::unable(machine, s, {}).empty());
    // The process that runs this test would be boosted.
    s.initial[0].number = static_cast<std::uint32_t>(getpid());
    CHECK(host::unable(machine, s, {}).find(", the TID of a task of this machine") != std::string::npos);
    s.initial[0].number = 5'000'251;
    CHECK(host::unable(machine, s, {}).empty());
    outcome later;
    later.words[0].number = static_cast<std::uint32_t>(getpid());
    CHECK(host::unable(machine, s, {later}).find("would become") != std::string::npos);
    s.initial[0].is = word_value::kind::kernel_thread;
    CHECK(host::unable(machine, s, {}) == "no kernel thread is visible here");
    s.initial[0] = {};
    machine.realtime = false;
    CHECK(host::unable(machine, s, {}) == "real-time scheduling is not permitted here");
    s.threads[0] = {"A", policy::other, 0};
    CHECK(host::unable(machine, s, {}).empty());
    s.steps[0].then = operation_id::unlock_pi;
    CHECK(host::unable(machine, s, {}).find("'then' needs real-time priorities") == 0);
    machine.unable = "there is nothing here";
    CHECK(host::unable(machine, s, {}) == "there is nothing here");
}

TEST_CASE("supervise: passes on how it ended, and ends what does not") {
    CHECK(supervise([](progress_counter& progress) {
              progress.value = 42;
              return 7;
          }).progress == 42);
    CHECK(supervise([](progress_counter&) { return 7; }).status == 7);
    CHECK(supervise([](progress_counter&) -> int { throw 1; }).status == 125);
    CHECK(supervise([](progress_counter&) {
              std::raise(SIGKILL);
              return 0;
          }).signal == SIGKILL);
    const supervised stuck = supervise(
        [](progress_counter&) {
            for (;;)
                pause();
            return 0;
        },
        0.2);
    CHECK(stuck.stuck);
    CHECK(stuck.signal == SIGKILL);
    const supervised slow = supervise(
        [](progress_counter& progress) {
            for (int i = 0; i < 10; ++i) {
                usleep(50'000);
                ++progress.value;
            }
            return 0;
        },
        0.4);
    CHECK(!slow.stuck);
    CHECK(slow.status == 0);
}

TEST_CASE("releases: the patches of a kernel that is asked") {
    CHECK(parse_release("6.18.44-generic") == kernel::release{6, 18});
    CHECK(parse_release("6.1") == kernel::release{6, 1});
    CHECK(parse_release("six") == kernel::release{});
    CHECK(parse_release("6") == kernel::release{});
    for (const kernel::version& v : kernel::all_versions()) {
        const kernel::release r = parse_release(std::string(v.name).substr(1));
        const bool is_release = v.name[0] == 'v' && v.about != nullptr && r >= kernel::release{4, 14};
        if (!is_release) continue;
        CAPTURE(v.name);
        kernel::patch_set expected = v.patches;
        if (r >= kernel::release{6, 5}) expected.insert(kernel::patch::stale_keys);
        CHECK(kernel::patches_of(r) == expected);
    }
}
