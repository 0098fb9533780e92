#include "conform/host/system_calls.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>

#include <sys/syscall.h>
#include <unistd.h>

namespace tenthrule::conform {

namespace {

template <typename... Arguments>
long raw(long number, Arguments... arguments) {
    const int before = errno;
    long result = ::syscall(number, arguments...);
    if (result == -1) {
        result = -errno;
    }
    errno = before;
    return result;
}

}  // namespace

long futex(const futex_call& c) {
    const int op = c.op | (c.is_private ? FUTEX_PRIVATE_FLAG : 0) | (c.realtime ? FUTEX_CLOCK_REALTIME : 0);
    // The fourth argument is a pointer or a number, as the operation has it.
    const auto fourth =
        c.has_timeout ? reinterpret_cast<std::uintptr_t>(&c.timeout) : static_cast<std::uintptr_t>(c.val2);
    return raw(SYS_futex, c.word, op, c.val, fourth, c.word2, c.val3);
}

long futex_waitv(const waitv_word* words, unsigned count, const timespec* timeout, clockid_t clock) {
    return raw(waitv_number, words, count, 0U, timeout, clock);
}

long set_robust_list(robust_list_head* head) {
    return raw(SYS_set_robust_list, head, sizeof(*head));
}

long get_robust_list(pid_t of, robust_list_head** head, std::size_t* size) {
    return raw(SYS_get_robust_list, of, head, size);
}

bool task_exists(std::uint32_t tid) {
    // Signal 0 is never delivered; who may not send it learns that there is somebody.
    return raw(SYS_tkill, static_cast<pid_t>(tid), 0) != -ESRCH;
}

long tgkill(pid_t process, pid_t thread, int signal) {
    return raw(SYS_tgkill, process, thread, signal);
}

}  // namespace tenthrule::conform
