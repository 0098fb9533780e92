#pragma once

/// A process that does what the coordinator orders: batches of executions, and shrinking. Whatever happens to
/// it, nothing is lost but what it was doing.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "campaign/crew/messages.hpp"
#include "campaign/crew/shared_page.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule::crew {

/// Where a worker finds what the coordinator has given it.
inline constexpr int worker_socket = 3;
inline constexpr int worker_page = 4;

/// What an order is about; null if that is not known here.
using case_of_order = std::function<std::shared_ptr<const test_case>(const work_order&)>;

/// The case that the scenario's text and the subject's key stand for.
std::shared_ptr<const test_case> scenario_of_order(const work_order& o);

/// Does one order. Ends early, with what it has, when page->stop becomes true. Never throws.
/// `tool`: "tenthrule 0.1.0", for reproducers.
work_report do_work(const work_order& o, const std::shared_ptr<const test_case>& what, shared_page& page,
                    const std::string& tool);

/// The whole life of a worker: takes orders from descriptor worker_socket until the other end is gone. Sees
/// to it that the process ends with the one that has started it, and when it needs more than `memory_max`
/// bytes (0: no limit; not where a sanitizer needs the address space). Returns the exit status.
int work_until_done(const case_of_order& find, const std::string& tool, std::uint64_t memory_max);

}  // namespace tenthrule::crew
