#include "conform/host/abilities.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "conform/host/system_calls.hpp"
#include "conform/word_value.hpp"

namespace tenthrule::conform {

namespace {

bool may_be_realtime() {
    sched_param wanted{};
    wanted.sched_priority = 2;
    sched_param before{};
    const int policy_before = sched_getscheduler(0);
    sched_getparam(0, &before);
    if (sched_setscheduler(0, SCHED_FIFO, &wanted) != 0) {
        return false;
    }
    return sched_setscheduler(0, policy_before, &before) == 0;
}

// The first of the kernel's own threads, if this PID namespace shows it.
std::uint32_t find_kernel_thread() {
    std::ifstream file(fmt::format("/proc/{}/comm", usual_kernel_thread));
    std::string name;
    std::getline(file, name);
    return name == "kthreadd" ? usual_kernel_thread : 0;
}

void choose_cpus(abilities& to) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    for (int c = 0; c < CPU_SETSIZE; ++c) {
        if (CPU_ISSET(static_cast<std::size_t>(c), &allowed)) {
            to.other_cpu = to.cpu;
            to.cpu = c;
        }
    }
    if (CPU_COUNT(&allowed) < 2) {
        to.other_cpu = -1;
    }
}

std::string why_not() {
    std::uint32_t word = 0;
    const futex_call unlock{.op = unlock_pi_code, .word = &word, .is_private = true};
    if (const long result = futex(unlock); result != -EPERM) {
        return fmt::format("futex(2) has no PI operations here (FUTEX_UNLOCK_PI says {})",
                           strerrorname_np(static_cast<int>(-result)));
    }
    std::ifstream wchan(fmt::format("/proc/self/task/{}/wchan", gettid()));
    std::string text;
    if (!std::getline(wchan, text)) {
        return "/proc does not tell where threads sleep (wchan cannot be read)";
    }
    return {};
}

}  // namespace

kernel::release parse_release(const std::string& text) {
    kernel::release r;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, r.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.' ||
        std::from_chars(major.ptr + 1, end, r.minor).ec != std::errc()) {
        return {};
    }
    return r;
}

abilities look_at_host() {
    abilities a;
    utsname name{};
    uname(&name);
    std::string release = name.release;
    a.release = parse_release(release);
    release.resize(std::min(release.size(), release.find_first_not_of("0123456789.")));
    a.kernel = fmt::format("{} {}", name.sysname, release);
    choose_cpus(a);
    a.unable = why_not();
    a.realtime = a.unable.empty() && may_be_realtime();
    a.kernel_thread = find_kernel_thread();
    return a;
}

}  // namespace tenthrule::conform
