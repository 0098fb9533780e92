#pragma once

/// Programs of a few lines on the model of the kernel: words and tasks are made by a setup function before
/// each execution, tasks are lambdas that perform calls.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "kernel/rules.hpp"
#include "kernel/state.hpp"
#include "kernel/system.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"
#include "scheduler/replay.hpp"

namespace tenthrule::test {

using kernel::call;
using kernel::op_code;
using kernel::patch;
using kernel::preempt_model;
using kernel::word_kind;

inline execution& here() {
    return execution::current();
}

// ---- Calls, in the order in which their arguments are usually said

inline call call_of(op_code op, unsigned futex = 0, unsigned to = 0) {
    call c;
    c.op = op;
    c.futex = static_cast<std::uint8_t>(futex);
    c.to = static_cast<std::uint8_t>(to);
    return c;
}
inline call with_value(call c, std::uint32_t value) {
    c.has_value = true;
    c.value = value;
    return c;
}
inline call with_counts(call c, int wake, int move) {
    c.wake_count = wake;
    c.move_count = move;
    return c;
}
inline call with_timeout(call c, nanoseconds timeout = 1'000'000) {
    c.has_timeout = true;
    c.timeout = timeout;
    return c;
}
inline call with_bits(call c, std::uint32_t bits) {
    c.bits = bits;
    return c;
}
/// A signal that interrupts it has a handler without SA_RESTART.
inline call without_restart(call c) {
    c.restart = false;
    return c;
}

inline call lock_pi(unsigned word) {
    return call_of(op_code::lock_pi, word);
}
inline call trylock_pi(unsigned word) {
    return call_of(op_code::trylock_pi, word);
}
inline call unlock_pi(unsigned word) {
    return call_of(op_code::unlock_pi, word);
}
inline call mutex_lock(unsigned word) {
    return call_of(op_code::mutex_lock, word);
}
inline call mutex_unlock(unsigned word) {
    return call_of(op_code::mutex_unlock, word);
}
inline call wait_for(unsigned word, std::uint32_t value) {
    return with_value(call_of(op_code::wait, word), value);
}
inline call wake(unsigned word, int count) {
    return with_counts(call_of(op_code::wake, word), count, 0);
}
inline call store(unsigned word, std::uint32_t value) {
    return with_value(call_of(op_code::store, word), value);
}
inline call requeue(unsigned from, unsigned to, int wake_count, int move_count) {
    return with_counts(call_of(op_code::requeue, from, to), wake_count, move_count);
}
inline call wait_requeue_pi(unsigned from, unsigned to, std::uint32_t value = 0) {
    return with_value(call_of(op_code::wait_requeue_pi, from, to), value);
}
inline call cmp_requeue_pi(unsigned from, unsigned to, int move_count, std::uint32_t value = 0) {
    return with_counts(with_value(call_of(op_code::cmp_requeue_pi, from, to), value), 1, move_count);
}
inline call set_priority(int priority, unsigned task = 0xff) {
    call c = call_of(op_code::set_priority);
    c.priority = priority;
    c.task = static_cast<std::uint8_t>(task);
    return c;
}
inline call sleep_for(nanoseconds duration) {
    call c = call_of(op_code::sleep);
    c.timeout = duration;
    return c;
}

inline task_spec fifo(const char* name, int priority, start_mode start = start_mode::boot) {
    return {name, policy::fifo, priority, ~std::uint64_t{0}, start};
}
inline task_spec fair(const char* name, start_mode start = start_mode::boot) {
    return {name, policy::other, 0, ~std::uint64_t{0}, start};
}

// ---- Programs

/// The version's patches; a version that does not exist is a mistake in the test.
inline kernel::patch_set patches_of(std::string_view version) {
    const kernel::version* const v = kernel::find_version(version);
    if (v == nullptr) throw std::invalid_argument("no such version");
    return v->patches;
}

class kernel_program final : public program {
public:
    using setup_function = std::function<void(kernel_program&)>;

    kernel_program(std::string_view version, setup_function setup, unsigned cpus_of_machine = 0)
        : cpus(cpus_of_machine), setup_(std::move(setup)) {
        config.patches = patches_of(version);
    }

    kernel::config config;
    unsigned cpus;  ///< 0: one for every task

    // ---- For the setup function

    unsigned pi_word(const char* name, unsigned bucket = 0, std::uint32_t initial = 0) {
        return kernel::add_word(*system_, {name, word_kind::pi, initial, bucket});
    }
    unsigned plain_word(const char* name, unsigned bucket = 0, std::uint32_t initial = 0) {
        return kernel::add_word(*system_, {name, word_kind::plain, initial, bucket});
    }
    unsigned task(const task_spec& spec, std::function<void()> body) {
        bodies_.push_back(std::move(body));
        return kernel::add_task(*system_, spec, &call_body, &bodies_.back());
    }
    kernel::system& model() {
        return *system_;
    }
    std::function<void()> on_finish;

    // ---- For the tasks

    long perform(const call& c) {
        const long result = kernel::perform(*system_, c);
        here().progress();
        return result;
    }
    /// Reports a result that a well-behaved program does not expect.
    long expect(const call& c) {
        const long result = perform(c);
        if (!expected(c, result)) {
            here().report(kernel::rules::unexpected_error,
                          fmt::format("{} returned {}", kernel::info(c.op).name, kernel::result_name(result)),
                          fmt::format("{} returned {} to {}", kernel::info(c.op).name,
                                      kernel::result_name(result), here().name(here().self())));
        }
        return result;
    }
    /// The word's value as user space reads it.
    std::uint32_t load(unsigned word) {
        return system_->words[word]->value.load();
    }

    /// Whether a well-behaved program may see that result.
    static bool expected(const call& c, long result) {
        const std::string_view all = kernel::info(c.op).well_behaved;
        const std::string name = kernel::result_name(result);
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = std::min(all.find(' ', at), all.size());
            const std::string_view one = all.substr(at, end - at);
            at = end + 1;
            const bool timeouts_too = one != "ETIMEDOUT" || c.has_timeout;
            if (timeouts_too && (one == name || (one == "count" && result >= 0))) return true;
        }
        return false;
    }

    // ---- program

    void boot(execution& e) override {
        e.set_cpus(cpus);
        system_ = &kernel::boot(e, config);
        bodies_.clear();
        on_finish = nullptr;
        setup_(*this);
    }
    void at_rest(execution& /*e*/, bool for_ever) override {
        kernel::check_at_rest(*system_, for_ever);
    }
    void finish(execution& /*e*/) override {
        kernel::check_at_end(*system_);
        if (on_finish) on_finish();
    }
    void describe(execution& /*e*/, std::string& to) override {
        kernel::describe(*system_, to);
    }

private:
    static void call_body(void* body) {
        (*static_cast<std::function<void()>*>(body))();
    }
    setup_function setup_;
    std::deque<std::function<void()>> bodies_;  // a deque, because its elements stay where they are
    kernel::system* system_ = nullptr;
};

// ---- Searching

struct search_result {
    std::uint64_t executions = 0;
    std::uint64_t points = 0;
    std::map<std::string, std::uint64_t> identities;  ///< of all violations, and how often
    std::map<std::string, std::string> messages;      ///< the first of each
    std::map<std::string, schedule> schedules;
    std::uint64_t first_at = 0;  ///< the execution with the first violation, from 1; 0: none
    bool bound_reached = false;  ///< some execution was too long
    bool complete = false;       ///< every schedule was explored

    bool clean() const {
        return identities.empty() && !bound_reached;
    }
    /// Whether some violation is of that rule.
    bool broke(const rule& r) const {
        const std::string prefix = std::string(r.name) + ":";
        for (const auto& [identity, count] : identities) {
            if (identity.compare(0, prefix.size(), prefix) == 0) return true;
        }
        return false;
    }
    bool has(std::string_view identity) const {
        return identities.count(std::string(identity)) != 0;
    }
};

struct search_options {
    std::uint64_t executions_max = 1000;
    bool stop_at_first = false;
    std::uint64_t seed = 1;
    run_options run;
};

inline search_result search(program& p, std::string_view strategy_name, const search_options& options) {
    // Execution and strategy are expensive to make, and one of each is enough for a thread.
    static execution e;
    const std::unique_ptr<strategy> s = make_strategy(strategy_name).made;
    if (s == nullptr) throw std::invalid_argument("no such strategy");
    search_result found;
    while (s->more() && found.executions < options.executions_max) {
        const run_result& r = e.run(p, *s, options.run, execution_seed(options.seed, found.executions));
        ++found.executions;
        found.points += r.statistics.points;
        if (r.end == verdict::violation) {
            if (found.identities[r.failure.identity]++ == 0) {
                found.messages[r.failure.identity] = r.failure.message;
                found.schedules[r.failure.identity] = r.decisions;
            }
            if (found.first_at == 0) found.first_at = found.executions;
            if (options.stop_at_first) break;
        } else if (r.end != verdict::completed) {
            found.bound_reached = true;
        }
    }
    found.complete = !s->more();
    return found;
}

inline search_result search(program& p, std::string_view strategy_name, std::uint64_t executions_max) {
    search_options options;
    options.executions_max = executions_max;
    return search(p, strategy_name, options);
}

/// Every schedule, which has to be fewer than two million.
inline search_result explore(program& p) {
    return search(p, "exhaustive", 2'000'000);
}

/// One execution with the default schedule.
inline run_result default_run(program& p, const run_options& options = {}) {
    execution e;
    replay default_choices(schedule{});
    return e.run(p, default_choices, options);
}

/// All rules but one.
inline run_options without(const rule& r) {
    run_options options;
    options.rules.erase(r);
    return options;
}

}  // namespace tenthrule::test

template <>
struct doctest::StringMaker<std::set<std::string>> {
    static doctest::String convert(const std::set<std::string>& strings) {
        return fmt::format("{}", fmt::join(strings, " | ")).c_str();
    }
};

template <>
struct doctest::StringMaker<std::map<std::string, std::uint64_t>> {
    static doctest::String convert(const std::map<std::string, std::uint64_t>& identities) {
        std::string text;
        for (const auto& [identity, count] : identities) {
            text += fmt::format("{}{} x {}", text.empty() ? "" : " | ", count, identity);
        }
        return text.c_str();
    }
};
