#pragma once

/// A scenario as a program that the engine can execute.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernel/system.hpp"
#include "runtime/execution.hpp"
#include "runtime/program.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// Options of an execution of `s` as its file asks: which rules are on, and the bound on points.
run_options options_of(const scenario& s);

/// Each task is a fiber that goes through its steps, up to `exit` if it has such a step. After each step its
/// result is held against what the step may return (rule unexpected-error), and tasks and signals that come
/// after it are let go.
///
/// Everything is worked out in the constructor: an execution allocates nothing on the heap.
/// Thread safety: an object belongs to one execution at a time; several may share a scenario.
class scenario_program : public program {
public:
    /// REQUIRES: is_valid(s), and s outlives the program.
    explicit scenario_program(const scenario& s);

    void boot(execution& e) override;
    void at_rest(execution& e, bool for_ever) override;
    void finish(execution& e) override;
    std::string remark(execution& e) override;
    void describe(execution& e, std::string& to) override;

    /// The kernel of the execution that is going on. REQUIRES: boot was called, and its execution still lives.
    const kernel::system& kernel_state() const {
        return *system_;
    }

private:
    enum class loop : std::uint8_t { times, as_long, until };

    // A result_set that is quick to ask.
    struct allowed {
        std::array<std::uint64_t, 4> errors{};  // bit: errno
        const result_set* all = nullptr;

        bool contains(long result) const {
            if (result >= 0) {
                return all->allows(result);
            }
            const auto error = static_cast<std::uint64_t>(-result);
            return error < 256 && ((errors[error / 64] >> (error % 64)) & 1U) != 0;
        }
    };

    struct compiled_step {
        kernel::call what;
        allowed returns;
        condition only_if;
        condition again;  // of the loop
        loop kind = loop::times;
        bool lets_go = false;  // somebody waits for it
        unsigned times = 1;
    };

    // Somebody who waits until a task has got past so many steps, dropped ones not counted.
    struct follower {
        step_reference after;
        actor whom = no_actor;  // the task to release or the event to enable
        bool let_go = false;
    };

    struct runner {
        scenario_program* program = nullptr;
        actor id = no_actor;
        unsigned rounds = 1;
        bool start_lets_go = false;
        std::vector<compiled_step> steps;
    };

    // What conditions on results are about.
    struct last_result {
        bool known = false;
        long value = 0;
    };

    static void enter(void* argument);
    static void arrive(void* argument);

    void compile_words();
    void compile_followers();
    void compile_task(unsigned t);
    compiled_step compile_step(const step& from) const;
    bool somebody_follows(unsigned t, unsigned steps) const;
    void boot_task(execution& e, unsigned t);
    void boot_signals(execution& e);

    void run(const runner& r);
    void run_step(const compiled_step& s, last_result& last);
    long carry_out(const compiled_step& s);
    bool holds(const condition& c, const last_result& last);
    void let_go(actor task, unsigned steps);
    [[gnu::cold]] void refused(const kernel::call& c, const result_set& allowed_results, long result);

    const scenario& scenario_;
    kernel::config config_;
    std::vector<kernel::word_spec> words_;
    std::vector<std::uint8_t> word_numbers_;  // by index in the scenario; dropped words have none
    std::vector<runner> runners_;             // by task
    std::vector<follower> followers_;         // tasks, in order, then signals, in order
    // Of the execution that is going on.
    execution* execution_ = nullptr;
    kernel::system* system_ = nullptr;
};

}  // namespace tenthrule::scenarios
