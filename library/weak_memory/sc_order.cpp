#include "library/weak_memory/sc_order.hpp"

#include <algorithm>

#include "runtime/user_code.hpp"

namespace tenthrule::detail {

void sc_order::begin(arena& memory) {
    memory_ = &memory;
    width_ = 0;
    used_ = fences_used_ = false;
    for (thread_state& t : threads_) {
        t.nodes.clear();
        t.epoch = 0;
        t.at = 0;
        t.first_unsettled = 0;
        t.run_clock = nullptr;
    }
    fences_ = sources_ = behind_fences_ = behind_sources_ = targets_ = fence_targets_ = nullptr;
}

void sc_order::grow(unsigned threads) {
    if (threads_.size() < threads) {
        threads_.resize(threads);
    }
    for (thread_state& t : threads_) {
        t.run_clock = widened(*memory_, t.run_clock, width_, threads);
        for (node& n : t.nodes) {
            widen(*memory_, n.leading, width_, threads);
            widen(*memory_, n.clock, width_, threads);
        }
    }
    for (by_thread* scratch :
         {&fences_, &sources_, &behind_fences_, &behind_sources_, &targets_, &fence_targets_}) {
        *scratch = widened(*memory_, *scratch, width_, threads);
    }
    width_ = threads;
}

void sc_order::join_into(by_thread& to, const std::uint32_t* from) {
    if (from == nullptr || zero(from)) {
        return;
    }
    if (to == nullptr) {
        to = memory_->make_array<std::uint32_t>(width_);
    }
    join(to, from);
}

bool sc_order::zero(const std::uint32_t* ranks) const {
    return std::all_of(ranks, ranks + width_, [](std::uint32_t rank) { return rank == 0; });
}

// ---- Where threads are

void sc_order::arrive(unsigned thread, const modification_order& where, const std::uint32_t* clock) {
    thread_state& t = threads_[thread];
    if (t.at != where.number) {
        settle(t, clock[thread]);
        t.at = where.number;
        copy(t.run_clock, clock);
    }
}

void sc_order::leave(unsigned thread, std::uint32_t epoch) {
    thread_state& t = threads_[thread];
    if (t.at != 0) {
        settle(t, epoch);
        t.at = 0;
    }
}

void sc_order::settle(thread_state& t, std::uint32_t epoch) const {
    for (; t.first_unsettled < t.nodes.size(); ++t.first_unsettled) {
        node& n = t.nodes[t.first_unsettled];
        n.left_at = std::min(n.left_at, epoch);
    }
}

// ---- What comes before an event

// How many events of the thread come before whoever has seen it at that epoch.
std::uint32_t sc_order::rank_at(unsigned thread, std::uint32_t epoch) const {
    const std::vector<node>& nodes = threads_[thread].nodes;
    const auto later = std::upper_bound(nodes.begin(), nodes.end(), epoch,
                                        [](std::uint32_t e, const node& n) { return e < n.epoch; });
    return static_cast<std::uint32_t>(later - nodes.begin());
}

// How many of them it had followed by something at another location. Who has seen an epoch of which no
// operation here has told anybody has seen it synchronise by other means.
std::uint32_t sc_order::departed(unsigned thread, std::uint32_t epoch) const {
    const std::vector<node>& nodes = threads_[thread].nodes;
    if (epoch >= threads_[thread].epoch) {
        return rank_at(thread, epoch);
    }
    const auto later = std::upper_bound(nodes.begin(), nodes.end(), epoch,
                                        [](std::uint32_t e, const node& n) { return e < n.left_at; });
    return static_cast<std::uint32_t>(later - nodes.begin());
}

void sc_order::fences_before(const std::uint32_t* clock, by_thread ranks) const {
    for (unsigned t = 0; t < width_; ++t) {
        ranks[t] = fences_used_ ? last_fence(t, rank_at(t, clock[t])) : 0;
    }
}

// The edges into a seq_cst access. REQUIRES: `arrive` was called for it.
void sc_order::leading_into(const event& e, by_thread ranks) const {
    // Program order, and fences before that.
    fences_before(e.before, ranks);
    const thread_state& me = threads_[e.thread];
    ranks[e.thread] = static_cast<std::uint32_t>(me.nodes.size());

    for (unsigned t = 0; t < width_; ++t) {
        const thread_state& other = threads_[t];
        if (t == e.thread || other.nodes.empty()) {
            continue;
        }
        // Happens-before that leaves one location and comes from another.
        std::uint32_t rank = departed(t, me.run_clock[t]);
        // Happens-before within the location. (Fences before that need no edge of their own: where one leads
        // from the new event, one leads from every fence that happens before it.)
        for (std::uint32_t r = rank; r < other.nodes.size() && other.nodes[r].epoch <= e.after[t]; ++r) {
            if (other.nodes[r].location == e.where->number) {
                rank = r + 1;
            }
        }
        ranks[t] = std::max(ranks[t], rank);
    }
    if (e.writes) {  // modification order, and reads of what is older
        join(ranks, e.predecessor->into);
        join(ranks, e.predecessor->readers);
    }
}

// Adds all that leads to something in `ranks`.
void sc_order::close(by_thread ranks) const {
    for (unsigned t = 0; t < width_; ++t) {
        if (ranks[t] != 0) {
            join(ranks, node_of(t, ranks[t]).leading);
        }
    }
}

// ---- Where edges from an event lead to

namespace {

bool observed(const message& m, const std::uint32_t* clock, unsigned width) {
    for (unsigned t = 0; t < width; ++t) {
        if (m.observed[t] != 0 && m.observed[t] <= clock[t]) {
            return true;
        }
    }
    return false;
}

bool written(const message& m, const std::uint32_t* clock) {
    return m.author == no_author || m.written_at <= clock[m.author];
}

}  // namespace

// By thread, the first event that an edge leads to from whatever is placed before this store: the store and
// fences after it; and, from fences only, fences after who reads it.
void sc_order::find_targets(const message& later, by_thread all, by_thread fences) const {
    if (later.rank != 0) {
        all[later.author] = std::min(all[later.author], later.rank);
    }
    if (!fences_used_) {
        return;
    }
    for (unsigned t = 0; t < width_; ++t) {
        for (std::uint32_t f = last_fence(t, static_cast<std::uint32_t>(threads_[t].nodes.size())); f != 0;
             f = last_fence(t, f - 1)) {
            const std::uint32_t* const clock = node_of(t, f).clock;
            if (!observed(later, clock, width_)) {
                break;
            }
            fences[t] = std::min(fences[t], f);
            if (written(later, clock)) {
                all[t] = std::min(all[t], f);
            }
        }
    }
}

bool sc_order::allows(const event& e) {
    if (e.predecessor->newer == nullptr) {
        return true;
    }
    fences_before(e.after, behind_fences_);
    close(behind_fences_);
    if (e.seq_cst) {
        leading_into(e, behind_sources_);
        join(behind_sources_, behind_fences_);
        close(behind_sources_);
    } else {
        copy(behind_sources_, behind_fences_);
    }
    std::fill(targets_, targets_ + width_, not_yet);
    std::fill(fence_targets_, fence_targets_ + width_, not_yet);
    for (const message* later = e.predecessor->newer; later != nullptr; later = later->newer) {
        find_targets(*later, targets_, fence_targets_);
    }
    for (unsigned t = 0; t < width_; ++t) {
        if (targets_[t] <= behind_sources_[t] || fence_targets_[t] <= behind_fences_[t]) {
            return false;
        }
    }
    return true;
}

// ---- Adding

void sc_order::add(const event& e, message* written) {
    if (!used_ && !e.seq_cst) {
        return;
    }
    fences_before(e.after, fences_);
    copy(sources_, fences_);
    thread_state& me = threads_[e.thread];
    if (e.seq_cst) {
        node n;
        n.location = e.where->number;
        n.epoch = e.before[e.thread];
        n.left_at = not_yet;
        n.last_fence = last_fence(e.thread, static_cast<std::uint32_t>(me.nodes.size()));
        n.leading = memory_->make_array<std::uint32_t>(width_);
        leading_into(e, n.leading);
        close(n.leading);
        {
            const engine_scope mine;
            me.nodes.push_back(n);
        }
        sources_[e.thread] = static_cast<std::uint32_t>(me.nodes.size());
        if (written != nullptr) {
            written->rank = sources_[e.thread];
        }
        used_ = true;
    }
    if (e.predecessor->newer != nullptr && !zero(sources_)) {
        lead_on(e);
    }
    collect(e, written);
}

void sc_order::made(const std::uint32_t* clock, message& first) {
    if (used_) {
        fences_before(clock, fences_);
        join_into(first.into, fences_);
        join_into(first.into_fences, fences_);
    }
}

// Edges from a new event to old ones.
void sc_order::lead_on(const event& e) {
    copy(behind_fences_, fences_);
    close(behind_fences_);
    copy(behind_sources_, sources_);
    close(behind_sources_);
    std::fill(targets_, targets_ + width_, not_yet);
    std::fill(fence_targets_, fence_targets_ + width_, not_yet);
    for (const message* later = e.predecessor->newer; later != nullptr; later = later->newer) {
        find_targets(*later, targets_, fence_targets_);
    }
    for (unsigned t = 0; t < width_; ++t) {
        for (std::uint32_t rank = 1; rank <= threads_[t].nodes.size(); ++rank) {
            const node& n = node_of(t, rank);
            const auto reached = [&](const std::uint32_t* targets) {
                bool found = rank >= targets[t];
                for (unsigned u = 0; u < width_; ++u) {
                    found = found || n.leading[u] >= targets[u];
                }
                return found;
            };
            const bool from_all = reached(targets_);
            const bool from_fences = reached(fence_targets_);
            if (from_all) {
                join(n.leading, behind_sources_);
            }
            if (from_fences) {
                join(n.leading, behind_fences_);
            }
        }
    }
}

// For events that come later: edges into them.
void sc_order::collect(const event& e, message* written) {
    if (written != nullptr) {
        join_into(written->into, e.predecessor->into);
        join_into(written->into, e.predecessor->readers);
        join_into(written->into, sources_);
        join_into(written->into_fences, e.predecessor->into_fences);
        join_into(written->into_fences, e.predecessor->reader_fences);
        join_into(written->into_fences, fences_);
    } else {
        join_into(e.predecessor->readers, sources_);
        join_into(e.predecessor->reader_fences, fences_);
    }
    for (message* later = e.predecessor->newer; later != nullptr; later = later->newer) {
        join_into(later->into, sources_);
        join_into(later->into_fences, fences_);
    }
}

void sc_order::add_fence(unsigned thread, const std::uint32_t* clock, const modification_order* locations) {
    leave(thread, clock[thread]);
    thread_state& me = threads_[thread];
    node n;
    n.epoch = n.left_at = clock[thread];
    n.leading = memory_->make_array<std::uint32_t>(width_);
    for (unsigned t = 0; t < width_; ++t) {
        n.leading[t] = rank_at(t, clock[t]);
    }
    for (const modification_order* l = locations; l != nullptr; l = l->next) {
        const message* m = l->newest;
        while (m != nullptr && !observed(*m, clock, width_) && !written(*m, clock)) {
            m = m->older;
        }
        if (m == nullptr) {
            continue;
        }
        join(n.leading, m->into_fences);
        while (m != nullptr && !written(*m, clock)) {
            m = m->older;
        }
        if (m != nullptr) {
            join(n.leading, m->into);
        }
    }
    close(n.leading);
    auto* const kept = memory_->make_array<std::uint32_t>(width_);
    copy(kept, clock);
    n.clock = kept;
    const engine_scope mine;
    me.nodes.push_back(n);
    me.nodes.back().last_fence = static_cast<std::uint32_t>(me.nodes.size());
    me.first_unsettled = static_cast<std::uint32_t>(me.nodes.size());
    used_ = fences_used_ = true;
}

}  // namespace tenthrule::detail
