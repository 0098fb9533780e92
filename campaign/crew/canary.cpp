#include "campaign/crew/canary.hpp"

#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"

namespace tenthrule::crew {

namespace {

// Fails in about every other execution: the owner has ended, and the first form of the fixup computes the bit
// that says so and loses it.
constexpr const char* built_in = R"(
name  = "canary"
about = "Fails on purpose: the owner of a lock ends, and whoever gets it next does not learn of it."

[kernel]
version = "v5.15"
without = ["a97cb0e7b3f4"]
preempt = "full"

[machine]
cpus = 2

[futex]
lock = { kind = "pi", owner = "owner" }

[[task]]
name  = "owner"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [
  { op = "exit" },
]

[[task]]
name  = "waiter"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [
  { op = "mutex_lock", futex = "lock", returns = ["ok", "ESRCH"] },
  { op = "mutex_unlock", futex = "lock", if = "ok" },
]

[expect]
"v5.15 without a97cb0e7b3f4" = ["owner-died"]
)";

crew_subject subject_from(const scenario_source& source) {
    campaign_plan plan;
    plan.kernels = {std::string(kernel_as_written)};
    plan.swarm.variations = 0;
    crew_subject s;
    const std::vector<subject> all = subjects_of(plan, source);
    if (!all.empty()) {
        s.scenario_name = source.what.name;
        s.key = all.front().key;
        s.text = std::make_shared<const std::string>(source.text);
    }
    return s;
}

}  // namespace

canary_or_error make_canary(const std::string& what) {
    if (what == canary_none) {
        return {};
    }
    scenario_source source;
    if (what == canary_built_in) {
        source.path = "canary";
        source.text = built_in;
        const scenarios::load_result loaded = scenarios::load_text(source.text, source.path);
        if (!loaded.value) {
            return {{}, scenarios::to_string(loaded.diagnostics)};
        }
        source.what = *loaded.value;
        source.digest = scenarios::digest_on_any_kernel(source.what);
    } else {
        campaign_plan plan;
        plan.scenarios = {what};
        const sources_or_problems read = load_sources(plan);
        if (read.has_errors || read.sources.size() != 1) {
            return {{},
                    read.has_errors ? scenarios::to_string(read.diagnostics)
                                    : "the canary has to be one scenario file: '" + what + "'\n"};
        }
        source = read.sources.front();
    }
    return {subject_from(source), ""};
}

}  // namespace tenthrule::crew
