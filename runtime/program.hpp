#pragma once

/// What an execution runs.

#include <string>

namespace tenthrule {

class execution;

/// The program under test, built anew for each execution. It must be deterministic: everything it
/// leaves open goes through the engine's scheduling points and `execution::choose`.
class program {
public:
    program() = default;
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    virtual ~program() = default;

    /// Sets up the machine, creates objects, tasks and events. No scheduling points happen here.
    virtual void boot(execution& e) = 0;

    /// No task can step. `for_ever` is false when timers are still armed, which may be the only thing
    /// that would ever wake the sleepers: a program checks here what must hold at rest.
    virtual void at_rest(execution& /*e*/, bool /*for_ever*/) {}

    /// Every task has finished.
    virtual void finish(execution& /*e*/) {}

    /// The execution is over, however it ended, and all that is to be unwound has been.
    virtual void over(execution& /*e*/) {}

    /// What is to be kept in mind about a violation found now, in a few words that name no task and no step,
    /// such as a mistake of the program itself; "" if there is nothing. Part of the violation's identity.
    virtual std::string remark(execution& /*e*/) {
        return {};
    }

    /// Appends the program's state in words; called after each step while logging.
    virtual void describe(execution& /*e*/, std::string& /*to*/) {}
};

}  // namespace tenthrule
