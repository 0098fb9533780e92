#pragma once

/// Runs a campaign: hands out work to worker processes, puts what they find into the store, and survives
/// whatever happens to them.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "campaign/crew/arms.hpp"
#include "campaign/crew/progress.hpp"
#include "campaign/plan/campaign_plan.hpp"
#include "campaign/store/campaign_store.hpp"

namespace tenthrule::crew {

struct crew_options {
    /// The worker's program and its arguments; how much memory it may take, in bytes, comes behind them.
    std::vector<std::string> worker_command;
    unsigned workers = 1;
    bool pin = true;                        ///< each worker to a core of its own
    std::chrono::milliseconds batch{400};   ///< about how long workers do one thing
    std::chrono::milliseconds commit{500};  ///< about how often results are made safe
    bool coverage = true;
    /// Ends the campaign when it becomes true, within two seconds. May be null.
    const std::atomic<bool>* stop = nullptr;
    /// Called every so often.
    std::function<void(const crew_progress&)> on_progress;
    std::chrono::milliseconds progress_interval{200};
    /// Called with what people should know, once each: a sentence.
    std::function<void(const std::string&)> on_note;
    /// A scenario with a failure that is known to be found soon; nothing of it gets into the store but
    /// whether it was. Empty text: none.
    crew_subject canary;
};

enum class crew_end : std::uint8_t {
    budget,       ///< the plan's time or executions are spent
    nothing,      ///< no arm is left that could be run
    interrupted,  ///< the stop flag
    failed,       ///< see `problem`
};

struct crew_outcome {
    crew_end end = crew_end::budget;
    std::string problem;
    /// Arms that were given up because the tested program does not depend on its schedule alone, or could not
    /// be started: sentences.
    std::vector<std::string> given_up;
    crew_progress last;
};

/// One session. REQUIRES: `work` came from `prepare` on this store. Throws nothing of the store's: what it
/// cannot do ends the session. What was not committed when the process is killed is done again by the next
/// session.
crew_outcome run_crew(campaign_store& store, const campaign_plan& plan, const crew_work& work,
                      const crew_options& options);

}  // namespace tenthrule::crew
