// Each rule of use fires when it is broken, says what is wrong, and stays silent when it is not.

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "tests/library/outcomes.hpp"

namespace tr = tenthrule;
using tenthrule::test::failure_of;

namespace {

std::string message_of(const std::function<void()>& test) {
    const tr::exploration r = tr::explore(test, {.executions_max = 200});
    return r.end == tr::exploration_end::failed ? r.failure.rule + ": " + r.failure.message : r.error;
}

}  // namespace

TEST_CASE("misuse: locks") {
    CHECK(message_of([] {
              tr::mutex m("m");
              m.unlock();
          }) == "double-unlock: test unlocks mutex 'm', which nobody holds");
    CHECK(message_of([] {
              tr::mutex m("m");
              m.lock();
              tr::thread t([&] { m.unlock(); });
              t.join();
              m.unlock();
          }) == "double-unlock: t1 unlocks mutex 'm', which test holds");
    CHECK(message_of([] {
              tr::mutex m("m");
              m.lock();
              m.lock();
          }) == "misuse: test locks mutex 'm', which it holds already");
    CHECK(message_of([] {
              tr::mutex m("m");
              m.lock();
          }) == "misuse: test destroys mutex 'm', which it holds");
    CHECK(message_of([] {
              tr::mutex m("m");
              tr::thread t([&] { m.lock(); });
              t.join();
          }) == "lock-leak: t1 ends while it holds m");
    CHECK(message_of([] {
              tr::recursive_mutex m("m");
              m.lock();
              m.lock();
              m.unlock();
              m.unlock();
              m.unlock();
          }) == "double-unlock: test unlocks recursive_mutex 'm', which nobody holds");
    CHECK(message_of([] {
              tr::shared_mutex m("m");
              m.lock_shared();
              m.unlock();
          }).starts_with("double-unlock: test unlocks shared_mutex 'm'"));
    CHECK(message_of([] {
              tr::recursive_mutex m;
              tr::shared_mutex s;
              for (int i = 0; i < 2; ++i) {
                  const std::scoped_lock all(m, s);
                  const std::lock_guard again(m);
              }
          }) == "");
}

TEST_CASE("misuse: threads") {
    CHECK(message_of([] { tr::thread t([] {}); }) ==
          "misuse: the thread object of t1 is destroyed while it is joinable: neither joined nor detached");
    CHECK(message_of([] {
              tr::thread t([] {});
              t.join();
              t.join();
          }) == "misuse: test joins a thread that is not joinable");
    CHECK(message_of([] {
              tr::thread t([] {});
              t.detach();
          }) == "");
    CHECK(message_of([] { tr::jthread t([] {}); }) == "");
    CHECK(message_of([] {
              tr::thread t(tr::thread::named("worker"), [] { throw std::runtime_error("no"); });
              t.join();
          }) == "assertion: an exception left worker: no");
    CHECK(message_of([] {
              const std::function<void()> fails = [] { throw std::runtime_error("no"); };
              tr::thread t([&]() noexcept { fails(); });
              t.join();
          }) == "assertion: an exception left a noexcept function: no in t1");
}

TEST_CASE("misuse: condition variables, semaphores, latches") {
    CHECK(message_of([] {
              tr::mutex m("m");
              tr::condition_variable cv("cv");
              std::unique_lock lock(m, std::defer_lock);
              cv.wait(lock);
          }) == "misuse: test waits for condition_variable 'cv' with a lock that it does not hold");
    CHECK(message_of([] {
              tr::mutex a;
              tr::mutex b;
              tr::condition_variable cv("cv");
              const auto wait = [&](tr::mutex& m) {
                  std::unique_lock lock(m);
                  cv.wait(lock);
              };
              tr::thread t(wait, std::ref(a));
              tr::thread u(wait, std::ref(b));
              t.join();
              u.join();
          }).find("with a lock that is not that of the others who wait") != std::string::npos);
    CHECK(message_of([] {
              tr::binary_semaphore s(1, "s");
              s.release();
          }) == "misuse: test releases counting_semaphore 's' by 1: it has 1, and at most 1");
    CHECK(message_of([] {
              tr::latch l(1, "l");
              l.count_down();
              l.count_down();
          }) == "misuse: test counts latch 'l' down by 1: it is at 0");
}

TEST_CASE("misuse: what is no more, and what is not of this execution") {
    CHECK(message_of([] {
              std::optional<tr::mutex> m;
              m.emplace("m");
              tr::mutex& dangling = *m;
              m.reset();
              dangling.lock();
          }).starts_with("use-after-scope: test uses"));
    tr::atomic<int>* kept = nullptr;
    CHECK(message_of([&] {
              if (kept == nullptr) {
                  kept = new tr::atomic<int>(0);
              }
              kept->store(1);
              delete kept;
          }) != "");
    CHECK_THROWS_AS(tr::this_thread::yield(), std::logic_error);
}

TEST_CASE("misuse: a test that does not depend on its schedule alone is found out") {
    int executions = 0;
    const tr::exploration r = tr::explore([&] { tr::check(++executions != 3, "the third one"); });
    CHECK(r.end == tr::exploration_end::not_a_test);
    CHECK(r.error.find("does not depend on its schedule alone") != std::string::npos);
}

TEST_CASE("misuse: races on what has no name are found, and the trace has a name for it") {
    const auto race_on = [](auto make) {
        return [make] {
            auto object = make();
            tr::thread t([&] { object->store(1); });
            object->store(2);
            t.join();
        };
    };
    struct plain {
        tr::var<int> value{0};
        void store(int to) {
            value.set(to);
        }
    };
    const tr::exploration of_a_var = tr::explore(race_on([] { return std::make_unique<plain>(); }));
    CHECK(of_a_var.failure.rule == "data-race");
    CHECK(of_a_var.failure.message.find("'var 1'") != std::string::npos);
    CHECK(of_a_var.failure.identity.find("var 1") == std::string::npos);

    tr::explore_options weak;
    weak.memory = tr::memory_model::weak;
    const tr::exploration of_an_atomic = tr::explore(
        [] {
            tr::atomic<tr::atomic<int>*> shared(nullptr);
            tr::thread t([&] {
                tr::atomic<int> made(0);
                shared.store(&made, tr::memory_order_relaxed);
                while (shared.load() != nullptr) {
                    tr::this_thread::yield();
                }
            });
            tr::atomic<int>* found = nullptr;
            while ((found = shared.load()) == nullptr) {
                tr::this_thread::yield();
            }
            (void)found->load();
            shared.store(nullptr);
            t.join();
        },
        weak);
    CHECK(of_an_atomic.failure.rule == "data-race");
    CHECK(of_an_atomic.failure.message.find("'atomic 1 of t1'") != std::string::npos);
}

TEST_CASE("misuse: a loop that gets nowhere is named") {
    const tr::exploration r = tr::explore([] {
        tr::atomic<bool> never(false, "never");
        while (!never.load()) {}
    });
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.rule == "livelock");
    CHECK(r.failure.message.find("test retries never") != std::string::npos);
}

TEST_CASE("misuse: bad options and tokens are answered in words") {
    const auto nothing = [] {};
    const tr::exploration name = tr::explore(nothing, {.strategy = "dopr"});
    CHECK(name.end == tr::exploration_end::bad_input);
    CHECK(name.error.find("did you mean 'dpor'?") != std::string::npos);
    CHECK(tr::explore(nothing, {.executions_max = 0}).end == tr::exploration_end::bad_input);
    CHECK(tr::explore(nothing, {.replay = "tr1_nonsense"}).end == tr::exploration_end::bad_input);
    const tr::exploration found = tr::explore([] { tr::check(false); }, {.name = "one"});
    REQUIRE(found.end == tr::exploration_end::failed);
    CHECK(tr::explore(nothing, {.name = "two", .replay = found.failure.token}).end ==
          tr::exploration_end::bad_input);
    const tr::exploration changed = tr::explore(nothing, {.name = "one", .replay = found.failure.token});
    CHECK(changed.end == tr::exploration_end::diverged);
}

TEST_CASE("misuse: destructors run when an execution ends early") {
    int alive = 0;
    int alive_most = 0;
    struct counted {
        explicit counted(int& n) : n_(n) {
            ++n_;
        }
        counted(const counted&) = delete;
        counted& operator=(const counted&) = delete;
        ~counted() {
            --n_;
        }
        int& n_;
    };
    const tr::exploration r = tr::explore(
        [&] {
            tr::atomic<int> x(0);
            const auto work = [&] {
                const counted here(alive);
                alive_most = std::max(alive_most, alive);
                x.fetch_add(1);
                tr::check(x.load() != 2, "two");
            };
            tr::thread a(work);
            tr::thread b(work);
            a.join();
            b.join();
        },
        {.track_allocations = false});
    CHECK(r.end == tr::exploration_end::failed);
    CHECK(alive_most == 2);
    CHECK(alive == 0);
}
