#include "kernel/patches.hpp"

#include <array>
#include <initializer_list>

namespace tenthrule::kernel {

namespace {

using enum patch;

constexpr std::array patch_table{
    patch_info{
        fixup_stolen, "c1e2f0eaf015", "futex: Avoid violating the 10th rule of futex", "v4.15",
        "a waiter that leaves without the lock although pi_state names it rewrites word and pi_state to "
        "the lock's real owner"},
    patch_info{owner_died_fixup, "a97cb0e7b3f4", "futex: Fix OWNER_DEAD fixup", "v4.15",
               "the fixup keeps OWNER_DIED when the pi_state had no owner"},
    patch_info{early_deadlock, "1a1fb985f2e2", "futex: Handle early deadlock return correctly", "v5.0",
               "a waiter refused with EDEADLK stays enqueued until the bucket lock is held again"},
    patch_info{exit_race, "da791a667536", "futex: Cure exit race", "v4.20",
               "a missing owner is an error only if the word still names it"},
    patch_info{ownerless_retry, "9f5d1c336a10",
               "futex: Handle transient \"ownerless\" rtmutex state correctly", "v5.10",
               "the fixup waits, with its locks dropped, for the top waiter to take an ownerless lock"},
    patch_info{trylock_return, "12bb3f7f1b03", "futex: Ensure the correct return value from futex_lock_pi()",
               "v5.11", "a lock that the fixup acquired by chance is reported as acquired"},
    patch_info{fault_consistency, "34b1a1ce1458", "futex: Handle faults correctly for PI futexes", "v5.11",
               "an error path no longer releases an rt_mutex behind the back of word and pi_state"},
    patch_info{requeue_state, "07d91ef510fb", "futex: Prevent requeue_pi() lock nesting issue on RT", "v5.15",
               "waiter and requeuer agree through a state machine instead of the bucket lock"},
    patch_info{separate_keys, "f7853c342418", "locking/rtmutex: Fix task->pi_waiters integrity", "v6.5",
               "a waiter has a key of its own in the owner's tree"},
    patch_info{cleanup_before_hb, "fbeb558b0dd0", "futex/pi: Fix recursive rt_mutex waiter state", "v6.7",
               "a waiter leaves the rt_mutex before it takes the bucket lock again"},
    patch_info{stale_pi_state, "e626cb02ee83", "futex: Prevent the reuse of stale pi_state", "v6.8",
               "unlocking dequeues waiters that have already left the rt_mutex"},
    patch_info{requeue_task_first, "b549113738e8", "futex: Prevent use-after-free during requeue-PI", "v6.17",
               "the requeuer reads whom to wake before it tells the waiter that it may return"},
    patch_info{requeue_drop_ignored, "bc7304f3ae20",
               "futex: Prevent lockup in requeue-PI during signal/ timeout wakeup", "v7.1",
               "the requeuer dequeues a waiter that is already leaving instead of retrying"},
    patch_info{waiter_task, "3bfdc63936dd", "rtmutex: Use waiter::task instead of current in remove_waiter()",
               "v7.1", "taking back a waiter enqueued for somebody else clears that task's pi_blocked_on"},
    patch_info{waiter_not_enqueued, "40a25d59e85b",
               "rtmutex: Skip remove_waiter() when waiter is not enqueued", "v7.1",
               "a proxy that was refused before it enqueued the waiter takes nothing back"},
    patch_info{requeue_no_rcuwait, "a3b8d46fe401", "futex: Prevent rcuwait use-after-free during requeue PI",
               "v7.2", "on RT the requeuer does not wake a waiter a second time that may have returned"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < patch_table.size(); ++i) {
        if (static_cast<std::size_t>(patch_table[i].id) != i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order());

constexpr patch_set with(patch_set base, std::initializer_list<patch> added) {
    for (const patch p : added) {
        base.insert(p);
    }
    return base;
}

constexpr patch_set v4_14;
constexpr patch_set v4_15 = with(v4_14, {fixup_stolen, owner_died_fixup});
constexpr patch_set v5_15 = with(
    v4_15, {exit_race, early_deadlock, ownerless_retry, trylock_return, fault_consistency, requeue_state});
constexpr patch_set v6_6 = with(v5_15, {separate_keys});
constexpr patch_set v6_7 = with(v6_6, {cleanup_before_hb});
constexpr patch_set v6_8 = with(v6_7, {stale_pi_state});
constexpr patch_set golden = with(
    v6_8, {requeue_task_first, requeue_drop_ignored, waiter_task, waiter_not_enqueued, requeue_no_rcuwait});

constexpr std::array version_table{
    version{"v4.14", "has the lock-stealing race of 2017", v4_14},
    version{"v4.15", "cures it; several corners of the cure are still open", v4_15},
    version{"v5.15", "requeue-PI by a state machine; the corners closed", v5_15},
    version{"v6.6", "separate keys in the waiter trees", v6_6},
    version{"v6.7", "waiters leave the rt_mutex before they take the bucket lock", v6_7},
    version{"v6.8", "the reference protocol, as released", v6_8},
    version{"golden", "v6.8 with every later fix that the model knows", golden},
};

}  // namespace

std::span<const patch_info> all_patches() {
    return patch_table;
}

std::span<const version> all_versions() {
    return version_table;
}

const version* find_version(std::string_view name) {
    for (const version& v : version_table) {
        if (name == v.name) {
            return &v;
        }
    }
    return nullptr;
}

const patch_info* find_patch(std::string_view commit_or_title) {
    for (const patch_info& p : patch_table) {
        const std::string_view commit = p.commit;
        const bool by_commit = commit_or_title.size() >= 7 && commit_or_title.substr(0, commit.size()) ==
                                                                  commit.substr(0, commit_or_title.size());
        if (by_commit || commit_or_title == p.title) {
            return &p;
        }
    }
    return nullptr;
}

}  // namespace tenthrule::kernel
