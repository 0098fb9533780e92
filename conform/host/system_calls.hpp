#pragma once

/// The system calls themselves, without a libc between: results are -errno, errno stays as it is.

#include <cstdint>

#include <linux/futex.h>
#include <sys/types.h>
#include <time.h>

namespace tenthrule::conform {

// Not in the headers of older systems.
inline constexpr int lock_pi2_code = 13;
inline constexpr int unlock_pi_code = FUTEX_UNLOCK_PI;
inline constexpr long waitv_number = 449;

/// The arguments of futex(2), with the names that the manual page gives them.
struct futex_call {
    int op = FUTEX_WAKE;
    std::uint32_t* word = nullptr;
    std::uint32_t val = 0;
    bool has_timeout = false;
    timespec timeout{};
    std::uint32_t val2 = 0;  ///< in place of the timeout
    std::uint32_t* word2 = nullptr;
    std::uint32_t val3 = 0;
    bool is_private = true;
    bool realtime = false;
};
long futex(const futex_call& c);

/// One entry of futex_waitv(2).
struct waitv_word {
    std::uint64_t value;
    std::uint64_t address;
    std::uint32_t flags;
    std::uint32_t reserved;
};
inline constexpr std::uint32_t waitv_32_bits = 2;
inline constexpr std::uint32_t waitv_private = 128;
/// `timeout`: absolute, or nullptr.
long futex_waitv(const waitv_word* words, unsigned count, const timespec* timeout, clockid_t clock);

/// As the kernel walks it; see linux/futex.h.
long set_robust_list(robust_list_head* head);
long get_robust_list(pid_t of, robust_list_head** head, std::size_t* size);

/// Whether a task of that TID exists, in whatever process.
bool task_exists(std::uint32_t tid);

long tgkill(pid_t process, pid_t thread, int signal);

}  // namespace tenthrule::conform
