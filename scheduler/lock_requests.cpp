#include "scheduler/lock_requests.hpp"

#include <algorithm>

#include "runtime/execution.hpp"
#include "scheduler/dependence.hpp"

namespace tenthrule {

namespace {

// Both of them, one behind the other: see places::taken.
std::span<const touch>::iterator mark_of_asking(std::span<const touch> touched) {
    return std::adjacent_find(touched.begin(), touched.end(), [](const touch& a, const touch& b) {
        return places::is_taken(a.where) && !a.writes && b.where == a.where;
    });
}

}  // namespace

bool is_held(const happens_before& order, std::uint32_t lock) {
    return order.last_touch(places::taken(lock)) > order.last_touch(places::given_back(lock));
}

bool lock_requests::asks(std::span<const touch> touched) {
    const auto mark = mark_of_asking(touched);
    if (mark == touched.end()) {
        return false;
    }
    taken_ = mark->where;
    request_.clear();
    // Where CPUs go by urgency alone, who cannot be preempted keeps from its CPU only those who would take
    // it, and taking it touches its standing. Where CPUs are taken by choice, it is enough that somebody
    // could.
    const bool by_choice = execution::current().cpus_by_choice();
    for (auto t = touched.begin(); t != mark; ++t) {
        if (t->where != places::object_of(taken_) && (by_choice || t->where != places::allocation)) {
            request_.add(t->where, t->writes);
        }
    }
    return true;
}

// Whether a step of `who` touches what asking touches. Of those that touch the lock itself, who asked for it
// and got it, or gave it back, does not care who else asks.
bool lock_requests::notices(std::span<const touch> touched, actor who) const {
    if (dependent(touched, request_)) {
        return true;
    }
    if (!is_touched(places::object_of(taken_), touched) ||
        is_touched(places::given_back_for(taken_), touched)) {
        return false;
    }
    const auto mark = mark_of_asking(touched);
    const bool asked = mark != touched.end() && mark->where == taken_;
    const bool spins = is_written(places::standing(who), touched);
    return !asked || spins;
}

std::span<const std::uint32_t> lock_requests::noticed(const happens_before& order, std::uint32_t step) {
    noticed_.clear();
    if (!asks(order.touches(step))) {
        return noticed_;
    }
    const std::uint32_t previous = order.previous(step);
    std::uint32_t given_back = step;
    for (std::uint32_t k = 0; k < step; ++k) {
        if (order.who(k) == order.who(step) || (k + 1 < previous && order.before(k, previous - 1))) {
            continue;
        }
        const std::span<const touch> touched = order.touches(k);
        if (notices(touched, order.who(k))) {
            noticed_.push_back(k);
            if (given_back != step) {
                noticed_.push_back(given_back);
            }
        }
        if (is_touched(places::given_back_for(taken_), touched)) {
            given_back = k;
        }
    }
    return noticed_;
}

}  // namespace tenthrule
