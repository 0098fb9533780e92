// What the search without repetitions makes of threads that wait for each other in every way that the library
// has: all that can happen.

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "library/tenthrule.hpp"
#include "scheduler/bounded.hpp"
#include "scheduler/dpor.hpp"
#include "scheduler/exhaustive.hpp"
#include "tests/library/searched.hpp"
#include "tests/support/effort.hpp"

namespace tr = tenthrule;
using namespace std::chrono_literals;

namespace {

using tr::test::runner;
using tr::test::tally;

enum class act : unsigned {
    add,
    load,
    lock,
    lock_two,
    try_lock,
    lock_for,
    lock_again,
    shared,
    exclusive,
    try_shared,
    shared_for,
    exclusive_for,
    acquire,
    try_acquire,
    acquire_for,
    release,
    wait,
    wait_for,
    wait_any,
    wait_any_for,
    notify_one,
    notify_all,
    wait_word,
    notify_word,
    futex_wait,
    futex_wait_for,
    futex_wake,
    count_down,
    latch_wait,
    arrive,
    drop,
    call_once,
    request_stop,
    callback,
    stoppable_wait,
    sleep,
    assume,
    check,
    choose
};

struct family {
    const char* name;
    std::vector<act> acts;
};

const std::vector<family>& families() {
    using enum act;
    static const std::vector<family> all = {
        {"locks", {lock, lock_two, try_lock, lock_again, add, load, assume, check}},
        {"locks and time", {lock, lock_two, lock_for, lock_again, load, sleep, assume}},
        {"readers and writers",
         {shared, exclusive, try_shared, shared_for, exclusive_for, add, load, assume}},
        {"semaphores", {acquire, try_acquire, acquire_for, release, release, add, load, assume}},
        {"conditions", {wait, wait_for, notify_one, notify_all, lock, lock_two, add, load}},
        {"conditions with any lock", {wait_any, wait_any_for, notify_one, notify_all, lock, add, load}},
        {"words", {wait_word, notify_word, add, load, check}},
        {"futexes", {futex_wait, futex_wait_for, futex_wake, add, load}},
        {"latches and barriers", {count_down, latch_wait, arrive, drop, add, load, assume}},
        {"once", {call_once, lock, add, load, check}},
        {"stopping", {request_stop, callback, callback, stoppable_wait, notify_all, add, load}},
        {"all", {lock,       lock_two,    try_lock,    lock_for,     shared,     exclusive,
                 acquire,    acquire_for, release,     wait,         wait_for,   notify_one,
                 notify_all, wait_word,   notify_word, futex_wait,   futex_wake, count_down,
                 latch_wait, arrive,      call_once,   request_stop, callback,   exclusive_for,
                 shared_for, add,         load,        assume,       check,      choose}},
    };
    return all;
}

// Two or three threads with a few of a family's acts each, besides the first one, which joins them.
class generated_waits {
public:
    generated_waits(std::uint64_t seed, const family& f) {
        tr::random_source random(seed);
        const unsigned threads = 2 + random.below(2);
        bodies_.resize(threads);
        const unsigned acts = 2 + random.below(threads == 2 ? 6 : 4);
        for (unsigned i = 0; i < acts; ++i) {
            const act drawn = f.acts[random.below(static_cast<std::uint32_t>(f.acts.size()))];
            const unsigned on = random.below(2);
            bodies_[random.below(threads)].push_back({drawn, on});
        }
    }

    std::string describe() const {
        std::string text;
        for (const std::vector<operation>& body : bodies_) {
            text += "\nthread:";
            for (const operation& o : body) {
                text += fmt::format(" {}({})", static_cast<unsigned>(o.does), o.on);
            }
        }
        return text;
    }

    // What all have seen, and what is left.
    std::string outcome() const {
        std::string text;
        for (const std::vector<int>& seen : seen_) {
            text += fmt::format("{} | ", fmt::join(seen, " "));
        }
        return text + fmt::format("{} {}", fmt::join(last_, " "), fmt::join(order_, " "));
    }

    void operator()() {
        seen_.assign(bodies_.size(), {});
        last_ = {};
        order_ = {};
        shared s(static_cast<std::ptrdiff_t>(bodies_.size()));
        std::vector<tr::thread> threads;
        for (std::size_t i = 0; i < bodies_.size(); ++i) {
            threads.emplace_back([this, &s, i] { run(s, i); });
        }
        for (tr::thread& t : threads)
            t.join();
    }

private:
    struct operation {
        act does;
        unsigned on;
    };
    struct shared {
        explicit shared(std::ptrdiff_t threads) : meeting(threads) {}

        std::array<tr::atomic<int>, 2> words = {tr::atomic<int>(0), tr::atomic<int>(0)};
        tr::mutex lock;
        tr::timed_mutex timed;
        tr::recursive_mutex again;
        tr::shared_timed_mutex many;
        tr::counting_semaphore<4> semaphore{1};
        tr::condition_variable condition;
        tr::condition_variable_any any;
        bool ready = false;
        tr::latch last{2};
        tr::barrier<> meeting;
        tr::once_flag once;
        tr::stop_source stop;
    };

    void run(shared& s, std::size_t self) {
        const auto see = [&seen = seen_[self]](int value) {
            const tr::engine_scope mine;
            seen.push_back(value);
        };
        // Who has that lock: to be called with it only.
        const auto come = [this, self](unsigned lock) {
            order_[lock] = order_[lock] * 4 + static_cast<int>(self) + 1;
        };
        const auto add = [&](unsigned on) {
            last_[on] = s.words[on].fetch_add(static_cast<int>(self) + 1) + static_cast<int>(self) + 1;
            see(last_[on]);
        };
        for (const operation& o : bodies_[self]) {
            tr::atomic<int>& word = s.words[o.on];
            switch (o.does) {
                case act::add:
                    add(o.on);
                    break;
                case act::load:
                    see(word.load());
                    break;
                case act::lock: {
                    const std::lock_guard held(s.lock);
                    s.ready = true;
                    come(0);
                    if (o.on != 0) see(word.load());
                    break;
                }
                case act::lock_two: {
                    std::unique_lock one(s.lock, std::defer_lock);
                    std::unique_lock other(s.timed, std::defer_lock);
                    if (o.on == 0) one.lock();
                    other.lock();
                    if (o.on != 0) one.lock();
                    come(0);
                    if (o.on != 0) other.unlock();
                    break;
                }
                case act::try_lock: {
                    const std::unique_lock held(s.lock, std::try_to_lock);
                    if (held) come(0);
                    see(held ? 1 : 0);
                    break;
                }
                case act::lock_for:
                    if (s.timed.try_lock_for(1ms * (o.on + 1))) {
                        see(word.load());
                        s.timed.unlock();
                    } else {
                        see(-1);
                    }
                    break;
                case act::lock_again: {
                    const std::lock_guard held(s.again);
                    if (o.on != 0) see(s.words[0].load());
                    const std::lock_guard more(s.again);
                    come(1);
                    break;
                }
                case act::shared: {
                    const std::shared_lock held(s.many);
                    see(word.load());
                    break;
                }
                case act::exclusive: {
                    const std::lock_guard held(s.many);
                    come(2);
                    if (o.on != 0) add(0);
                    break;
                }
                case act::try_shared: {
                    const std::shared_lock held(s.many, std::try_to_lock);
                    see(held ? word.load() : -1);
                    break;
                }
                case act::shared_for: {
                    const std::shared_lock held(s.many, 1ms);
                    see(held ? word.load() : -1);
                    break;
                }
                case act::exclusive_for: {
                    const std::unique_lock held(s.many, 1ms * (o.on + 1));
                    if (held) come(2);
                    see(held ? word.load() : -1);
                    break;
                }
                case act::acquire:
                    s.semaphore.acquire();
                    see(word.load());
                    break;
                case act::try_acquire:
                    see(s.semaphore.try_acquire() ? 1 : 0);
                    break;
                case act::acquire_for:
                    see(s.semaphore.try_acquire_for(1ms * (o.on + 1)) ? 1 : 0);
                    break;
                case act::release:
                    s.semaphore.release(static_cast<std::ptrdiff_t>(o.on) + 1);
                    break;
                case act::wait: {
                    std::unique_lock held(s.lock);
                    if (o.on == 0) {
                        s.condition.wait(held);
                    } else {
                        s.condition.wait(held, [&] { return s.ready; });
                    }
                    come(0);
                    break;
                }
                case act::wait_for: {
                    std::unique_lock held(s.lock);
                    if (o.on == 0) {
                        see(s.condition.wait_for(held, 1ms) == std::cv_status::timeout ? 0 : 1);
                    } else {
                        see(s.condition.wait_for(held, 2ms, [&] { return s.ready; }) ? 1 : 0);
                    }
                    come(0);
                    break;
                }
                case act::wait_any: {
                    std::unique_lock held(s.lock);
                    s.any.wait(held);
                    come(0);
                    break;
                }
                case act::wait_any_for: {
                    std::unique_lock held(s.lock);
                    see(s.any.wait_for(held, 1ms) == std::cv_status::timeout ? 0 : 1);
                    come(0);
                    break;
                }
                case act::notify_one:
                    if (o.on != 0) {
                        const std::lock_guard held(s.lock);
                        s.ready = true;
                    }
                    s.condition.notify_one();
                    s.any.notify_one();
                    break;
                case act::notify_all:
                    s.condition.notify_all();
                    s.any.notify_all();
                    break;
                case act::wait_word:
                    word.wait(0);
                    see(word.load());
                    break;
                case act::notify_word:
                    add(o.on);
                    if (o.on == 0) {
                        word.notify_one();
                    } else {
                        word.notify_all();
                    }
                    break;
                case act::futex_wait:
                    see(static_cast<int>(tr::futex_wait(word, 0)));
                    break;
                case act::futex_wait_for:
                    see(static_cast<int>(tr::futex_wait_for(word, 0, 1ms)));
                    break;
                case act::futex_wake:
                    see(static_cast<int>(tr::futex_wake(word)));
                    break;
                case act::count_down:
                    s.last.count_down();
                    break;
                case act::latch_wait:
                    s.last.wait();
                    see(word.load());
                    break;
                case act::arrive:
                    s.meeting.arrive_and_wait();
                    see(word.load());
                    break;
                case act::drop:
                    s.meeting.arrive_and_drop();
                    break;
                case act::call_once:
                    tr::call_once(s.once, [&] {
                        come(3);
                        add(o.on);
                    });
                    break;
                case act::request_stop:
                    see(s.stop.request_stop() ? 1 : 0);
                    break;
                case act::callback: {
                    const tr::stop_callback called(s.stop.get_token(), [&] {
                        if (o.on != 0) add(1);
                    });
                    see(s.words[0].load());
                    break;
                }
                case act::stoppable_wait: {
                    std::unique_lock held(s.lock);
                    see(s.any.wait(held, s.stop.get_token(), [&] { return s.ready; }) ? 1 : 0);
                    break;
                }
                case act::sleep:
                    tr::this_thread::sleep_for(1ms);
                    break;
                case act::assume:
                    if (o.on != 0) {
                        const std::lock_guard held(s.lock);
                        tr::assume(s.words[0].load() % 2 == 0);
                    } else {
                        tr::assume(word.load() != 2);
                    }
                    break;
                case act::check: {
                    const std::lock_guard held(s.lock);
                    tr::check(word.load() != 3);
                    break;
                }
                case act::choose:
                    see(static_cast<int>(tr::choose(2)));
                    break;
            }
        }
    }

    std::vector<std::vector<operation>> bodies_;
    std::vector<std::vector<int>> seen_;
    std::array<int, 2> last_{};   // the words' values
    std::array<int, 4> order_{};  // who had each of the locks when
};

unsigned waits_each() {
    const char* const asked = std::getenv("TENTHRULE_DPOR_PROGRAMS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10))
                            : tr::test::repetitions(60);
}

}  // namespace

TEST_CASE("waiting: outcomes of generated tests are those of all schedules") {
    for (std::size_t k = 0; k < families().size(); ++k) {
        const family& f = families()[k];
        unsigned programs = 0;
        std::uint64_t schedules = 0;
        tally reduced;
        for (unsigned i = 0; i < waits_each(); ++i) {
            const std::uint64_t seed = 1'000'000 * k + i;
            generated_waits p(seed, f);
            runner r({[&p] { p(); }, [&p] { return p.outcome(); }});
            tr::exhaustive all;
            const tally brute = r.run_all(all, 5'000);
            if (!brute.complete) {
                continue;
            }
            tr::dpor each_class;
            const tally clever = r.run_all(each_class);
            CAPTURE(std::string(f.name));
            CAPTURE(seed);
            CAPTURE(p.describe());
            CHECK(clever.complete);
            CHECK(clever.outcomes == brute.outcomes);
            ++programs;
            schedules += brute.executions + brute.redundant;
            reduced.executions += clever.executions;
            reduced.redundant += clever.redundant;
        }
        MESSAGE(std::string(f.name) << ": " << programs << " programs, " << schedules << " schedules, "
                                    << reduced.executions << " executions, " << reduced.redundant
                                    << " redundant");
        CHECK(programs > waits_each() / 4);
    }
}

TEST_CASE("waiting: within a bound, outcomes of generated tests are those of all schedules within it") {
    for (std::size_t k = 0; k < families().size(); ++k) {
        const family& f = families()[k];
        unsigned searches = 0;
        for (unsigned i = 0; i < waits_each() / 3; ++i) {
            const std::uint64_t seed = 1'000'000 * k + 500'000 + i;
            generated_waits p(seed, f);
            runner r({[&p] { p(); }, [&p] { return p.outcome(); }});
            for (std::uint32_t switches = 0; switches < 3; ++switches) {
                tr::bounded all({.switches = switches});
                const tally brute = r.run_all(all, 3'000, switches);
                if (!brute.complete) {
                    break;
                }
                tr::dpor each_class(tr::subtree{}, {.switches = switches});
                const tally clever = r.run_all(each_class, 1'000'000, switches);
                CAPTURE(std::string(f.name));
                CAPTURE(seed);
                CAPTURE(p.describe());
                CAPTURE(switches);
                CHECK(clever.complete);
                CHECK(clever.outcomes == brute.outcomes);
                ++searches;
            }
        }
        CHECK(searches > waits_each() / 3);
    }
}
