#pragma once

/// What the reference protocol does with a sequence.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conform/sequence.hpp"
#include "kernel/patches.hpp"

namespace tenthrule::conform {

/// Whose turn it could be, when everybody has returned or sleeps.
struct stillness {
    unsigned steps_done = 0;
    std::array<bool, threads_max> idle{};      ///< in user space
    std::array<bool, threads_max> may_fire{};  ///< asleep in a call whose timeout is to `fire`, next of all
    const outcome* last = nullptr;             ///< of the step before; the words also before the first one
};

/// The next step; nothing: it is over.
using step_source = std::function<std::optional<step>(const stillness&)>;

struct model_run {
    std::vector<step> steps;     ///< that were taken
    std::vector<outcome> after;  ///< each of them
    /// Why it ended before the end of the sequence: a step that cannot be taken, in words.
    std::string impossible;
    /// A rule about the inside of the kernel that this version breaks here, and how; "" if it does not.
    std::string broken_rule;
    std::string how_broken;
};

/// Thread safety: an object belongs to one thread at a time.
class model {
public:
    explicit model(kernel::patch_set patches);
    ~model();
    model(const model&) = delete;
    model& operator=(const model&) = delete;

    /// As far as it can be played.
    model_run play(const sequence& s);
    /// Leaves out the steps that cannot be taken.
    model_run play_possible(const sequence& s);
    /// Asks for one step after the other. A call that is to `fire` does so in the order of the calls.
    /// `frame`: threads, words and mapping; its steps are not looked at.
    model_run play(const sequence& frame, const step_source& source);

private:
    struct machine;
    std::unique_ptr<machine> machine_;
};

}  // namespace tenthrule::conform
