#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "library/weak_memory/message.hpp"
#include "library/weak_memory/sc_order.hpp"
#include "runtime/execution.hpp"

namespace tenthrule::detail {

constexpr bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst || order == std::memory_order_consume;
}
constexpr bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// The memory model of C++ for atomic objects and fences, as RC11 repairs it: Lahav, Vafeiadis, Kang, Hur and
/// Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI 2017; with the release sequences of C++20, in
/// which only read-modify-writes continue one.
///
/// It is run, not solved. Each object keeps its stores in their modification order. A load chooses among the
/// stores that the thread may still read: those not older than one that it has read or written itself, or
/// that somebody has whose doing happens before this. A store chooses its place among those behind the same.
/// So the order in which threads step is not the order in which memory changes. All choices go through
/// execution::choose; 0 is always the newest store, or the end of the order, which is what sequentially
/// consistent memory would do.
///
/// Happens-before is that of the engine's vector clocks, so whatever else synchronises there, such as locks
/// and the starting of threads, counts here too. Only release and acquire synchronise atomics. The order of
/// seq_cst operations is kept acyclic by sc_order, which removes choices.
///
/// Reads are from stores that have been executed: what RC11's fourth axiom demands. Load buffering, in which
/// both threads read what the other stores later, therefore never happens; see docs/memory-model.md.
///
/// Scheduling points are the caller's: before each access it says where, as a read for loads and as a write
/// for everything else. Fences need none, as nobody else can tell when they happen.
///
/// Steps are dependent, for strategies that ask (see footprint.hpp), through the object accessed; and through
/// the order of seq_cst operations, where one adds to it what may forbid the other a choice.
///
/// Memory: all from the execution's arena, but for a few vectors that are kept from execution to execution.
/// Thread safety: belongs to one execution at a time.
class weak_memory {
public:
    struct options {
        /// After so many reads in a row of one object by one thread that did not give the newest store the
        /// next one does. C++ wants stores to become visible in finite time, and loops that wait for one to
        /// end.
        std::uint32_t stale_reads_max = 4;
        /// Stands for the order of seq_cst operations in footprints: see places::cell.
        std::uint32_t order_cell = 0;
    };

    /// A new execution. Before it is booted, or while it is.
    void begin(execution& e, const options& with);

    /// An atomic object that the current thread makes. That is no atomic operation: whoever uses it without
    /// this happening before is in a data race. With `before_all` it is as if it had always been there. Its
    /// first value is to be put into `oldest->value`. Lives as long as the execution. `size` and `alignment`
    /// are those of a value; `name` lives as long.
    modification_order& make(const char* name, std::size_t size, std::size_t alignment, bool before_all);

    struct reading {
        const message* from;
        bool again;  ///< the thread had read or written it before
    };
    /// What a load reads. `newest`: the newest store, without a choice.
    reading load(modification_order& where, std::memory_order order, bool newest = false);

    /// A new store; the caller puts the value into `value`.
    message& store(modification_order& where, std::memory_order order);

    struct update {
        const message* read;
        message* written;  ///< null: it was only a load; else the caller puts the new value into `value`
        bool again;        ///< see `reading`
    };
    /// A read-modify-write.
    update modify(modification_order& where, std::memory_order order);
    /// One that only writes if `equal(value, expected)`; otherwise it is a load with the order `failure`. If
    /// it `may_fail`, it can be that also if they are equal.
    using equality = bool (*)(const void* value, const void* expected);
    update compare_exchange(modification_order& where, equality equal, const void* expected,
                            std::memory_order success, std::memory_order failure, bool may_fail);

    void fence(std::memory_order order);

    /// The current thread accesses plain data. Only the order of seq_cst operations wants to know. (That it
    /// synchronises otherwise is seen by its clock.)
    void plain_access();

private:
    struct view {
        by_thread pending = nullptr;              ///< what relaxed loads read, for an acquire fence to come
        const std::uint32_t* released = nullptr;  ///< clock at the last release fence, or null
        std::uint64_t left_with = 0;              ///< sum of its clock after its last operation
    };
    struct possibility {
        message* at;
        bool writes;
    };
    struct access_orders {
        std::memory_order success;
        std::memory_order failure;
    };

    bool tracking() const {
        return execution_->tracking();
    }
    void grow();
    void enter();
    void enter(const modification_order& where);
    void leave();
    message& new_message(const modification_order& where);
    bool seen(const message& m) const;
    void add_possibility(message& at, bool writes) {
        if (possible_ < possibilities_max) {
            possibilities_[possible_++] = {&at, writes};
        }
    }
    void remove_forbidden(const modification_order& where, bool reads, const access_orders& orders);
    const possibility& choose(const modification_order& where, bool reads, const access_orders& orders,
                              const char* label);
    void note_order(const modification_order& where, const possibility& p, bool reads, bool seq_cst,
                    message* written);
    bool read(modification_order& where, message& from, std::memory_order order);
    message& write(modification_order& where, message& behind, bool reads, std::memory_order order);
    void next_epoch();

    static constexpr std::size_t possibilities_max = 256;

    execution* execution_ = nullptr;
    options options_;
    unsigned width_ = 0;          ///< of clocks; 0: no thread has done anything yet
    unsigned me_ = 0;             ///< the thread whose access this is
    by_thread clock_ = nullptr;   ///< its clock
    by_thread before_ = nullptr;  ///< its clock before the access
    by_thread trial_ = nullptr;   ///< its clock with what it might acquire
    std::uint32_t locations_count_ = 0;
    modification_order* locations_ = nullptr;
    std::vector<view> views_;
    sc_order sc_;
    std::size_t possible_ = 0;
    std::array<possibility, possibilities_max> possibilities_;
};

}  // namespace tenthrule::detail
