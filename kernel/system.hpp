#pragma once

/// The system under test, as others see it: set it up, let tasks perform operations, look at its state.

#include <cstdint>
#include <span>
#include <string>

#include "kernel/operations.hpp"
#include "kernel/patches.hpp"
#include "runtime/execution.hpp"

namespace tenthrule::kernel {

/// none: a task inside the kernel keeps its CPU until it sleeps or returns. full: it can be preempted
/// wherever no spinlock is held. rt: bucket locks are sleeping locks that boost their holder.
enum class preempt_model : std::uint8_t { none, full, rt };

struct config {
    patch_set patches;
    preempt_model preempt = preempt_model::full;
    unsigned buckets = 1;  ///< hash buckets: 1 + the largest bucket number of a word
    /// How often one call may go round an internal retry loop before rule bounded-retries is broken: the
    /// determinism that the program asks for. 0: only what no schedule can be to blame for.
    unsigned retries_allowed = 0;
    std::uint32_t first_tid = 101;  ///< of the task created first; the others follow
};

enum class word_kind : std::uint8_t {
    plain,  ///< a word that programs use as they like
    pi,     ///< holds the owner's TID
};

struct word_spec {
    const char* name = "";
    word_kind kind = word_kind::plain;
    std::uint32_t initial = 0;
    unsigned bucket = 0;
    bool robust = false;  ///< whoever owns it has it on its robust list (set_robust_list(2))
    /// How often, at most, an execution may find its page absent when the kernel touches it. Each time it may
    /// is a decision of the schedule.
    unsigned faults = 0;
    bool process_shared = false;  ///< its key is made of its page, which therefore has to be there
    /// A place inside another word that is not a multiple of four: so many bytes behind the word's address.
    /// No futex, but something that a call can be given as the address of one.
    unsigned misaligned_by = 0;
    unsigned inside = 0;  ///< that word's number
};

struct task_struct;
struct futex_word;

/// Made anew for each execution by `boot`, in the execution's arena.
/// Thread safety: belongs to its execution.
class system;

/// REQUIRES: called from program::boot, after execution::set_cpus.
system& boot(execution& e, const config& c);
/// Words and tasks are numbered from 0 in the order of creation; the numbers are those of `call`.
/// REQUIRES: spec.name lives as long as the execution.
unsigned add_word(system& s, const word_spec& spec);
/// TIDs are config::first_tid and those that follow, in order of creation.
unsigned add_task(system& s, const task_spec& spec, entry_function entry, void* argument);
/// Takes a task's number without being one: keeps the numbers of the others when a task is taken away.
unsigned add_placeholder(system& s);
/// Likewise takes a task's number. It has a TID of its own, never ends, and no futex may be its. At most one.
unsigned add_kernel_thread(system& s, const char* name, std::uint32_t tid);
/// The initial owner of a PI word: sets the word to the task's TID. Nothing in the kernel knows of it yet,
/// as after a fast-path lock in user space.
void set_initial_owner(system& s, unsigned word, unsigned task);

/// From outside of any task: user space writes the word, or changes what its page allows.
void poke_word(system& s, unsigned word, std::uint32_t value);
void set_access(system& s, unsigned word, page_access access);

/// What set_robust_list(2) lets the kernel find when a task ends: an entry on its list, or the one that it is
/// about to take or give up. `pi`: the futex is of that kind. Beside the words that are robust by themselves.
/// No scheduling point: the list is the task's own memory.
void add_robust_entry(system& s, unsigned task, unsigned word, bool pi);
void set_robust_pending(system& s, unsigned task, unsigned word, bool pi);

/// A signal for a task: an event that may happen at any time while enabled. Gives its number.
/// `restart`: its handler has SA_RESTART.
actor add_signal(system& s, unsigned task, const char* name, bool restart, bool enabled);

/// What must hold at rest and at the end of an execution; to be called from the program's hooks.
void check_at_rest(system& s, bool for_ever);
void check_at_end(system& s);

// ---- Looking (never a scheduling point)

/// Whether a task has come to its end while it held a lock: then it is the program that is wrong.
bool somebody_ended_holding(const system& s);

std::uint32_t word_value(const system& s, unsigned word);
std::uint32_t tid_of(const system& s, unsigned task);
/// "waiter|WAITERS", "0", "7".
std::string word_text(const system& s, unsigned word);
/// One line for people: words, pi_state owners, rt_mutex owners and waiters, boosted priorities.
void describe(const system& s, std::string& to);
/// Of the current task's last call, for messages about a result that nobody expected: whether it held the
/// lock that the call takes or gives up, and what it met if it was refused for an inconsistent state ("" if
/// it was not).
bool held_before(const system& s);
std::string why_refused(const system& s);
/// Whether the current task's TID is in the word: a visible read in user space.
bool owns(system& s, unsigned word);

}  // namespace tenthrule::kernel
