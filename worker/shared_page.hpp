#pragma once

/// Memory that a worker shares with the coordinator: what has to be known of a worker that can no longer say
/// anything.

#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/schedule.hpp"

namespace tenthrule::crew {

/// Lives in a file without a name. Written by the worker, but for `stop`; read by the coordinator at any
/// time.
struct page_contents {
    static constexpr std::uint32_t decisions_max = 1U << 16U;

    std::atomic<bool> stop{false};             ///< end what you are doing, and report it
    std::atomic<bool> out_of_memory{false};    ///< an allocation failed, and the worker ended because of it
    std::atomic<std::uint64_t> executions{0};  ///< done since the worker was started
    std::atomic<std::uint64_t> order{0};       ///< number of the work order being done; 0: none
    std::atomic<std::uint64_t> index{0};       ///< of the execution being done, plus one; 0: none
    /// Of a careful order: the decisions of that execution so far.
    std::atomic<std::uint32_t> decisions_count{0};
    std::array<deviation, decisions_max> decisions{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share them");

/// Thread safety: as its contents.
class shared_page {
public:
    /// A new one. Throws std::system_error.
    shared_page();
    /// The one behind a file descriptor. Throws std::system_error.
    explicit shared_page(int fd);
    shared_page(const shared_page&) = delete;
    shared_page& operator=(const shared_page&) = delete;
    ~shared_page();

    int fd() const {
        return fd_;
    }
    page_contents* operator->() const {
        return contents_;
    }

private:
    void map();

    int fd_ = -1;
    page_contents* contents_ = nullptr;
};

}  // namespace tenthrule::crew
