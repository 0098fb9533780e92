#pragma once

/// What coordinator and workers say to each other: orders one way, reports the other, over a channel. Both
/// ends are of one version: either the same binary, or an invitation has said so.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/results.hpp"
#include "worker/subject_key.hpp"

namespace tenthrule::crew {

enum class work : std::uint8_t {
    batch,    ///< executions [first, first + count)
    careful,  ///< the same, with every decision left where it can be found if the worker dies
    shrink,   ///< the execution of a token
};

struct work_order {
    std::uint64_t number = 0;  ///< of the order, from 1
    work what = work::batch;
    subject_key subject;
    std::string scenario_text;
    std::uint32_t points_max = 0;  ///< step bound; 0: that of the scenario
    // Of a batch:
    std::string strategy;
    std::uint64_t seed = 1;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool coverage = true;
    // Of a shrink order:
    std::string token;
    std::string identity;
};

struct work_report {
    std::uint64_t number = 0;
    /// Not empty: it could not be done, and why; everything else is then of no use.
    std::string problem;
    /// Of a batch; `count` may be smaller than ordered if it was stopped.
    batch_result batch;
    std::vector<std::uint32_t> seen_points;  ///< by batch.seen: points of its first execution
    // Of a shrink order:
    best_reproducer reproducer;
    double seconds = 0;
};

std::string to_bytes(const work_order& o);
std::string to_bytes(const work_report& r);
/// Nothing if it is no such message.
std::optional<work_order> order_from(std::string_view message);
std::optional<work_report> report_from(std::string_view message);

}  // namespace tenthrule::crew
