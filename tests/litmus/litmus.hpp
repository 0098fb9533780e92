#pragma once

/// Straight-line programs over atomic objects, as litmus tests are written: what the memory model and the
/// axioms that it has to agree with both run.
///
///   "x=1.rlx; y.rlx | y=1.rlx; x.rlx"
///
/// Threads are separated by |, instructions by ;. An instruction is one of
///
///   x=1.rel     store
///   x.acq       load
///   x+1.ar      fetch_add
///   x?1:2.sc    compare_exchange_strong: if it is 1, make it 2; failing it is a load of the order C++
///   derives f.sc        fence
///
/// Objects are single letters but f, and begin as 0. Orders: rlx, acq, rel, ar, sc.

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule::test {

struct instruction {
    enum class kind : std::uint8_t { load, store, add, compare, fence } what = kind::load;
    unsigned location = 0;
    std::memory_order order = std::memory_order_relaxed;
    int value = 0;     ///< stored, or added
    int expected = 0;  ///< compare only

    bool reads() const {
        return what == kind::load || what == kind::add || what == kind::compare;
    }
    friend bool operator==(const instruction&, const instruction&) = default;
};

struct litmus {
    unsigned locations = 0;
    std::vector<std::vector<instruction>> threads;
};

/// What was read, thread by thread, and then the last value of each object, in the order of their names.
using outcome = std::vector<int>;
using outcomes = std::set<outcome>;

/// REQUIRES: well-formed; a mistake is an exception. Names are numbered by their order in the alphabet.
litmus parse_litmus(std::string_view text);
std::string to_text(const litmus& test);
std::string to_text(const outcomes& all);

constexpr std::memory_order order_of_failure(std::memory_order success) {
    switch (success) {
        case std::memory_order_acq_rel:
            return std::memory_order_acquire;
        case std::memory_order_release:
            return std::memory_order_relaxed;
        default:
            return success;
    }
}

/// What RC11 allows, by trying all executions against its axioms. REQUIRES: few events; see axioms.cpp.
outcomes allowed_by_axioms(const litmus& test);

/// What the memory model does.
struct litmus_run {
    outcomes seen;
    std::uint64_t executions = 0;
    bool complete = false;
};
/// Under a strategy that ends by itself.
litmus_run run_litmus(const litmus& test, std::string_view strategy,
                      std::uint64_t executions_max = 3'000'000);

/// How often the heap is asked for memory in `executions` executions under a random walk, after as many
/// others.
std::uint64_t allocations_when_repeated(const litmus& test, std::uint64_t executions);

}  // namespace tenthrule::test
