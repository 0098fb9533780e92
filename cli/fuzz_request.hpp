#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "cli/duration.hpp"
#include "cli/kernel_request.hpp"

namespace tenthrule::cli {

/// What `tenthrule fuzz` was asked for.
struct fuzz_request : kernel_request {
    std::vector<std::string> paths;
    std::string strategy;
    std::optional<std::uint64_t> schedules;
    std::optional<seconds> time;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> jobs;
    bool keep_going = false;
    bool no_shrink = false;
    std::string out;
};

/// One scenario, ready to be searched.
struct fuzz_subject {
    std::string path;
    std::shared_ptr<const scenario_case> what;
    search_options options;
};

/// The command line that goes on where an interrupted search of `s` ended, or words why there is none.
std::string how_to_go_on(const fuzz_subject& s, const search_outcome& outcome, const fuzz_request& asked);

}  // namespace tenthrule::cli
