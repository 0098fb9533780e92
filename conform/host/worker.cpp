#include "conform/host/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "conform/host/user_memory.hpp"
#include "conform/sequence.hpp"

namespace tenthrule::conform {

namespace {

thread_local worker* this_worker = nullptr;

int abandon_signal() {
    return SIGRTMIN;
}
int signal_number(bool restart) {
    return restart ? SIGUSR2 : SIGUSR1;
}

void require(int error, const char* what) {
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), what);
    }
}

int policy_of(const scheduling& how) {
    return !how.realtime ? SCHED_OTHER : how.round_robin ? SCHED_RR : SCHED_FIFO;
}

sched_param parameter_of(const scheduling& how) {
    sched_param p{};
    p.sched_priority = how.realtime ? how.priority : 0;
    return p;
}

int open_proc(pid_t tid, const char* file) {
    const std::string path = fmt::format("/proc/self/task/{}/{}", tid, file);
    return open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

/// What one read of a file in /proc gives.
class proc_text {
public:
    explicit proc_text(int fd) {
        const ssize_t n = pread(fd, buffer_.data(), buffer_.size(), 0);
        size_ = n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    std::string_view view() const {
        return {buffer_.data(), size_};
    }

private:
    std::array<char, 512> buffer_;
    std::size_t size_ = 0;
};

// The n-th field from 0, separated by blanks.
std::string_view field_of(std::string_view text, unsigned n) {
    for (; n > 0; --n) {
        const std::size_t blank = text.find(' ');
        if (blank == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(blank + 1);
    }
    return text.substr(0, text.find_first_of(" \n"));
}

long number_in(std::string_view text) {
    long n = 0;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n;
}

}  // namespace

void worker::install_handlers() {
    const auto install = [](int signal, int flags, void (*handler)(int)) {
        struct sigaction action = {};
        action.sa_handler = handler;
        action.sa_flags = flags;
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    };
    install(signal_number(false), 0, &count_signal);
    install(signal_number(true), SA_RESTART, &count_signal);
    install(abandon_signal(), SA_NODEFER, &abandon_call);
}

void worker::count_signal(int /*signal*/) {
    if (this_worker != nullptr) {
        this_worker->signals_.fetch_add(1, std::memory_order_release);
    }
}

// The kernel has undone the call before it delivers the signal; a lock that it has taken belongs to words
// that nobody looks at any more.
void worker::abandon_call(int /*signal*/) {
    worker* const me = this_worker;
    if (me != nullptr && me->in_call_.load(std::memory_order_relaxed)) {
        me->in_call_.store(false, std::memory_order_relaxed);
        siglongjmp(me->before_call_, 1);
    }
}

worker::worker(unsigned number, int cpu, const scheduling& how) : number_(number) {
    wake_up_ = eventfd(0, EFD_CLOEXEC);
    if (wake_up_ < 0) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    pthread_attr_t attributes;
    require(pthread_attr_init(&attributes), "pthread_attr_init");
    pthread_attr_setstacksize(&attributes, std::size_t{256} * 1024);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, policy_of(how));
    const sched_param parameter = parameter_of(how);
    pthread_attr_setschedparam(&attributes, &parameter);
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<std::size_t>(cpu), &here);
    pthread_attr_setaffinity_np(&attributes, sizeof(here), &here);
    const int error = pthread_create(&thread_, &attributes, &worker::enter, this);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        close(wake_up_);
        require(error, "pthread_create");
    }
    while (tid() == 0) {
        sched_yield();
    }
    wchan_ = open_proc(tid(), "wchan");
    schedstat_ = open_proc(tid(), "schedstat");
    stat_ = open_proc(tid(), "stat");
}

worker::~worker() {
    if (!has_ended()) {
        if (!idle()) {
            abandon();
        }
        quits_ = true;
        const std::uint64_t one = 1;
        (void)!write(wake_up_, &one, sizeof(one));
    }
    pthread_join(thread_, nullptr);
    for (const int fd : {wake_up_, wchan_, schedstat_, stat_}) {
        if (fd >= 0) {
            close(fd);
        }
    }
}

// ---- The thread itself

void* worker::enter(void* self) {
    static_cast<worker*>(self)->live();
    return nullptr;
}

void worker::live() {
    this_worker = this;
    // What is meant for the process must not interrupt a call.
    sigset_t not_ours;
    sigfillset(&not_ours);
    for (const int ours : {signal_number(false), signal_number(true), abandon_signal(), SIGSEGV, SIGBUS}) {
        sigdelset(&not_ours, ours);
    }
    pthread_sigmask(SIG_SETMASK, &not_ours, nullptr);
    reset_robust_list();
    head_.futex_offset = user_memory::futex_offset(number_);
    conform::set_robust_list(&head_);
    tid_.store(gettid(), std::memory_order_release);
    for (;;) {
        std::uint64_t count = 0;
        if (read(wake_up_, &count, sizeof(count)) != sizeof(count)) {
            continue;  // a signal
        }
        if (quits_) {
            return;
        }
        if (sigsetjmp(before_call_, 0) == 0) {
            for (unsigned i = 0; i < orders_count_; ++i) {
                if (!perform(orders_[i], results_[i])) {
                    return;
                }
            }
        }
        done_.fetch_add(1, std::memory_order_release);
    }
}

bool worker::perform(const order& o, long& result) {
    in_call_.store(true, std::memory_order_relaxed);
    switch (o.is) {
        case order::kind::futex:
            result = futex(o.call);
            break;
        case order::kind::waitv:
            result = futex_waitv(o.vector.data(), o.vector_size,
                                 o.call.has_timeout ? &o.call.timeout : nullptr, o.clock);
            break;
        case order::kind::compare_and_swap: {
            std::uint32_t expected = o.from;
            const bool done = std::atomic_ref(*o.call.word).compare_exchange_strong(expected, o.to);
            result = done ? 0 : outcome::held;
            break;
        }
        case order::kind::get_robust_list: {
            robust_list_head* head = nullptr;
            std::size_t size = 0;
            result = conform::get_robust_list(o.of, o.into_null ? nullptr : &head, &size);
            break;
        }
        case order::kind::exit:
            in_call_.store(false, std::memory_order_relaxed);
            return false;
    }
    in_call_.store(false, std::memory_order_relaxed);
    return true;
}

// ---- For the director

void worker::start(const order& first, const order* second) {
    orders_[0] = first;
    orders_count_ = 1;
    ordered_to_end_ = first.is == order::kind::exit;
    if (second != nullptr) {
        orders_[1] = *second;
        orders_count_ = 2;
        ordered_to_end_ = ordered_to_end_ || second->is == order::kind::exit;
    }
    ++given_;
    const std::uint64_t one = 1;
    (void)!write(wake_up_, &one, sizeof(one));
}

bool worker::has_ended() const {
    return ordered_to_end_ && tgkill(getpid(), tid(), 0) == -ESRCH;
}

void worker::send_signal(bool restart) const {
    tgkill(getpid(), tid(), signal_number(restart));
}

void worker::abandon() const {
    tgkill(getpid(), tid(), abandon_signal());
}

void worker::set_scheduling(const scheduling& how) const {
    const sched_param parameter = parameter_of(how);
    sched_setscheduler(tid(), policy_of(how), &parameter);
}

void worker::reset_robust_list() {
    head_.list.next = &head_.list;
    head_.list_op_pending = nullptr;
}

bool worker::sleeps_in_futex() const {
    const proc_text text(wchan_);
    const std::string_view where = text.view();
    return where.find("futex") != std::string_view::npos || where.find("rt_mutex") != std::string_view::npos;
}

std::uint64_t worker::times_run() const {
    const proc_text text(schedstat_);
    return static_cast<std::uint64_t>(number_in(field_of(text.view(), 2)));
}

int worker::effective_priority() const {
    const proc_text text(stat_);
    std::string_view rest = text.view();
    const std::size_t name_end = rest.rfind(')');
    if (name_end == std::string_view::npos) {
        return outcome::gone;
    }
    rest.remove_prefix(std::min(rest.size(), name_end + 2));
    // proc(5): the 18th field, and the 3rd is the first behind the name. -2 is realtime priority 1.
    const long priority = number_in(field_of(rest, 15));
    return priority < 0 ? static_cast<int>(-1 - priority) : 0;
}

}  // namespace tenthrule::conform
