#pragma once

/// What `tenthrule campaign` was asked for, and what its verbs do.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/duration.hpp"

namespace tenthrule::cli {

struct campaign_request {
    std::vector<std::string> paths;  ///< scenarios; of merge: the stores to join
    std::string config;
    std::string store;  ///< empty: the plan's
    std::string name;
    std::optional<seconds> time;
    std::optional<std::uint64_t> executions;
    std::optional<std::uint64_t> workers;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> strategies;
    std::vector<std::string> kernels;
    std::string baseline;
    std::string canary;
    std::string out;
    bool accept_edits = false;
    bool no_coverage = false;
    bool quiet = false;
};

exit_status campaign_run(console& out, const campaign_request& asked, bool as_json);
exit_status campaign_resume(console& out, const campaign_request& asked, bool as_json);
exit_status campaign_status(console& out, const campaign_request& asked, bool as_json);
exit_status campaign_report(console& out, const campaign_request& asked, bool as_json);
exit_status campaign_merge(console& out, const campaign_request& asked, bool as_json);
exit_status campaign_export(console& out, const campaign_request& asked, bool as_json);

/// What a worker process runs. Not for people: the coordinator starts it with its socket and memory open.
exit_status campaign_worker(const std::vector<std::string>& arguments);

}  // namespace tenthrule::cli
