#include "tests/campaign/stores.hpp"

#include <atomic>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "campaign/plan/subjects.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"

namespace tenthrule::testing {

namespace fs = std::filesystem;

scratch_folder::scratch_folder() {
    static std::atomic<unsigned> next{0};
    path_ = fs::temp_directory_path() / fmt::format("tenthrule-test-{}-{}", getpid(), next++);
    fs::create_directories(path_);
}

scratch_folder::~scratch_folder() {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(path_, ignored);
}

void scratch_folder::write(std::string_view name, std::string_view bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
}

std::string bytes_of(const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

std::string scenario_text(std::string_view name, unsigned steps) {
    std::string text = fmt::format(R"(name = "{}"
[futex]
lock = {{ kind = "pi" }}
[[task]]
name = "a"
sched = {{ policy = "fifo", priority = 10 }}
steps = [
)",
                                   name);
    for (unsigned i = 0; i < steps; ++i) {
        text +=
            "  { op = \"lock_pi\", futex = \"lock\", timeout = \"1ms\" },\n"
            "  { op = \"unlock_pi\", futex = \"lock\", if = \"owner\", until = \"ok\" },\n";
    }
    return text + R"(]
[[task]]
name = "b"
steps = [ { op = "lock_pi", futex = "lock" }, { op = "unlock_pi", futex = "lock", until = "ok" } ]
[expect]
"v4.14" = []
"v6.8" = []
[vary]
cpus = [1, 2]
preempt = ["rt"]
tasks = ["b"]
priorities = { a = [20, 30] }
timeouts = { a = ["5ms"] }
)";
}

scenario_source source_of(const std::string& text, const std::string& path) {
    scenarios::load_result loaded = scenarios::load_text(text, path);
    REQUIRE_MESSAGE(loaded.value.has_value(), to_string(loaded.diagnostics));
    return {path, text, scenarios::digest_on_any_kernel(*loaded.value), *loaded.value};
}

std::vector<arm_id> add_arms(campaign_store& to, const std::string& scenario, std::string_view strategy,
                             std::uint64_t seed) {
    const scenario_source source = source_of(scenario_text(scenario));
    const scenario_id id = to.add_scenario(source);
    std::vector<arm_id> arms;
    campaign_plan plan;
    plan.swarm.variations = 2;
    for (const subject& s : subjects_of(plan, source)) {
        arms.push_back(to.add_arm(to.add_subject(id, s.key), strategy, seed));
    }
    return arms;
}

batch_result batch_at(arm_id arm, std::uint64_t first, std::uint64_t count) {
    batch_result b;
    b.arm = arm;
    b.first = first;
    b.count = count;
    b.points = 7 * count;
    b.step_bounds = count / 10;
    b.seconds = 0.25;
    b.longest = static_cast<std::uint32_t>(first % 1000 + 1);
    b.anything_new = true;
    b.coverage = std::string(4'096, static_cast<char>(first));
    return b;
}

failure_seen failure(const std::string& identity, std::uint64_t index, std::uint64_t times) {
    return {identity, "owner-on-return", "the word says a, the lock says b", index, times, "token", ""};
}

}  // namespace tenthrule::testing
