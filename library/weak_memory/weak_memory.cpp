#include "library/weak_memory/weak_memory.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "runtime/user_code.hpp"

namespace tenthrule::detail {

namespace {

void join(by_thread to, const std::uint32_t* from, unsigned width) {
    if (from != nullptr) {
        for (unsigned i = 0; i < width; ++i) {
            to[i] = std::max(to[i], from[i]);
        }
    }
}

// Grows whenever the clock does.
std::uint64_t sum(const std::uint32_t* clock, unsigned width) {
    return std::accumulate(clock, clock + width, std::uint64_t{0});
}

}  // namespace

// ---- Setting up

void weak_memory::begin(execution& e, const options& with) {
    execution_ = &e;
    options_ = with;
    width_ = 0;
    clock_ = before_ = trial_ = nullptr;
    locations_count_ = 0;
    locations_ = nullptr;
    views_.clear();
    sc_.begin(e.arena());
}

// There are more threads than there were.
void weak_memory::grow() {
    const engine_scope mine;
    const unsigned wider = execution_->clock_width();
    arena& memory = execution_->arena();
    before_ = widened(memory, before_, width_, wider);
    trial_ = widened(memory, trial_, width_, wider);
    views_.resize(wider);
    for (view& v : views_) {
        widen(memory, v.pending, width_, wider);
        widen(memory, v.released, width_, wider);
    }
    for (modification_order* l = locations_; l != nullptr; l = l->next) {
        l->stale = widened(memory, l->stale, width_, wider);
        for (message* m = l->newest; m != nullptr; m = m->older) {
            m->observed = widened(memory, m->observed, width_, wider);
            widen(memory, m->released, width_, wider);
            for (by_thread* ranks : {&m->into, &m->into_fences, &m->readers, &m->reader_fences}) {
                widen(memory, *ranks, width_, wider);
            }
        }
    }
    sc_.grow(wider);
    width_ = wider;
}

// The current thread begins to do something.
void weak_memory::enter() {
    if (execution_->clock_width() > width_) [[unlikely]] {
        grow();
    }
    const context& c = execution_->running();
    me_ = c.clock_index;
    clock_ = c.clock;
    if (views_[me_].left_with != sum(clock_, width_)) {
        sc_.synchronised(me_);
    }
}

// It has done it.
void weak_memory::leave() {
    views_[me_].left_with = sum(clock_, width_);
    sc_.stay(me_, clock_[me_]);
}

message& weak_memory::new_message(const modification_order& where) {
    arena& memory = execution_->arena();
    auto* const made = memory.make<message>();
    made->value = memory.allocate(where.size, where.alignment);
    made->observed = memory.make_array<std::uint32_t>(width_);
    return *made;
}

modification_order& weak_memory::make(const char* name, std::size_t size, std::size_t alignment,
                                      bool before_all) {
    const bool by_a_thread = tracking() && !before_all;
    if (by_a_thread) enter();
    arena& memory = execution_->arena();
    auto* const made = memory.make<modification_order>();
    made->name = name;
    made->number = ++locations_count_;
    made->size = static_cast<std::uint32_t>(size);
    made->alignment = static_cast<std::uint32_t>(alignment);
    made->next = locations_;
    made->stale = memory.make_array<std::uint8_t>(width_);
    locations_ = made;
    message& first = new_message(*made);
    made->newest = made->oldest = &first;
    if (by_a_thread) {
        sc_.arrive(me_, *made, clock_);
        first.author = static_cast<std::uint8_t>(me_);
        first.written_at = clock_[me_];
        first.observed[me_] = clock_[me_];
        sc_.made(clock_, first);
        leave();
    }
    return *made;
}

// The current thread begins to access it.
void weak_memory::enter(const modification_order& where) {
    enter();
    const message& first = *where.oldest;
    if (first.author != no_author && first.written_at > clock_[first.author]) [[unlikely]] {
        const engine_scope mine;
        execution_->report(rules::data_race, fmt::format("{} is used while it is made", where.name),
                           fmt::format("'{}' is used by {}, but nothing makes that happen after it was made",
                                       where.name, execution_->name(execution_->self())));
    }
    sc_.arrive(me_, where, clock_);
    std::copy(clock_, clock_ + width_, before_);
    possible_ = 0;
}

// ---- Choosing

// Whether somebody read or wrote it before this: nothing older can be read, nor written behind that.
bool weak_memory::seen(const message& m) const {
    for (unsigned t = 0; t < width_; ++t) {
        if (m.observed[t] != 0 && m.observed[t] <= clock_[t]) {
            return true;
        }
    }
    return false;
}

void weak_memory::remove_forbidden(const modification_order& where, bool reads, const access_orders& orders) {
    const bool seq_cst =
        orders.success == std::memory_order_seq_cst || orders.failure == std::memory_order_seq_cst;
    if (possible_ < 2 || !sc_.matters(seq_cst)) {
        return;
    }
    footprint::note(places::cell(options_.order_cell), false);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < possible_; ++i) {
        const possibility& p = possibilities_[i];
        const std::memory_order order = p.writes ? orders.success : orders.failure;
        std::copy(clock_, clock_ + width_, trial_);
        if (reads && acquires(order)) {
            join(trial_, p.at->released, width_);
        }
        if (sc_.allows(
                {me_, &where, before_, trial_, p.at, reads, p.writes, order == std::memory_order_seq_cst})) {
            possibilities_[kept++] = p;
        }
    }
    possible_ = kept;
}

const weak_memory::possibility& weak_memory::choose(const modification_order& where, bool reads,
                                                    const access_orders& orders, const char* label) {
    remove_forbidden(where, reads, orders);
    const std::uint32_t chosen = execution_->choose(static_cast<std::uint32_t>(possible_), label);
    return possibilities_[chosen];
}

// ---- What becomes of the choice

void weak_memory::note_order(const modification_order& where, const possibility& p, bool reads, bool seq_cst,
                             message* written) {
    if (p.at->newer != nullptr && sc_.matters(seq_cst)) {
        footprint::note(places::cell(options_.order_cell), true);
    }
    sc_.add({me_, &where, before_, clock_, p.at, reads, p.writes, seq_cst}, written);
}

void weak_memory::next_epoch() {
    ++clock_[me_];
}

bool weak_memory::read(modification_order& where, message& from, std::memory_order order) {
    std::uint8_t& stale = where.stale[me_];
    stale = from.newer == nullptr ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(stale + 1, 255));
    const bool again = from.observed[me_] != 0;
    if (!again) {
        from.observed[me_] = clock_[me_];
    }
    if (from.released == nullptr) {
        return again;
    }
    if (acquires(order)) {
        join(clock_, from.released, width_);
    } else {
        by_thread& pending = views_[me_].pending;
        if (pending == nullptr) {
            pending = execution_->arena().make_array<std::uint32_t>(width_);
        }
        join(pending, from.released, width_);
    }
    return again;
}

// A new store right behind `behind`, which was read before if `reads`.
message& weak_memory::write(modification_order& where, message& behind, bool reads, std::memory_order order) {
    message& made = new_message(where);
    made.author = static_cast<std::uint8_t>(me_);
    made.written_at = clock_[me_];
    made.observed[me_] = clock_[me_];
    const std::uint32_t* const inherited = reads ? behind.released : nullptr;
    if (releases(order) || (inherited != nullptr && views_[me_].released != nullptr)) {
        auto* const clock = execution_->arena().make_array<std::uint32_t>(width_);
        join(clock, releases(order) ? clock_ : views_[me_].released, width_);
        join(clock, inherited, width_);
        made.released = clock;
    } else {
        made.released = inherited != nullptr ? inherited : views_[me_].released;
    }
    note_order(where, {&behind, true}, reads, order == std::memory_order_seq_cst, &made);
    behind.updated = behind.updated || reads;
    made.older = &behind;
    made.newer = behind.newer;
    (made.newer != nullptr ? made.newer->older : where.newest) = &made;
    behind.newer = &made;
    if (releases(order)) next_epoch();
    return made;
}

// ---- Operations

weak_memory::reading weak_memory::load(modification_order& where, std::memory_order order, bool newest) {
    if (!tracking()) {
        return {where.newest, false};
    }
    enter(where);
    newest = newest || where.stale[me_] >= options_.stale_reads_max;
    for (message* m = where.newest;; m = m->older) {
        add_possibility(*m, false);
        if (newest || m->older == nullptr || seen(*m)) {
            break;
        }
    }
    const possibility& p = choose(where, true, {order, order}, "which store is read");
    const bool again = read(where, *p.at, order);
    note_order(where, p, true, order == std::memory_order_seq_cst, nullptr);
    leave();
    return {p.at, again};
}

message& weak_memory::store(modification_order& where, std::memory_order order) {
    if (!tracking()) {
        return *where.newest;
    }
    enter(where);
    for (message* m = where.newest;; m = m->older) {
        if (!m->updated) {
            add_possibility(*m, true);
        }
        if (m->older == nullptr || seen(*m)) {
            break;
        }
    }
    const possibility& p = choose(where, false, {order, order}, "place of the store");
    message& made = write(where, *p.at, false, order);
    leave();
    return made;
}

weak_memory::update weak_memory::modify(modification_order& where, std::memory_order order) {
    return compare_exchange(where, nullptr, nullptr, order, order, false);
}

weak_memory::update weak_memory::compare_exchange(modification_order& where, equality equal,
                                                  const void* expected, std::memory_order success,
                                                  std::memory_order failure, bool may_fail) {
    const auto same = [equal, expected](const message& m) {
        return equal == nullptr || equal(m.value, expected);
    };
    if (!tracking()) {
        return {where.newest, same(*where.newest) ? where.newest : nullptr, false};
    }
    enter(where);
    const bool newest = where.stale[me_] >= options_.stale_reads_max;
    message* oldest = where.newest;
    for (;; oldest = oldest->older) {
        const bool writes = same(*oldest);
        if (!writes || !oldest->updated) {
            add_possibility(*oldest, writes);
        }
        if (newest || oldest->older == nullptr || seen(*oldest)) {
            break;
        }
    }
    if (may_fail) {
        for (message* m = where.newest;; m = m->older) {
            if (same(*m)) {
                add_possibility(*m, false);
            }
            if (m == oldest) {
                break;
            }
        }
    }
    const possibility p = choose(where, true, {success, failure}, "which store is read");
    const std::memory_order order = p.writes ? success : failure;
    const bool again = read(where, *p.at, order);
    message* written = nullptr;
    if (p.writes) {
        written = &write(where, *p.at, true, order);
    } else {
        note_order(where, p, true, order == std::memory_order_seq_cst, nullptr);
    }
    leave();
    return {p.at, written, again};
}

void weak_memory::fence(std::memory_order order) {
    if (order == std::memory_order_relaxed || !tracking()) {
        return;
    }
    enter();
    view& mine = views_[me_];
    sc_.leave(me_, clock_[me_]);
    if (acquires(order)) {
        join(clock_, mine.pending, width_);
    }
    if (order == std::memory_order_seq_cst) {
        sc_.add_fence(me_, clock_, locations_);
    }
    if (releases(order)) {
        auto* const clock = execution_->arena().make_array<std::uint32_t>(width_);
        join(clock, clock_, width_);
        mine.released = clock;
        next_epoch();
    }
    leave();
}

void weak_memory::plain_access() {
    if (width_ != 0 && tracking()) {
        enter();
        sc_.leave(me_, clock_[me_]);
        leave();
    }
}

}  // namespace tenthrule::detail
