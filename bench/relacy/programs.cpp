#include "bench/relacy/programs.hpp"

#include <array>
#include <bitset>
#include <cstddef>

#include "library/atomic.hpp"
#include "library/mutex.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"

namespace tenthrule::comparison {

namespace {

// A bit for each thread that steps, below a one.
std::uint32_t order;
std::bitset<std::size_t{1} << 21U> orders;

void fadd(unsigned operations) {
    atomic<int> x(0);
    order = 1;
    const auto work = [&x, operations](unsigned me) {
        for (unsigned i = 0; i < operations; ++i) {
            x.fetch_add(1);
            order = 2 * order + me;
        }
    };
    thread a(work, 0U);
    thread b(work, 1U);
    a.join();
    b.join();
    orders.set(order);
}

void peterson() {
    std::array<atomic<int>, 2> wants{0, 0};
    atomic<int> turn(0);
    var<int> inside(0);
    const auto work = [&](unsigned me) {
        const unsigned other = 1 - me;
        wants.at(me).store(1);
        turn.store(static_cast<int>(other));
        while (wants.at(other).load() == 1 && turn.load() == static_cast<int>(other)) {
            this_thread::yield();
        }
        ++inside;
        wants.at(me).store(0);
    };
    thread a(work, 0U);
    thread b(work, 1U);
    a.join();
    b.join();
}

void locked(unsigned sections) {
    mutex m;
    var<int> n(0);
    const auto work = [&] {
        for (unsigned i = 0; i < sections; ++i) {
            m.lock();
            ++n;
            m.unlock();
        }
    };
    thread a(work);
    thread b(work);
    thread c(work);
    a.join();
    b.join();
    c.join();
}

void treiber() {
    atomic<int> head(-1);
    std::array<atomic<int>, 6> next;
    const auto link = [&next](int cell) -> atomic<int>& { return next.at(static_cast<std::size_t>(cell)); };
    const auto work = [&](int me) {
        for (int mine = 2 * me; mine < 2 * me + 2; ++mine) {
            int top = head.load();
            do {
                link(mine).store(top);
            } while (!head.compare_exchange_strong(top, mine));
        }
        for (int i = 0; i < 2; ++i) {
            int top = head.load();
            while (top >= 0 && !head.compare_exchange_strong(top, link(top).load())) {}
        }
    };
    thread a(work, 0);
    thread b(work, 1);
    thread c(work, 2);
    a.join();
    b.join();
    c.join();
}

}  // namespace

std::function<void()> fadd_of(unsigned operations) {
    return [operations] { fadd(operations); };
}

std::function<void()> mutex_of(unsigned sections) {
    return [sections] { locked(sections); };
}

const std::vector<compared>& programs() {
    static const std::vector<compared> all{
        {"fadd", fadd_of(10)}, {"peterson", peterson}, {"mutex", mutex_of(4)}, {"treiber", treiber}};
    return all;
}

std::uint64_t orders_seen() {
    return orders.count();
}

void forget_orders() {
    orders.reset();
}

}  // namespace tenthrule::comparison
