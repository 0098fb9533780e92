#pragma once

/// A process that does what the coordinator orders: batches of executions, and shrinking. Whatever happens to
/// it, nothing is lost but what it was doing.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shrink/test_case.hpp"
#include "worker/finding.hpp"
#include "worker/messages.hpp"
#include "worker/shared_page.hpp"

namespace tenthrule::crew {

/// Where a worker finds what the coordinator has given it.
inline constexpr int worker_socket = 3;
inline constexpr int worker_page = 4;

/// What a worker has to know of what it tests.
struct worker_trade {
    /// What an order is about; null if that is not known here.
    std::function<std::shared_ptr<const test_case>(const work_order&)> open;
    /// The text of a reproducer; may be null.
    std::function<std::string(const finding&)> describe;
};

/// Does one order about `what`. Ends early, with what it has, when page->stop becomes true. Never throws.
work_report do_work(const work_order& o, const std::shared_ptr<const test_case>& what, shared_page& page,
                    const worker_trade& trade);

/// The whole life of a worker: takes orders from descriptor worker_socket until the other end is gone. Sees
/// to it that the process ends with the one that has started it, and when it needs `memory_max` bytes more
/// than it has reserved at the start (0: no limit; not where a sanitizer needs the address space). Returns
/// the exit status.
int work_until_done(const worker_trade& trade, std::uint64_t memory_max);

}  // namespace tenthrule::crew
