#pragma once

/// How a campaign is doing, for whoever shows it.

#include <cstdint>
#include <string>
#include <vector>

#include "campaign/store/records.hpp"

namespace tenthrule::crew {

/// All numbers but the rates are of all sessions together.
struct crew_progress {
    struct worker {
        std::string doing;  ///< "search", "shrink", "idle"
        std::string scenario;
        double rate = 0;  ///< executions per second
        std::uint32_t restarts = 0;
    };
    struct scenario {
        std::string name;
        std::uint64_t executions = 0;
        std::uint64_t classes = 0;
        double good_turing = 1;
        double seconds = 0;
        std::uint64_t findings = 0;
    };
    struct finding {
        std::string scenario;
        std::string identity;
        std::string rule;
        std::string crash;
        bool shrunk = false;
    };

    double seconds = 0;
    double seconds_left = -1;  ///< negative: unknown, or without end
    std::uint64_t executions = 0;
    double rate = 0;
    growth_sample now;
    std::vector<growth_sample> growth;  ///< of this session, sparser the longer it lasts
    std::vector<worker> workers;
    std::vector<scenario> scenarios;  ///< in the order of the plan
    std::vector<finding> findings;    ///< in the order in which they were found
    canary_state canary;
    bool has_canary = false;
    std::string trouble;  ///< what the campaign waits for, such as space on the disk; empty: nothing
};

}  // namespace tenthrule::crew
