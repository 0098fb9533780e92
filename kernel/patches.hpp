#pragma once

/// Versions of the kernel code, and the patches that make the difference between them.
///
/// A version is a base and a set of patches. The code of the model asks `patched(patch::x)` at the one place
/// where behaviour differs. Adding a patch: one line in `enum class patch`, one row in the table of
/// patches.cpp, and the place in the code that asks for it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tenthrule::kernel {

/// The numbers are part of tokens: only append.
enum class patch : std::uint8_t {
    fixup_stolen,           ///< c1e2f0eaf015
    owner_died_fixup,       ///< a97cb0e7b3f4
    early_deadlock,         ///< 1a1fb985f2e2
    exit_race,              ///< da791a667536
    ownerless_retry,        ///< 9f5d1c336a10
    trylock_return,         ///< 12bb3f7f1b03
    fault_consistency,      ///< 34b1a1ce1458
    requeue_state,          ///< 07d91ef510fb with its follow-up 4f07ec0d76f2
    separate_keys,          ///< f7853c342418
    cleanup_before_hb,      ///< fbeb558b0dd0
    stale_pi_state,         ///< e626cb02ee83
    requeue_task_first,     ///< b549113738e8
    requeue_drop_ignored,   ///< bc7304f3ae20
    waiter_task,            ///< 3bfdc63936dd
    waiter_not_enqueued,    ///< 40a25d59e85b
    requeue_no_rcuwait,     ///< a3b8d46fe401
    stale_owner_fixup,      ///< cdf71a10c7b6
    requeue_pi,             ///< 52400ba94675
    proxy_marks,            ///< part of 8dac456a681b
    proxy_tries,            ///< the other part
    waiter_stays,           ///< 8161239a8bcc
    futex_rt_mutex_api,     ///< 5293c2efda37
    locking_rules,          ///< 734009e96d19
    inconsistent_state,     ///< 73d786bd043e
    unlock_outside_hb,      ///< 16ffa12d7425
    proxy_lock,             ///< 38d589f2fd08, cfafcd117da0
    unlock_overlap,         ///< bebe5b514345
    drop_hb_before,         ///< 56222b212e8e
    cleanup_trylock,        ///< 04dc1b2fff4e
    deboost_first,          ///< 2a1c60299406
    owner_serialization,    ///< c74aef2d06a9
    exit_refcount,          ///< 153fbd1226fb
    exit_livelock,          ///< 3ef240eaff36
    rfc_2016_unlock,        ///< proposed, October 2016
    hb_trylock,             ///< proposed, v3 7/7 of 2023
    trylock_stays_blocked,  ///< part of it
    draft_cleanup,          ///< proposed, September 2023
    draft_drops_lock,       ///< and its first correction
    draft_drops_state,      ///< and its second
    kernel_threads,         ///< f0d71b3dcb83
    negative_counts,        ///< fbe0e839d1e2
    robust_pending_wake,    ///< ca16d5bee598
    lock_pi2,               ///< bf22a6976897
    waitv,                  ///< bf69bad38cf6
    robust_resend,          ///< 90d758896787
    top_task_cached,        ///< e96a7705e7d3
    stale_keys,             ///< the other part of f7853c342418
};

struct patch_set {
    std::uint64_t bits = 0;

    constexpr bool contains(patch p) const {
        return ((bits >> static_cast<unsigned>(p)) & 1U) != 0;
    }
    constexpr void insert(patch p) {
        bits |= std::uint64_t{1} << static_cast<unsigned>(p);
    }
    constexpr void erase(patch p) {
        bits &= ~(std::uint64_t{1} << static_cast<unsigned>(p));
    }
    friend constexpr bool operator==(const patch_set&, const patch_set&) = default;
};

struct patch_info {
    patch id;
    const char* commit;   ///< first twelve digits; a name, if it is a proposal or a part of a commit
    const char* title;    ///< the commit's title
    const char* release;  ///< first release that has it, or "never"
    const char* effect;   ///< what it changes in the protocol
};

struct version {
    const char* name;
    const char* about;
    patch_set patches;
};

std::span<const patch_info> all_patches();
std::span<const version> all_versions();
/// It was proposed and never merged.
bool is_proposal(const patch_info& p);

/// The patches of a release such as {6, 18}: all that it or an earlier one brought. Fixes that distributions
/// and stable series took over are not known here. Good from v4.8 on.
struct release {
    unsigned major = 0;
    unsigned minor = 0;
    friend constexpr auto operator<=>(const release&, const release&) = default;
};
patch_set patches_of(release r);
/// Later than all.
inline constexpr release newest_release{~0U, ~0U};

/// nullptr if there is none of that name.
const version* find_version(std::string_view name);
/// By commit id (at least seven digits) or by title.
const patch_info* find_patch(std::string_view commit_or_title);

}  // namespace tenthrule::kernel
