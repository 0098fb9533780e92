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
        /// After so many reads in a row of one object by one thread that did not give the newest store the next
        /// one does. C++ wants stores to become visible in finite time, and loops that wait for one to end.
        unsigned stale_reads_max = 8;
        /// A weak compare-exchange may fail though the values are equal.
        bool spurious_failures = true;
    };

    /// A new execution. Before it is booted, or while it is.
    void begin(execution& e, const options& with);
    void begin(execution& e) {
        begin(e, {});
    }

    /// An atomic object that is being made by the current thread; not an atomic operation, so somebody else who
    /// uses it without this happening before is in a data race. Its first value is to be put into
    /// `oldest->value`. Lives as long as the execution. `size` and `alignment` are those of a value.
    modification_order& make(const char* name, std::size_t size, std::size_t alignment);

    /// The store that a load reads.
    const message& load(modification_order& where, std::memory_order order);
    /// The store that somebody reads who looks at memory itself, ordering nothing: for rules, and for the
    /// check before a thread goes to sleep.
    static const message& newest(const modification_order& where) {
        return *where.newest;
    }
    /// A new store; the caller puts the value into `value`.
    message& store(modification_order& where, std::memory_order order);

    struct update {
        const message* read;
        message* written;  ///< null: a comparison failed; else the caller puts the new value into `value`
    };
    /// A read-modify-write.
    update modify(modification_order& where, std::memory_order order);
    /// One that only writes if `equal(value, expected)`; otherwise it is a load with the order `failure`.
    using equality = bool (*)(const void* value, const void* expected);
    update compare_exchange(modification_order& where, equality equal, const void* expected, std::memory_order success,
                            std::memory_order failure, bool weak);

    void fence(std::memory_order order);

    /// The current thread does something visible or racy that is no atomic operation: it accesses plain data, or
    /// synchronises otherwise. Only the order of seq_cst operations wants to know.
    void other_event();

private:
    struct view {
        thread_numbers pending = nullptr;         ///< what relaxed loads read, for an acquire fence to come
        const std::uint32_t* released = nullptr;  ///< clock at the last release fence, or null
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
    void note_order(const modification_order& where, const possibility& p, bool reads, bool seq_cst, message* written);
    void read(modification_order& where, message& from, std::memory_order order);
    message& write(modification_order& where, message& behind, bool reads, std::memory_order order);
    void next_epoch();

    static constexpr std::size_t possibilities_max = 256;

    execution* execution_ = nullptr;
    options options_;
    unsigned width_ = 0;       ///< of clocks; 0: no thread has done anything yet
    unsigned me_ = 0;          ///< the thread whose access this is
    thread_numbers clock_ = nullptr;   ///< its clock
    thread_numbers before_ = nullptr;  ///< its clock before the access
    thread_numbers trial_ = nullptr;   ///< its clock with what it might acquire
    std::uint32_t locations_count_ = 0;
    modification_order* locations_ = nullptr;
    std::uint32_t order_cell_ = 0;  ///< stands for the order of seq_cst operations: see footprint.hpp
    std::vector<view> views_;
    sc_order sc_;
    std::size_t possible_ = 0;
    std::array<possibility, possibilities_max> possibilities_;
};

}  // namespace tenthrule::detail
