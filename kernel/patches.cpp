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
    patch_info{stale_owner_fixup, "cdf71a10c7b6", "futex: Prevent stale futex owner when interrupted/timeout",
               "v2.6.25",
               "a waiter that leaves without the lock although it was chosen writes the lock's real owner"},
    patch_info{requeue_pi, "52400ba94675", "futex: add requeue_pi functionality", "v2.6.31",
               "WAIT_REQUEUE_PI and CMP_REQUEUE_PI"},
    patch_info{proxy_marks, "proxy-marks", "rt_mutex: add proxy lock routines (marks the lock)", "v2.6.31",
               "whoever enqueues a waiter for somebody else sets the lock's waiters bit first"},
    patch_info{proxy_tries, "proxy-tries", "rt_mutex: add proxy lock routines (tries the lock)", "v2.6.31",
               "and tries to take the lock for it before enqueueing it; a contended waiter sleeps on"},
    patch_info{waiter_stays, "8161239a8bcc",
               "rtmutex: Simplify PI algorithm and make highest prio task get lock", "v2.6.39",
               "no pending owner: a waiter stays enqueued until it takes the lock itself"},
    patch_info{futex_rt_mutex_api, "5293c2efda37", "futex,rt_mutex: Provide futex specific rt_mutex API",
               "v4.12",
               "the rt_mutex of a futex has no fast path, and is released in the section that chose "
               "the new owner"},
    patch_info{locking_rules, "734009e96d19", "futex: Change locking rules", "v4.12",
               "word and pi_state are checked and changed under wait_lock"},
    patch_info{inconsistent_state, "73d786bd043e", "futex: Rework inconsistent rt_mutex/futex_q state",
               "v4.12", "an unlocker that finds no waiter on the rt_mutex retries instead of guessing"},
    patch_info{unlock_outside_hb, "16ffa12d7425",
               "futex: Pull rt_mutex_futex_unlock() out from under hb->lock", "v4.12",
               "the unlocker drops the bucket lock before it hands the lock over"},
    patch_info{proxy_lock, "cfafcd117da0", "futex: Rework futex_lock_pi() to use rt_mutex_*_proxy_lock()",
               "v4.12", "a waiter enters and leaves the rt_mutex while it holds the bucket lock"},
    patch_info{unlock_overlap, "bebe5b514345", "futex: Futex_unlock_pi() determinism", "v4.12",
               "the unlocker takes wait_lock before it drops the bucket lock"},
    patch_info{drop_hb_before, "56222b212e8e", "futex: Drop hb->lock before enqueueing on the rtmutex",
               "v4.12", "a waiter takes wait_lock, drops the bucket lock, and enters the rt_mutex then"},
    patch_info{cleanup_trylock, "04dc1b2fff4e", "futex,rt_mutex: Fix rt_mutex_cleanup_proxy_lock()", "v4.12",
               "a waiter that leaves tries once more to take the lock"},
    patch_info{
        deboost_first, "2a1c60299406", "rtmutex: Deboost before waking up the top waiter", "v4.12",
        "an unlocker gives lent priority back before it wakes the lender, and is not preempted between"},
    patch_info{owner_serialization, "c74aef2d06a9", "futex: Fix pi_state->owner serialization", "v4.14",
               "whoever clears the owner of a pi_state holds wait_lock"},
    patch_info{exit_refcount, "153fbd1226fb", "futex: Fix more put_pi_state() vs. exit_pi_state_list() races",
               "v4.14", "an exiting task takes a reference before it touches a pi_state of its list"},
    patch_info{exit_livelock, "3ef240eaff36", "futex: Prevent exit livelock", "v5.5",
               "a waiter sleeps until the exiting owner is through instead of retrying"},
    patch_info{
        rfc_2016_unlock, "rfc-2016-unlock", "futex: FUTEX_UNLOCK_PI wobbles (proposal of October 2016)",
        "never",
        "the unlocker drops the bucket lock early and changes word and pi_state under wait_lock, which "
        "nobody else takes to look at them"},
    patch_info{hb_trylock, "hb-trylock",
               "futex/pi: Acquire the hb lock via trylock after wait-proxylock (v3 of 2023)", "never",
               "a waiter that leaves tries the bucket lock once in a millisecond instead of waiting for it"},
    patch_info{trylock_stays_blocked, "hb-trylock-blocked-on",
               "the part of it that keeps pi_blocked_on when a trylock succeeds", "never",
               "taking a lock without a waiter leaves pi_blocked_on alone"},
    patch_info{draft_cleanup, "draft-cleanup", "futex/pi: Fix recursive rt_mutex waiter state (draft)",
               "never",
               "a waiter of LOCK_PI leaves the rt_mutex before it takes the bucket lock; an unlocker that "
               "finds it gone forgets what it holds"},
    patch_info{draft_drops_lock, "draft-drops-lock", "the draft with wait_lock dropped", "never",
               "that unlocker drops wait_lock"},
    patch_info{draft_drops_state, "draft-drops-state", "the draft with its reference dropped", "never",
               "that unlocker drops its reference to the pi_state"},
    patch_info{kernel_threads, "f0d71b3dcb83", "futex: Prevent attaching to kernel threads", "v3.15",
               "a word that names a kernel thread is refused with EPERM"},
    patch_info{negative_counts, "fbe0e839d1e2", "futex: Prevent overflow by strengthen input validation",
               "v4.15", "requeue operations refuse negative counts"},
    patch_info{
        robust_pending_wake, "ca16d5bee598", "futex: Prevent robust futex exit race", "v5.5",
        "a task that ends in the middle of taking or releasing a plain robust futex that is free wakes "
        "the next waiter"},
    patch_info{lock_pi2, "bf22a6976897", "futex: Provide FUTEX_LOCK_PI2 to support clock selection", "v5.14",
               "LOCK_PI2"},
    patch_info{waitv, "bf69bad38cf6", "futex: Implement sys_futex_waitv()", "v5.16", "futex_waitv(2)"},
    patch_info{robust_resend, "90d758896787", "futex: Resend potentially swallowed owner death notification",
               "v6.2", "it does so also if the futex has no owner but OWNER_DIED"},
    patch_info{
        top_task_cached, "e96a7705e7d3", "sched/rtmutex/deadline: Fix a PI crash for deadline tasks", "v4.12",
        "the scheduler goes by the donor that a task had when its priority was adjusted last, also if it "
        "has got waiters since"},
    patch_info{
        stale_keys, "stale-keys", "locking/rtmutex: Fix task->pi_waiters integrity (old keys stay)", "v6.5",
        "a waiter that comes first because another one has left, or has taken the lock, is shown to the "
        "owner with the priority that it had before; in no named version"},
};

constexpr bool added_in_order() {
    for (std::size_t i = 0; i < patch_table.size(); ++i) {
        if (static_cast<std::size_t>(patch_table[i].id) != i) {
            return false;
        }
    }
    return true;
}
static_assert(added_in_order());

constexpr patch_set with(patch_set base, std::initializer_list<patch> added) {
    for (const patch p : added) {
        base.insert(p);
    }
    return base;
}

constexpr patch_set v2_6_24;
constexpr patch_set rfc_2009 = with(v2_6_24, {stale_owner_fixup, requeue_pi});
constexpr patch_set rfc_2009_marks = with(rfc_2009, {proxy_marks});
constexpr patch_set v2_6_31 = with(rfc_2009_marks, {proxy_tries});
constexpr patch_set v4_8 = with(v2_6_31, {waiter_stays, kernel_threads});
constexpr patch_set rfc_2016 = with(v4_8, {futex_rt_mutex_api, rfc_2016_unlock});
constexpr patch_set v4_12_start = with(v4_8, {futex_rt_mutex_api, locking_rules, inconsistent_state});
constexpr patch_set v4_12 = with(v4_12_start, {unlock_outside_hb, proxy_lock, unlock_overlap, drop_hb_before,
                                               cleanup_trylock, deboost_first, top_task_cached});
constexpr patch_set v4_14 = with(v4_12, {owner_serialization, exit_refcount});
constexpr patch_set v4_15 = with(v4_14, {fixup_stolen, owner_died_fixup, negative_counts});
constexpr patch_set v5_15 =
    with(v4_15, {exit_race, early_deadlock, exit_livelock, ownerless_retry, trylock_return, fault_consistency,
                 requeue_state, robust_pending_wake, lock_pi2});
constexpr patch_set v6_6 = with(v5_15, {separate_keys, waitv, robust_resend});
constexpr patch_set v3_2023 = with(v6_6, {hb_trylock, trylock_stays_blocked});
constexpr patch_set draft_2023 = with(v6_6, {draft_cleanup});
constexpr patch_set review_2023 = with(draft_2023, {draft_drops_lock, draft_drops_state});
constexpr patch_set v6_7 = with(v6_6, {cleanup_before_hb});
constexpr patch_set v6_8 = with(v6_7, {stale_pi_state});
constexpr patch_set golden = with(
    v6_8, {requeue_task_first, requeue_drop_ignored, waiter_task, waiter_not_enqueued, requeue_no_rcuwait});

constexpr std::array version_table{
    version{"v2.6.24", "locks are handed to a pending owner; no requeue-PI yet", v2_6_24},
    version{"2009-rfc", "the proposal of requeue-PI: enqueues for others without marking the lock", rfc_2009},
    version{"2009-rfc-marks", "the proposal, marking the lock, but not trying to take it first",
            rfc_2009_marks},
    version{"v2.6.31", "requeue-PI as it was merged", v2_6_31},
    version{"v4.8", "waiters stay enqueued; unlocking under the bucket lock, in two steps", v4_8},
    version{"2016-rfc", "the proposal to unlock without the bucket lock", rfc_2016},
    version{"v4.12-start", "half of the rework: unlockers retry under the bucket lock", v4_12_start},
    version{"v4.12", "the finished rework of locking rules and unlock", v4_12},
    version{"v4.14", "has the lock-stealing race of 2017", v4_14},
    version{"v4.15", "cures it; several corners of the cure are still open", v4_15},
    version{"v5.15", "requeue-PI by a state machine; the corners closed", v5_15},
    version{"v6.6", "separate keys in the waiter trees", v6_6},
    version{"2023-v3", "the proposal to take the bucket lock by trying", v3_2023},
    version{"2023-draft", "the first draft of leaving the rt_mutex before the bucket lock", draft_2023},
    version{"2023-review", "the draft without its leaks, but for LOCK_PI only", review_2023},
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
        if (commit_or_title == p.commit || commit_or_title == p.title) {
            return &p;
        }
    }
    // Proposals have names instead of commit ids; those are not shortened.
    const auto shortened = [&](const patch_info& p) {
        return !is_proposal(p) &&
               std::string_view(p.commit).substr(0, commit_or_title.size()) == commit_or_title;
    };
    for (const patch_info& p : patch_table) {
        if (commit_or_title.size() >= 7 && shortened(p)) {
            return &p;
        }
    }
    return nullptr;
}

namespace {

unsigned number_at(std::string_view& text) {
    unsigned n = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        n = 10 * n + static_cast<unsigned>(text.front() - '0');
        text.remove_prefix(1);
    }
    return n;
}

// "v2.6.31" is older than every release that begins with a larger number.
release release_of(const patch_info& p) {
    std::string_view text(p.release);
    text.remove_prefix(1);
    const unsigned major = number_at(text);
    text.remove_prefix(1);
    return {major, number_at(text)};
}

}  // namespace

patch_set patches_of(release r) {
    patch_set set;
    for (const patch_info& p : patch_table) {
        if (!is_proposal(p) && release_of(p) <= r) {
            set.insert(p.id);
        }
    }
    return set;
}

bool is_proposal(const patch_info& p) {
    return std::string_view(p.release) == "never";
}

}  // namespace tenthrule::kernel
