#include "scheduler/surw.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace tenthrule {

namespace {

constexpr actor_set without(const actor_set& a, const actor_set& b) {
    return {a.tasks & ~b.tasks, a.events & ~b.events};
}

bool all_yield(actor_set set, const operation* pending) {
    for (; !set.empty(); set.erase(set.first())) {
        if (pending[set.first()].kind != op_kind::yield) {
            return false;
        }
    }
    return true;
}

}  // namespace

// ---- Between executions

void surw::begin(std::uint64_t seed) {
    random_.reseed(seed);
    lots_.clear();
    stepping_ = no_actor;
    wait_for_nobody();
    impatient_ = false;
    // What has been learnt changes little once there is much of it.
    if (executions_ < 16 || std::has_single_bit(executions_)) {
        find_candidates();
    }
    select();
    estimate();
}

void surw::find_candidates() {
    candidates_.clear();
    std::uint64_t sum = 0;
    for (std::size_t number = 0; number < objects_.size(); ++number) {
        const accesses& o = objects_[number];
        const auto users = std::count_if(o.by.begin(), o.by.end(), [](std::uint32_t n) { return n != 0; });
        if (users >= 2 && o.written) {
            const std::uint64_t total = std::accumulate(o.by.begin(), o.by.end(), std::uint64_t{0});
            candidates_.push_back({number, total});
            sum += total;
        }
    }
    // Shares that are exact enough, and small enough to draw among.
    const auto digits = static_cast<unsigned>(std::bit_width(sum));
    shares_ = 0;
    for (candidate& c : candidates_) {
        c.share = std::max<std::uint64_t>(digits > 24 ? c.share >> (digits - 24) : c.share, 1);
        shares_ += static_cast<std::uint32_t>(c.share);
    }
}

void surw::select() {
    selected_ = 0;
    if (candidates_.empty()) {
        return;
    }
    std::uint64_t drawn = random_.below(shares_);
    for (const candidate& c : candidates_) {
        selected_number_ = c.number;
        selected_ = objects_[c.number].object;
        if (drawn < c.share) {
            return;
        }
        drawn -= c.share;
    }
}

// Whoever starts somebody first appeared before it did.
void surw::estimate() {
    if (selected_ == 0) {
        expected_ = {};
        return;
    }
    std::array<std::uint64_t, actors_max> in_all{};
    for (std::uint32_t i = known_size_; i-- > 0;) {
        const actor a = known_[i];
        in_all[a] += objects_[selected_number_].by[a];
        expected_[a] = static_cast<std::uint32_t>(in_all[a] * one_step / appearances_[a]);
        if (const actor parent = started_by_[a]; parent != no_actor && parent != a) {
            in_all[parent] += in_all[a];
        }
    }
}

void surw::end(const execution_size& /*size*/) {
    ++executions_;
}

// ---- In an execution

void surw::appear(actor a) {
    lots_.draw(a, random_);
    left_[a] = expected_[a];
    if (stepping_ != no_actor && stepping_ != a) {
        std::uint32_t& left = left_[stepping_];
        const std::uint32_t before = left;
        left -= std::min(left, left_[a]);
        if (intended_ == stepping_ && before != 0 && random_.below(before) < left_[a]) {
            intended_ = a;
        }
    }
    if (learns() && appearances_[a]++ == 0) {
        known_[known_size_++] = a;
        started_by_[a] = stepping_;
    }
}

// The members of `among` by how much each has left. REQUIRES: some member's next step is selected.
actor surw::draw_intended(const actor_set& among, const operation* pending) {
    std::array<std::uint32_t, actors_max> up_to;  // the sum, by how many there are before
    std::uint32_t sum = 0;
    unsigned count = 0;
    for_each(among, [&](actor a) {
        sum += is_selected(pending[a]) ? std::max(left_[a], one_step) : left_[a];
        up_to[count++] = sum;
    });
    const std::uint32_t drawn = random_.below(sum);
    return among.nth(
        static_cast<unsigned>(std::upper_bound(up_to.data(), up_to.data() + count, drawn) - up_to.data()));
}

// Whoever comes to a selected step that is not the intended one's is parked, up to the first who may step:
// that one, or no_actor if everybody is.
actor surw::park(const actor_set& free, const operation* pending) {
    actor_set waiting;
    for_each(free, [&](actor a) {
        if (a != intended_ && is_selected(pending[a])) waiting.insert(a);
    });
    const actor_set others = without(free, waiting);
    const actor next = others.empty() ? no_actor : lots_.highest(others);
    for_each(waiting, [&](actor a) {
        if (next == no_actor || lots_[a] > lots_[next]) parked_.insert(a);
    });
    return next;
}

actor surw::pick(const situation& where) {
    if (where.current_yields) {
        lots_.yield(where.current, random_);
        if (where.current == intended_ || all_yield(without(where.enabled, parked_), where.pending)) {
            wait_for_nobody();
        }
    }
    lots_.grow_old(where.enabled, random_);
    if (!parked_.empty() && ++waited_ == lots::choices_max) [[unlikely]] {
        wait_for_nobody();
        impatient_ = true;
    }
    for (;;) {
        const actor_set free = without(where.enabled, parked_);
        if (free.empty()) {
            wait_for_nobody();
            continue;
        }
        actor next = lots_.highest(free);
        if (is_selected(where.pending[next])) {
            if (intended_ == no_actor) {
                intended_ = impatient_ ? next : draw_intended(free, where.pending);
            }
            if (next != intended_) {
                next = park(free, where.pending);
                if (next == no_actor) {
                    continue;
                }
            }
        }
        followed(next, where.pending);
        return next;
    }
}

void surw::followed(actor next, const operation* pending) {
    stepping_ = next;
    lots_.draw(next, random_);
    const operation& op = pending[next];
    if (!is_access(op)) {
        return;
    }
    if (learns()) {
        learn(next, op);
    }
    if (op.object == selected_) {
        left_[next] -= std::min(left_[next], one_step);
        wait_for_nobody();
        impatient_ = false;
    }
}

void surw::learn(actor who, const operation& what) {
    if (objects_.size() == objects_max && numbers_.count(what.object) == 0) {
        return;
    }
    const auto [at, is_new] = numbers_.try_emplace(what.object, objects_.size());
    if (is_new) {
        objects_.emplace_back().object = what.object;
    }
    accesses& o = objects_[at->second];
    ++o.by[who];
    o.written = o.written || what.mode == access::write;
}

}  // namespace tenthrule
