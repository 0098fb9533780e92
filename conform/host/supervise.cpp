#include "conform/host/supervise.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform/host/clock.hpp"

namespace tenthrule::conform {

namespace {

constexpr host_time look_every = 20 * milliseconds;
constexpr int threw = 125;  ///< status of a child whose body did not come back

/// A page that a child shares with its parent.
class shared_counter {
public:
    shared_counter() {
        void* const at = mmap(nullptr, sizeof(progress_counter), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "mmap");
        }
        counter_ = new (at) progress_counter;
    }
    ~shared_counter() {
        munmap(counter_, sizeof(progress_counter));
    }
    shared_counter(const shared_counter&) = delete;
    shared_counter& operator=(const shared_counter&) = delete;

    progress_counter& get() const {
        return *counter_;
    }

private:
    progress_counter* counter_;
};

[[noreturn]] void be_the_child(pid_t parent, const std::function<int(progress_counter&)>& body,
                               progress_counter& counter) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() != parent) {
        _exit(threw);  // it was gone before that took effect
    }
    int status = threw;
    try {
        status = body(counter);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "tenthrule: %s\n", e.what());  // NOLINT(cert-err33-c): nobody is left to tell
    } catch (...) {
        status = threw;
    }
    std::fflush(nullptr);  // NOLINT(cert-err33-c): likewise
    _exit(status);
}

}  // namespace

supervised supervise(const std::function<int(progress_counter&)>& body, double patience,
                     const std::atomic<bool>* interrupted) {
    const shared_counter counter;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (child == 0) {
        be_the_child(parent, body, counter.get());
    }
    supervised result;
    const auto patient_for = static_cast<host_time>(patience * static_cast<double>(host_second));
    host_time since = monotonic_now();
    int status = 0;
    for (;;) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) {
            break;
        }
        if (interrupted != nullptr && interrupted->load()) {
            interrupted = nullptr;
            kill(child, SIGINT);
        }
        const std::uint64_t now = counter.get().value.load();
        if (now != result.progress) {
            result.progress = now;
            since = monotonic_now();
        } else if (!result.stuck && monotonic_now() - since > patient_for) {
            result.stuck = true;
            kill(child, SIGKILL);
        }
        sleep_until(monotonic_now() + look_every);
    }
    result.progress = counter.get().value.load();
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : threw;
    return result;
}

}  // namespace tenthrule::conform
