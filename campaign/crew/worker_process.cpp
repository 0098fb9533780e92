#include "campaign/crew/worker_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/invitation.hpp"
#include "worker/worker.hpp"

namespace tenthrule::crew {

namespace {

constexpr int above_the_fixed_ones = 10;

// Between fork and exec: nothing that allocates.
[[noreturn]] void become(char* const* command, char* const* environment, int socket, int page, int core,
                         pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(127);
    }
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, nullptr);
    sigaction(SIGTERM, &ignore, nullptr);
    if (core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<std::size_t>(core), &set);
        sched_setaffinity(0, sizeof set, &set);  // if it cannot be had, it is only slower
    }
    const int socket_copy = fcntl(socket, F_DUPFD_CLOEXEC, above_the_fixed_ones);
    const int page_copy = fcntl(page, F_DUPFD_CLOEXEC, above_the_fixed_ones);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    dup2(socket_copy, worker_socket);
    dup2(page_copy, worker_page);
    execve(command[0], command, environment);
    _exit(127);
}

// For exec: ends in a null pointer, and refers to `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// That of this process, but with this invitation to campaigns and no other.
std::vector<std::string> environment_with(const std::string& invitation) {
    const std::string name = std::string(invitation_variable) + "=";
    std::vector<std::string> variables;
    for (char** v = environ; *v != nullptr; ++v) {
        if (!std::string_view(*v).starts_with(name)) {
            variables.emplace_back(*v);
        }
    }
    if (!invitation.empty()) {
        variables.push_back(name + invitation);
    }
    return variables;
}

std::string signal_words(int number) {
    const char* const name = sigabbrev_np(number);
    return name == nullptr ? fmt::format("signal {}", number)
                           : fmt::format("signal {} (SIG{})", number, name);
}

}  // namespace

worker_process::worker_process(const worker_command& command, int core) {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::system_error(errno, std::generic_category(), "a socket for a worker");
    }
    channel_ = std::make_unique<channel>(ends[0]);
    std::vector<std::string> words = command.words;
    std::vector<std::string> variables = environment_with(command.invitation);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> environment = pointers_to(variables);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
        become(arguments.data(), environment.data(), ends[1], page_.fd(), core, parent);
    }
    const int error = errno;
    close(ends[1]);
    if (pid_ < 0) {
        throw std::system_error(error, std::generic_category(), "a worker cannot be started");
    }
}

worker_process::~worker_process() {
    if (!ended_) {
        kill();
        wait();
    }
}

void worker_process::kill() const {
    if (!ended_) {
        ::kill(pid_, SIGKILL);
    }
}

bool worker_process::has_ended() const {
    siginfo_t about{};  // if it has not, its pid stays 0
    return ended_ || (waitid(P_PID, static_cast<id_t>(pid_), &about, WNOHANG | WNOWAIT | WEXITED) == 0 &&
                      about.si_pid != 0);
}

std::string worker_process::wait() {
    const auto until = std::chrono::steady_clock::now() + patience;
    bool goes_on = false;
    while (!goes_on && !has_ended()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        goes_on = std::chrono::steady_clock::now() >= until;
    }
    if (goes_on) {
        kill();
    }
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    ended_ = true;
    signalled_ = WIFSIGNALED(status);
    if (signalled_) {
        if (goes_on && WTERMSIG(status) == SIGKILL) {
            return "closed its connection";
        }
        killed_ = WTERMSIG(status) == SIGKILL;
        return signal_words(WTERMSIG(status));
    }
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

std::uint64_t worker_process::resident_bytes() const {
    std::ifstream file(fmt::format("/proc/{}/statm", pid_));
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return file ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

// Time on a core, time of waiting for one, and how often it had one: Documentation/scheduler/sched-stats.rst
// of Linux.
std::chrono::nanoseconds worker_process::waited_for_a_core() const {
    std::ifstream file(fmt::format("/proc/{}/schedstat", pid_));
    std::uint64_t ran = 0;
    std::int64_t waited = 0;
    file >> ran >> waited;
    return std::chrono::nanoseconds(file ? waited : 0);
}

bool worker_process::is_stopped() const {
    std::ifstream file(fmt::format("/proc/{}/stat", pid_));
    std::string all;
    std::getline(file, all);
    // The name comes before it, in parentheses, and may contain anything.
    const std::size_t name_end = all.rfind(')');
    return name_end != std::string::npos && name_end + 2 < all.size() &&
           (all[name_end + 2] == 'T' || all[name_end + 2] == 't');
}

std::vector<int> available_cores() {
    std::vector<int> cores;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int c = 0; c < CPU_SETSIZE; ++c) {
            if (CPU_ISSET(static_cast<std::size_t>(c), &set)) {
                cores.push_back(c);
            }
        }
    }
    return cores;
}

}  // namespace tenthrule::crew
