#pragma once

/// Small programs drawn at random that use everything the engine offers, for properties of searches that
/// visit all schedules. What an execution came to is kept in words, so that sets of them can be compared.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "runtime/spinlock.hpp"

namespace tenthrule::test {

class generated_program final : public program {
public:
    /// What it may be made of.
    struct flavour {
        unsigned cpus = 0;
        unsigned tasks_max = 3;
        unsigned operations_max = 8;  ///< in all tasks together
        bool sleeps = true;
        bool timers = true;
        bool events = true;
        bool values = true;
        bool locks = true;
        bool rules = true;        ///< operations that look at what others do, and report it
        bool retries = false;     ///< loops that go round until somebody else has done something
        bool contention = false;  ///< two locks, one inside the other, or tried; anything while they are held
        bool fifo_only = false;   ///< no task takes a CPU by choice
        bool policies = false;    ///< changing them, with the urgency
    };
    generated_program(std::uint64_t seed, const flavour& what);

    /// What the last execution came to: what everybody read, and the final state.
    std::string outcome(const run_result& r) const;
    std::string describe_program() const;

    void boot(execution& e) override;
    void at_rest(execution& e, bool for_ever) override;

private:
    enum class code : std::uint8_t {
        load,
        store,
        add,
        swap,
        lock,
        lock_irq,
        unlock,
        write_guarded,
        sleep,
        wake,
        arm,
        cancel,
        value,
        urgency,
        look,  ///< at a word and at a task, without a point
        look_clock,
        let_go,  ///< a task that was held
        preempt_off,
        preempt_on,
        yield,
        handler,     ///< an event may happen from now on
        await,       ///< a word is not zero
        await_both,  ///< the words differ
        await_flag,  ///< it was woken ahead; looked at without a point
        claim,       ///< a word that has a certain value gets another one
        try_lock,    ///< until it succeeds
        try_once,
    };
    struct operation_of_task {
        code what = code::load;
        unsigned a = 0;
        unsigned b = 0;
    };
    struct body {
        generated_program* program = nullptr;
        unsigned number = 0;
        task_spec spec;
        std::vector<operation_of_task> operations;
    };
    struct alarm {
        generated_program* program = nullptr;
        unsigned number = 0;
        timer armed;
    };
    struct handler {
        generated_program* program = nullptr;
        unsigned number = 0;
        bool from_the_beginning = true;
        actor event = no_actor;
    };

    void draw(random_source& random, const flavour& what);
    void draw_section(random_source& random, std::vector<operation_of_task>& list,
                      const std::vector<code>& inside);
    void perform(unsigned task, const operation_of_task& o);
    void perform_loop(unsigned task, const operation_of_task& o);
    void expire(unsigned number);
    void happen(unsigned number);
    void read(unsigned by, std::uint32_t value);

    static constexpr unsigned words = 2;
    unsigned cpus_ = 0;
    bool policies_ = false;
    std::vector<body> bodies_;
    std::vector<handler> handlers_;
    std::vector<shared<std::uint32_t>*> words_;
    std::vector<noted<bool>*> flags_;  ///< by task: whether it was woken ahead
    std::vector<raw_spinlock*> locks_;
    guarded<std::uint32_t>* guarded_ = nullptr;
    std::vector<alarm*> alarms_;
    std::vector<std::uint64_t> reads_;  ///< by task: hash of everything it has read
    std::uint64_t happened_ = 0;
};

}  // namespace tenthrule::test
