#pragma once

/// One atomic variable as the memory model sees it: the only thing through which atomic<T> and atomic_flag
/// touch their value. Which value a load gives, and what becomes known by it, is decided here and nowhere
/// else.
///
/// By default the model is sequentially consistent: there is one value, and a load gives it. Happens-before
/// is that of C++20 all the same: an acquiring load knows what happened before the release store it reads
/// from, also through read-modify-writes and fences; a relaxed one does not. Races on var<T> are judged by
/// that.
///
/// With weak memory the stores are kept by a weak_memory, which says which of them is read.

#include <atomic>
#include <cstring>
#include <new>
#include <optional>
#include <type_traits>

#include "library/object.hpp"
#include "library/show_value.hpp"
#include "library/weak_memory/weak_memory.hpp"

namespace tenthrule {

enum class futex_result : std::uint8_t {
    woken,
    changed,    ///< the word had another value: EAGAIN
    timed_out,  ///< ETIMEDOUT
};

}  // namespace tenthrule

namespace tenthrule::detail {

/// What a thread makes of fences: see thread_state.
void fence(std::memory_order order);

/// The part that does not depend on the type of the value.
class location_base : public shared_object {
public:
    using shared_object::shared_object;

protected:
    enum class first_use : bool { no, yes };

    /// The scheduling point of thread `me` before an access; the access follows without another one.
    void point(session& s, thread_state& me, op_kind kind, access mode) const {
        if (me.rereads >= s.options().spin_reads) [[unlikely]] {
            point_in_loop(s, mode);
        } else {
            s.machine().point(kind, mode, number(), name());
        }
        (void)look(s);
    }

    void note_load(session& s, thread_state& me, std::memory_order order) const {
        if (acquires(order)) {
            s.machine().acquire(clock_);
        } else if (clock_.times != nullptr) {
            s.machine().merge(me.acquired_relaxed, clock_);
        }
        note_read(me);
    }
    void note_store(session& s, thread_state& me, std::memory_order order, bool changes) const {
        if (releases(order)) {
            s.machine().release_only(clock_);
        } else {
            store_relaxed(s, me);
        }
        note_write(s, me, changes);
    }
    void note_update(session& s, thread_state& me, std::memory_order order, bool changes) const {
        execution& e = s.machine();
        if (acquires(order) && releases(order)) {
            e.acquire_and_release(clock_);  // it goes on with the release sequence
        } else {
            if (acquires(order)) {
                e.acquire(clock_);
            } else if (clock_.times != nullptr) {
                e.merge(me.acquired_relaxed, clock_);
            }
            if (releases(order)) {
                e.release(clock_);
            } else {
                e.merge(clock_, me.release_fence);
            }
        }
        note_write(s, me, changes);
    }
    void renew() const {
        forget();
        waiting_ = {};
    }
    void forget() const {
        clock_ = {};
        readers_ = 0;
    }
    /// With weak memory: what became of an access.
    static void note_weak(session& s, bool changes, bool again) {
        if (changes) {
            s.changed();
        } else {
            s.self().rereads = again ? s.self().rereads + 1 : 0;
        }
    }

    /// False: the alarm rang first.
    bool sleep_on_futex(session& s, bool alarm) const;

    mutable sleepers waiting_;                      ///< in atomic::wait, or on the futex
    mutable modification_order* stores_ = nullptr;  ///< with weak memory

private:
    void note_read(thread_state& me) const {
        const task_bits bit = task_bit(me.id);
        if ((readers_ & bit) != 0) {
            ++me.rereads;
        } else {
            readers_ |= bit;
            me.rereads = 0;
        }
    }
    void note_write(session& s, thread_state& me, bool changes) const {
        if (changes) {
            readers_ = 0;
            s.changed(me);
        } else {
            note_read(me);
        }
    }
    [[gnu::cold]] void point_in_loop(session& s, access mode) const;
    void store_relaxed(session& s, const thread_state& me) const;

    mutable sync_clock clock_;
    mutable task_bits readers_ = 0;  ///< tasks that have read the present value
};

/// T is trivially copyable.
template <typename T>
class location : public location_base {
public:
    location(const char* kind, const char* name, T initial)
        : location_base(kind, name), value_(initial), initial_(initial) {
        if (session* const s = session::active(); s != nullptr && s->memory() != nullptr) [[unlikely]] {
            make_stores(*s, false);
        }
    }

    /// For atomic_ref: see there. Made in a test.
    location(const shared_object& side_of, T initial)
        : location_base("atomic_ref", side_of), value_(initial), initial_(initial) {
        if (session& s = session::current(); s.memory() != nullptr) {
            make_stores(s, true);
        }
    }
    /// From now on it has this value, and no history. REQUIRES: all that was done to it happens before this.
    void begin_anew(T value) {
        forget();
        value_ = value;
        if (session& s = session::current(); s.memory() != nullptr) {
            make_stores(s, true);
        }
    }

    T load(std::memory_order order) const {
        const auto [s, me] = begin(op_kind::load, access::read);
        if (s != nullptr) [[likely]] {
            if (s->memory() != nullptr) [[unlikely]] {
                return load_weak(*s, order, false);
            }
            note_load(*s, *me, order);
            if (s->machine().logging()) [[unlikely]] {
                log_value(*s, value_);
            }
        }
        return value_;
    }

    void store(T value, std::memory_order order) {
        const auto [s, me] = begin(op_kind::store, access::write);
        if (s == nullptr) [[unlikely]] {
            value_ = initial_ = value;
            return;
        }
        if (s->memory() != nullptr) [[unlikely]] {
            store_weak(*s, value, order);
            return;
        }
        note_store(*s, *me, order, !same(value_, value));
        if (s->machine().logging()) [[unlikely]] {
            log_value(*s, value);
        }
        value_ = value;
    }

    /// value = f(value), in one step; gives the old one.
    template <typename F>
    T update(std::memory_order order, F&& f) {
        const auto [s, me] = begin(op_kind::rmw, access::write);
        if (s != nullptr && s->memory() != nullptr) [[unlikely]] {
            return update_weak(*s, order, f);
        }
        const T before = value_;
        const T after = f(before);
        if (s == nullptr) [[unlikely]] {
            value_ = initial_ = after;
            return before;
        }
        note_update(*s, *me, order, !same(before, after));
        if (s->machine().logging()) [[unlikely]] {
            log_change(*s, before, after);
        }
        value_ = after;
        return before;
    }

    bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure,
                          bool weak) {
        const auto [s, me] = begin(op_kind::rmw, access::write);
        if (s != nullptr && s->memory() != nullptr) [[unlikely]] {
            return compare_exchange_weak(*s, expected, desired, success, failure, weak);
        }
        const bool equal = same(value_, expected);
        if (s == nullptr) [[unlikely]] {
            (equal ? value_ = initial_ = desired : expected = value_);
            return equal;
        }
        const bool fails = !equal || (weak && s->fails_spuriously());
        if (s->machine().logging()) [[unlikely]] {
            fails ? log_failure(*s, expected, equal) : log_change(*s, expected, desired);
        }
        if (fails) {
            note_load(*s, *me, failure);
            expected = value_;
            return false;
        }
        note_update(*s, *me, success, !same(expected, desired));
        value_ = desired;
        return true;
    }

    /// Returns when the value is not `old`, which is looked at first, and then whenever somebody notifies.
    void wait(T old, std::memory_order order) const {
        session& s = session_for("atomic::wait");
        (void)begin(op_kind::load, access::read);
        while (same(value_, old)) {
            wait_reason why;
            why.what = "waits for a change of";
            why.object = name();
            s.machine().detail("still {}: sleeps", words(value_));
            s.self().rereads = 0;
            waiting_.sleep({op_kind::load, access::read, number(), name()}, why);
            if (s.machine().unwinding()) {
                return;
            }
            (void)look(s);
        }
        if (s.memory() != nullptr) {
            (void)load_weak(s, order, true);
        } else {
            note_load(s, s.self(), order);
        }
    }

    void notify(bool all) const {
        session& s = session_for("atomic::notify");
        (void)begin(op_kind::wake, access::write);
        s.machine().detail("{} waiting", waiting_.count());
        while (waiting_.wake_one("which waiting thread is notified") != no_actor && all) {}
    }

    /// As futex(2) has it: see library/futex.hpp. `alarm`: also until the alarm of the thread rings.
    futex_result futex_wait(T expected, bool alarm) const {
        session& s = session_for("futex_wait");
        (void)begin(op_kind::load, access::read);
        if (!same(value_, expected)) {
            s.machine().detail("{}, not {}", words(value_), words(expected));
            return futex_result::changed;
        }
        s.machine().detail("sleeps");
        return sleep_on_futex(s, alarm) ? futex_result::woken : futex_result::timed_out;
    }
    unsigned futex_wake(unsigned most) const {
        session& s = session_for("futex_wake");
        (void)begin(op_kind::wake, access::write);
        unsigned woken = 0;
        while (woken < most && waiting_.wake_one("which waiting thread is woken") != no_actor) {
            ++woken;
        }
        s.machine().detail("{} woken", woken);
        if (woken != 0) {
            s.changed();
        }
        return woken;
    }

    /// Without a scheduling point or any check.
    T peek() const {
        return value_;
    }

private:
    static constexpr std::size_t bytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression): a pointer, too

    static bool same(const T& a, const T& b) {
        return std::memcmp(&a, &b, bytes) == 0;
    }
    static std::string words(const T& value) {
        const engine_scope mine;
        return show_value(value);
    }
    // Functions of their own, so that an operation that is not logged needs no room for words.
    [[gnu::cold, gnu::noinline]] static void log_value(session& s, T value) {
        s.machine().detail("{}", words(value));
    }
    [[gnu::cold, gnu::noinline]] static void log_change(session& s, T before, T after) {
        s.machine().detail("{} -> {}", words(before), words(after));
    }
    [[gnu::cold, gnu::noinline]] void log_failure(session& s, T expected, bool spurious) const {
        s.machine().detail("{}, not {}{}", words(value_), words(expected), spurious ? " (spuriously)" : "");
    }
    /// Whose access it is; nobody's where no test is being executed.
    struct accessor {
        session* s = nullptr;
        thread_state* me = nullptr;
    };
    accessor begin(op_kind kind, access mode) const {
        session* const s = session::active();
        if (s == nullptr) [[unlikely]] {
            return {};
        }
        if (look(*s)) [[unlikely]] {
            renew();
            value_ = initial_;
            if (s->memory() != nullptr) {
                make_stores(*s, true);
            }
        }
        thread_state& me = s->self();
        point(*s, me, kind, mode);
        return {s, &me};
    }

    // ---- With weak memory; after the scheduling point

    static T value_of(const message& m) {
        T value;
        std::memcpy(&value, m.value, bytes);
        return value;
    }
    // `value_` is always that of the newest store.
    void put(message& m, T value) const {
        new (m.value) T(value);
        value_ = value_of(*stores_->newest);
    }
    [[gnu::cold, gnu::noinline]] void make_stores(session& s, bool before_all) const {
        stores_ = &s.memory()->make(name(), bytes, alignof(T), before_all);
        put(*stores_->oldest, value_);
    }
    static const char* age(const message& m) {
        return m.newer != nullptr ? " (not the newest value)" : "";
    }

    [[gnu::noinline]] T load_weak(session& s, std::memory_order order, bool newest) const {
        const auto [from, again] = s.memory()->load(*stores_, order, newest);
        note_weak(s, false, again);
        if (s.machine().logging()) [[unlikely]] {
            s.machine().detail("{}{}", words(value_of(*from)), age(*from));
        }
        return value_of(*from);
    }
    [[gnu::noinline]] void store_weak(session& s, T value, std::memory_order order) {
        message& made = s.memory()->store(*stores_, order);
        put(made, value);
        note_weak(s, !same(value_of(*made.older), value), true);
        if (s.machine().logging()) [[unlikely]] {
            s.machine().detail(
                "{}{}", words(value),
                made.newer != nullptr ? " (before another store in the modification order)" : "");
        }
    }
    template <typename F>
    [[gnu::noinline]] T update_weak(session& s, std::memory_order order, F&& f) {
        const auto [from, made, again] = s.memory()->modify(*stores_, order);
        const T before = value_of(*from);
        const T after = f(before);
        put(*made, after);
        note_weak(s, !same(before, after), again);
        if (s.machine().logging()) [[unlikely]] {
            s.machine().detail("{} -> {}{}", words(before), words(after), age(*made));
        }
        return before;
    }
    [[gnu::noinline]] bool compare_exchange_weak(session& s, T& expected, T desired,
                                                 std::memory_order success, std::memory_order failure,
                                                 bool weak) {
        const auto equal = [](const void* a, const void* b) { return std::memcmp(a, b, bytes) == 0; };
        const auto [from, made, again] = s.memory()->compare_exchange(
            *stores_, equal, &expected, success, failure, weak && s.may_fail_spuriously());
        const T found = value_of(*from);
        if (made != nullptr) {
            put(*made, desired);
        }
        const bool equals = same(found, expected);
        if (made == nullptr && equals) {
            s.failed_spuriously();
        }
        note_weak(s, made != nullptr && !same(found, desired), again);
        if (s.machine().logging()) [[unlikely]] {
            s.machine().detail(
                "{}{}",
                made != nullptr ? words(found) + " -> " + words(desired)
                                : words(found) + ", not " + words(expected) + (equals ? " (spuriously)" : ""),
                age(made != nullptr ? *made : *from));
        }
        expected = found;
        return made != nullptr;
    }

    mutable T value_;
    T initial_;  ///< with which each execution begins, if it was made outside of them
};

}  // namespace tenthrule::detail
