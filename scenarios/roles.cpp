#include "scenarios/roles.hpp"

#include <algorithm>

namespace tenthrule::scenarios {

using kernel::argument;
using kernel::op_code;
using kernel::word_kind;

std::optional<word_kind> wanted_kind(op_code op, argument a) {
    switch (op) {
        case op_code::lock_pi:
        case op_code::lock_pi2:
        case op_code::trylock_pi:
        case op_code::unlock_pi:
        case op_code::mutex_lock:
        case op_code::mutex_trylock:
        case op_code::mutex_unlock:
        case op_code::cas_lock:
        case op_code::cas_unlock:
            return word_kind::pi;
        case op_code::wait:
        case op_code::wait_bitset:
        case op_code::wake:
        case op_code::wake_bitset:
        case op_code::requeue:
        case op_code::cmp_requeue:
            return word_kind::plain;
        case op_code::wait_requeue_pi:
        case op_code::cmp_requeue_pi:
        case op_code::cond_wait:
        case op_code::cond_signal:
        case op_code::cond_broadcast:
            return a == argument::futex ? word_kind::plain : word_kind::pi;
        case op_code::wake_op:
            return a == argument::futex ? std::optional(word_kind::plain) : std::nullopt;
        case op_code::store:
        case op_code::add:
        case op_code::protect:
        case op_code::set_priority:
        case op_code::yield:
        case op_code::sleep:
        case op_code::exit:
        case op_code::waitv:
        case op_code::robust_add:
        case op_code::robust_pending:
        case op_code::get_robust_list:
            return std::nullopt;
    }
    return std::nullopt;
}

namespace {

bool names_word(const kernel::call& c, std::uint8_t word) {
    const kernel::operation_info& o = kernel::info(c.op);
    return (o.takes(argument::futex) && c.futex == word) ||
           ((o.takes(argument::to) || o.takes(argument::mutex)) && c.to == word);
}

bool reads_word(const condition& c, std::uint8_t word) {
    switch (c.kind) {
        case condition_kind::owner:
        case condition_kind::not_owner:
        case condition_kind::word_is:
        case condition_kind::word_is_not:
            return c.word == word;
        default:
            return false;
    }
}

// After it the caller may own the word.
bool acquires(const kernel::call& c, std::uint8_t word) {
    switch (c.op) {
        case op_code::lock_pi:
        case op_code::lock_pi2:
        case op_code::trylock_pi:
        case op_code::mutex_lock:
        case op_code::mutex_trylock:
        case op_code::cas_lock:
            return c.futex == word;
        case op_code::wait_requeue_pi:
        case op_code::cond_wait:
            return c.to == word;
        default:
            return false;
    }
}

// User space writes whatever it likes to the word.
bool overwrites(const kernel::call& c, std::uint8_t word) {
    switch (c.op) {
        case op_code::store:
        case op_code::add:
            return c.futex == word;
        case op_code::wake_op:
            return c.to == word;
        default:
            return false;
    }
}

}  // namespace

bool is_used(const scenario& s, std::uint8_t word) {
    return std::any_of(s.tasks.begin(), s.tasks.end(), [word](const task& t) {
        return !t.dropped && std::any_of(t.steps.begin(), t.steps.end(), [word](const step& i) {
            return !i.dropped && (names_word(i.what, word) || reads_word(i.only_if, word) ||
                                  reads_word(i.as_long, word) || reads_word(i.until, word));
        });
    });
}

bool may_own(const scenario& s, unsigned t, unsigned steps, std::uint8_t word) {
    if (s.words[word].owner == t || (!s.words[word].owner && s.words[word].value != 0)) {
        return true;
    }
    for (unsigned other = 0; other < s.tasks.size(); ++other) {
        const task& it = s.tasks[other];
        for (unsigned i = 0; i < it.steps.size(); ++i) {
            if (it.dropped || it.steps[i].dropped) {
                continue;
            }
            const bool before = other == t && (i < steps || it.repeat > 1);
            if (overwrites(it.steps[i].what, word) || (before && acquires(it.steps[i].what, word))) {
                return true;
            }
        }
    }
    return false;
}

bool leaves_decisions(const scenario& s) {
    std::uint64_t cpus = 0;
    unsigned tasks = 0;
    unsigned fair = 0;
    unsigned slices = 0;
    const std::uint64_t all =
        s.cpus == 0 || s.cpus >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << s.cpus) - 1;
    for (const task& t : s.tasks) {
        if (t.dropped) {
            continue;
        }
        const bool timers = std::any_of(t.steps.begin(), t.steps.end(),
                                        [](const step& i) { return !i.dropped && has_timer(i); });
        if (t.start == task_start::arrives || timers) {
            return true;
        }
        ++tasks;
        fair += t.sched == policy::other ? 1U : 0U;
        slices += t.sched == policy::rr ? 1U : 0U;
        cpus |= t.affinity == 0 ? all : t.affinity & all;
    }
    const bool signals =
        std::any_of(s.signals.begin(), s.signals.end(), [](const signal_source& g) { return !g.dropped; });
    const bool faults = std::any_of(s.words.begin(), s.words.end(),
                                    [](const word& w) { return !w.dropped && w.faults != 0; });
    const bool one_cpu = (cpus & (cpus - 1)) == 0;
    return signals || faults || (tasks > 1 && (!one_cpu || fair > 1 || (slices > 0 && tasks > 1)));
}

}  // namespace tenthrule::scenarios
