// After the first executions, a further one asks neither the heap nor the system for anything.

#include <cstdlib>

#include <doctest/doctest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "runtime/sanitizer.hpp"
#include "runtime/spinlock.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/support/count_allocations.hpp"

using namespace tenthrule;
using test::allocations;

namespace {

constexpr lock_class kind{1, "lock"};

// Has a bit of everything, and allocates nothing itself.
class rich_program final : public program {
public:
    void boot(execution& e) override {
        e.set_cpus(2);
        word_ = e.arena().make<shared<int>>("word");
        data_ = e.arena().make<guarded<int>>("data");
        lock_ = e.arena().make<raw_spinlock>(kind, "lock");
        timeout_ = e.arena().make<timer>();
        timeout_->callback = [](void* self) { static_cast<rich_program*>(self)->expire(); };
        timeout_->argument = this;
        sleeper_ = e.add_task({.name = "sleeper", .sched = policy::fifo, .priority = 10}, &sleep, this);
        e.add_task({.name = "worker", .sched = policy::rr, .priority = 5}, &work, this);
        e.add_task({.name = "worker", .sched = policy::rr, .priority = 5}, &work, this);
        e.add_task({.name = "late", .start = start_mode::arrives}, &work, this);
    }

private:
    static void sleep(void* self) {
        auto& p = *static_cast<rich_program*>(self);
        execution& e = execution::current();
        e.arm(*p.timeout_, 1000);
        e.sleep({.object = "the timeout"});
        e.cancel(*p.timeout_);
    }
    static void work(void* self) {
        auto& p = *static_cast<rich_program*>(self);
        execution& e = execution::current();
        for (unsigned i = 0; i < 3; ++i) {
            p.lock_->lock_irq();
            p.data_->set(p.data_->get() + 1);
            p.lock_->unlock_irq();
            p.word_->store(static_cast<int>(e.choose(4, "value")));
            int seen = p.word_->load();
            if (!p.word_->compare_exchange(seen, 7)) e.retry("worker");
        }
        e.wake(p.sleeper_);
    }
    void expire() {
        lock_->lock();
        lock_->unlock();
        execution::current().wake(sleeper_);
    }

    shared<int>* word_ = nullptr;
    guarded<int>* data_ = nullptr;
    raw_spinlock* lock_ = nullptr;
    timer* timeout_ = nullptr;
    actor sleeper_ = no_actor;
};

// Runs the same `n` executions as every other call.
bool run_many(execution& e, strategy& s, std::uint64_t n) {
    rich_program p;
    const run_options options;
    bool all_completed = true;
    for (std::uint64_t i = 0; i < n; ++i) {
        all_completed = e.run(p, s, options, execution_seed(3, i)).end == verdict::completed && all_completed;
    }
    return all_completed;
}

enum class child_end { done, killed, no_seccomp };

// What becomes of `f` in a process that may only write and exit.
template <typename F>
child_end in_strict_child(F&& f) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
            _exit(77);
        }
        f();
        syscall(SYS_exit, 0);  // exit_group, which _exit takes, is forbidden
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        return child_end::killed;
    }
    return WEXITSTATUS(status) == 77 ? child_end::no_seccomp : child_end::done;
}

}  // namespace

TEST_CASE("steady state: an execution allocates nothing from the heap") {
    for (const char* name : {"random", "random:stay=7/8", "pct:depth=3", "pos", "surw", "roundrobin"}) {
        CAPTURE(name);
        execution e;
        const auto s = make_strategy(name).made;
        REQUIRE(run_many(e, *s, 500));
        const std::uint64_t before = allocations;
        // pct draws other change points now that it has seen more executions; the decisions do not grow by
        // much.
        const bool completed = run_many(e, *s, 500);
        const std::uint64_t made = allocations - before;
        CHECK(completed);
        CHECK(made == 0);
    }
}

TEST_CASE("steady state: the counter of allocations counts") {
    const std::uint64_t before = allocations;
    ::operator delete(::operator new(1));
    const std::uint64_t made = allocations - before;
    CHECK(made == 1);
}

TEST_CASE("steady state: an execution makes no system call") {
    if (sanitizer::address) {
        MESSAGE("not checked: the sanitizer makes system calls of its own");
        return;
    }
    execution e;
    const auto s = make_strategy("random").made;
    REQUIRE(run_many(e, *s, 1000));
    const child_end end = in_strict_child([&] { run_many(e, *s, 1000); });
    if (end == child_end::no_seccomp) {
        MESSAGE("not checked: this system has no seccomp");
        return;
    }
    CHECK(end == child_end::done);
    CHECK(in_strict_child([] { (void)getppid(); }) == child_end::killed);
}
