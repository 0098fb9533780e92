#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/duration.hpp"
#include "conform/host/host.hpp"
#include "conform/random_sequence.hpp"
#include "kernel/patches.hpp"

namespace tenthrule::cli {

/// What `tenthrule conform` was asked for.
struct conform_request {
    std::vector<std::string> paths;
    std::optional<std::uint64_t> random;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> operations;
    std::optional<seconds> time;
    std::string against;
    std::string record;
    std::string out;
    std::string kernel;
    std::string watch = "best";
    bool model_only = false;

    // Made of them
    std::vector<conform::operation_id> only;
    conform::watching how = conform::watching::best;
    std::optional<kernel::patch_set> patches;  ///< if a kernel was named
};

}  // namespace tenthrule::cli
