#pragma once

/// Executions made while shrinking: counted, never repeated, and checked for being the same failure.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/execution.hpp"
#include "shrink/order.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule::shrinking {

/// A case, ready to be executed. Owned by whoever tries something with it.
struct specimen {
    /// `points_max` 0: the bound of the case.
    specimen(std::shared_ptr<const test_case> what, std::uint32_t points_max);

    std::shared_ptr<const test_case> of;
    std::unique_ptr<program> instance;
    run_options options;
    case_size size;
    std::uint64_t key;  ///< hash of what was taken away: tells cases apart in the memory of attempts
};

/// A failing execution.
struct candidate {
    std::shared_ptr<specimen> in;
    schedule decisions;  ///< what the execution decided, whatever it had been asked to do
    run_statistics statistics;

    shrinking::weight weight() const {
        return weigh(statistics, in->size, decisions);
    }
};

/// a comes before b in the order of shrinking.
bool simpler(const candidate& a, const candidate& b);

/// Another failure, met on the way. It is kept, not followed: shrinking towards whatever fails would end
/// at the easiest bug of a program instead of the one that was found.
struct other_failure {
    violation failure;
    candidate smallest;  ///< the smallest execution with this failure that was met
    std::uint64_t times = 0;
};

/// Thread safety: none; belongs to one shrinking.
class attempts {
public:
    /// `identity`: that of the failure to keep. `stop` may be null; when it becomes true, the budget counts
    /// as used up. `points_max`: see specimen.
    attempts(std::string identity, std::uint64_t executions_max, std::uint32_t points_max,
             const std::atomic<bool>* stop);

    std::shared_ptr<specimen> prepare(std::shared_ptr<const test_case> what) const {
        return std::make_shared<specimen>(std::move(what), points_max_);
    }

    /// One execution. The result stays valid until the next one.
    const run_result& run(specimen& in, strategy& how, std::uint64_t seed = 0);

    /// Whether the last execution had the failure that is being shrunk.
    bool same_failure() const;
    /// The result of the last execution.
    const run_result& last() const {
        return *last_;
    }

    /// Remembers a plan by its hash. False if it is known already, so that trying it again is pointless.
    bool is_new(std::uint64_t plan_hash) {
        return tried_.insert(plan_hash).second;
    }

    bool out_of_budget() const {
        return executions_ >= limit_ || (stop_ != nullptr && stop_->load(std::memory_order_relaxed));
    }
    std::uint64_t executions() const {
        return executions_;
    }
    std::uint64_t left() const {
        return executions_ < limit_ ? limit_ - executions_ : 0;
    }

    /// While it lives, the budget is at most `executions_max` more executions.
    class allowance {
    public:
        allowance(attempts& of, std::uint64_t executions_max) : of_(of), before_(of.limit_) {
            of_.limit_ = std::min(of.limit_, of.executions_ + executions_max);
        }
        allowance(const allowance&) = delete;
        allowance& operator=(const allowance&) = delete;
        ~allowance() {
            of_.limit_ = before_;
        }

    private:
        attempts& of_;
        std::uint64_t before_;
    };

    const std::vector<other_failure>& others() const {
        return others_;
    }

private:
    void keep_aside(specimen& in);

    std::string identity_;
    std::uint64_t limit_;
    std::uint32_t points_max_;
    const std::atomic<bool>* stop_;
    std::uint64_t executions_ = 0;
    execution machine_;
    const run_result* last_ = nullptr;
    std::unordered_set<std::uint64_t> tried_;
    std::vector<other_failure> others_;
};

/// One step of a 64-bit hash over numbers.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t number) {
    std::uint64_t z = (hash ^ number) + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

std::uint64_t hash_of(const schedule& s, std::uint64_t start);

}  // namespace tenthrule::shrinking
