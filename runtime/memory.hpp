#pragma once

/// Memory that the engine watches.
///
/// `shared<T>`: every access is a scheduling point. For what several tasks touch without a common lock:
/// user memory, lock words, flags with lock-free readers. Accesses synchronise (acquire and release)
/// unless they are marked relaxed.
/// `guarded<T>`: no scheduling point, but every access is checked for data races by happens-before
/// epochs: leaving out the points is sound because a missing lock is itself a violation
/// (Flanagan and Freund, "FastTrack", PLDI 2009).
///
/// Both know the object they are part of (see `scoped` and `tracked`) and refuse to be touched after its
/// lifetime has ended. Their memory has to come from the execution's arena, where a dead object stays
/// readable until the execution is over.
///
/// Order of evaluation: never put two accesses to `shared` memory into one expression whose operands
/// C++ leaves unsequenced; compilers differ, and so would schedules.

#include <cstdint>
#include <type_traits>
#include <utility>

#include "runtime/execution.hpp"

namespace tenthrule {

/// Base of objects with a lifetime of their own. Made by `execution`-aware code through `make_tracked`.
class tracked {
public:
    tracked() : life_(execution::current().constructing()) {}
    tracked_object& life() const {
        return *life_;
    }

private:
    tracked_object* life_;
};

namespace detail {
/// Whatever touches a part of an object depends on its end.
inline void note_lifetime(const tracked_object& object) {
    if (object.cell != 0) {
        footprint::note(places::cell(object.cell), false);
    }
}
[[gnu::cold]] void touched_after_end(const tracked_object& object, const char* cell);
[[gnu::cold]] void report_race(const char* cell, const tracked_object& object, const char* how, actor other);
}  // namespace detail

/// A T in the arena whose cells are watched until `end_lifetime`. `type` and `name` live as long as the
/// execution; `owner` is the task on whose stack it stands, or no_actor.
template <typename T, typename... Args>
T* make_tracked(const char* type, const char* name, actor owner, Args&&... args) {
    execution& e = execution::current();
    tracked_object& life = e.begin_lifetime(type, name, owner);
    tracked_object* const outer = e.set_constructing(&life);
    T* made = e.arena().make<T>(std::forward<Args>(args)...);
    e.set_constructing(outer);
    return made;
}

inline void end_lifetime(const tracked& object) {
    footprint::note(places::cell(object.life().cell), true);
    object.life().alive = false;
}

/// A T that stands for a local variable of the current task: its lifetime ends with the scope, and
/// whoever touches it afterwards is found out. REQUIRES: T derives from `tracked`.
template <typename T>
class scoped {
public:
    template <typename... Args>
    explicit scoped(const char* type, Args&&... args)
        : object_(make_tracked<T>(type, execution::current().name(execution::current().self()),
                                  execution::current().self(), std::forward<Args>(args)...)) {}
    scoped(const scoped&) = delete;
    scoped& operator=(const scoped&) = delete;
    ~scoped() {
        end_lifetime(*object_);
    }
    T* operator->() const {
        return object_;
    }
    T& operator*() const {
        return *object_;
    }
    T* get() const {
        return object_;
    }

private:
    T* object_;
};

/// Watches accesses to plain data for races and for the end of its lifetime. Holds no data itself:
/// put one beside a container whose locking should be checked.
class race_cell {
public:
    explicit race_cell(const char* name)
        : life_(execution::current().constructing()), name_(name), cell_(execution::current().new_cell()) {}
    /// For who numbers cells in a way of its own. `part_of` lives as long as the cell.
    race_cell(const char* name, tracked_object& part_of, std::uint32_t cell)
        : life_(&part_of), name_(name), cell_(cell) {}

    void read() {
        note(false);
        check_alive();
        const detail::context& me = execution::current().running();
        if (me.clock == nullptr) {
            return;
        }
        const std::uint32_t now = me.clock[me.clock_index];
        if (reader_ == me.clock_index && read_at_ == now) {
            return;
        }
        if (written_at_ > me.clock[writer_]) [[unlikely]] {
            detail::report_race(name_, *life_, "is read while it is written", no_actor);
        }
        if (readers_ != nullptr) {
            add_reader(me);
        } else if (read_at_ <= me.clock[reader_]) {
            reader_ = me.clock_index;
            read_at_ = now;
        } else {
            share_read(me);
        }
    }

    void write() {
        note(true);
        check_alive();
        const detail::context& me = execution::current().running();
        if (me.clock == nullptr) {
            return;
        }
        const std::uint32_t now = me.clock[me.clock_index];
        if (writer_ == me.clock_index && written_at_ == now && readers_ == nullptr && read_at_ == 0) {
            return;
        }
        if (written_at_ > me.clock[writer_]) [[unlikely]] {
            detail::report_race(name_, *life_, "is written twice at once", no_actor);
        }
        if (readers_ != nullptr ? !reads_are_over(me) : read_at_ > me.clock[reader_]) [[unlikely]] {
            detail::report_race(name_, *life_, "is written while it is read", no_actor);
        }
        writer_ = me.clock_index;
        written_at_ = now;
        readers_ = nullptr;
        read_at_ = 0;
        reader_ = 0;
    }

    /// Whatever was noted as a write has to come before, as if this were a read; but nothing is noted.
    void check_write_is_over(const char* how) const {
        const detail::context& me = execution::current().running();
        if (me.clock != nullptr && written_at_ > me.clock[writer_]) [[unlikely]] {
            detail::report_race(name_, *life_, how, no_actor);
        }
    }

    /// Whatever was noted as a read has to come before, as if this were a write; but nothing is noted.
    void check_reads_are_over(const char* how) const {
        const detail::context& me = execution::current().running();
        if (me.clock != nullptr && (readers_ != nullptr ? !reads_are_over(me) : read_at_ > me.clock[reader_]))
            [[unlikely]] {
            detail::report_race(name_, *life_, how, no_actor);
        }
    }

    /// Somebody looks, whoever may be at it: no race, but the step depends on it.
    void peeked() const {
        footprint::note(places::cell(cell_), false);
    }

    const char* name() const {
        return name_;
    }

private:
    void check_alive() const {
        if (!life_->alive) [[unlikely]] {
            detail::touched_after_end(*life_, name_);
        }
    }
    void note(bool writes) const {
        if (footprint* const f = footprint::active(); f != nullptr) [[unlikely]] {
            f->add(places::cell(cell_), writes);
            detail::note_lifetime(*life_);
        }
    }
    void share_read(const detail::context& me);
    void add_reader(const detail::context& me) {
        if (me.clock_index >= readers_[-1]) [[unlikely]] {
            widen_readers();
        }
        readers_[me.clock_index] = me.clock[me.clock_index];
    }
    void widen_readers();
    bool reads_are_over(const detail::context& me) const;

    tracked_object* life_;
    const char* name_;
    std::uint32_t* readers_ = nullptr;  ///< per clock index; null: at most one reader, reader_ at read_at_
    std::uint32_t written_at_ = 0;
    std::uint32_t read_at_ = 0;
    std::uint8_t writer_ = 0;
    std::uint8_t reader_ = 0;
    std::uint32_t cell_;
};

template <typename T>
class guarded {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit guarded(const char* name, T initial = {}) : cell_(name), value_(initial) {}
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;

    T get() {
        cell_.read();
        return value_;
    }
    void set(T value) {
        cell_.write();
        value_ = value;
    }
    /// Without any check: for rules and for showing the state.
    const T& peek() const {
        cell_.peeked();
        return value_;
    }

private:
    race_cell cell_;
    T value_;
};

/// Plain data of a model that nothing checks, but that one step may set and another see: an ordinary T that
/// tells strategies which steps those are. For what no lock guards, and for what only rules look at.
template <typename T>
class noted {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit noted(T initial = {}) : cell_(execution::current().new_cell()), value_(initial) {}
    noted(const noted&) = delete;

    operator T() const {  // NOLINT(google-explicit-constructor): it is meant to look like a T
        footprint::note(places::cell(cell_), false);
        return value_;
    }
    noted& operator=(T value) {
        footprint::note(places::cell(cell_), true);
        value_ = value;
        return *this;
    }
    noted& operator=(const noted& other) {
        *this = static_cast<T>(other);
        return *this;
    }
    T operator->() const {
        return static_cast<T>(*this);
    }
    T exchange(T value) {
        const T before = *this;
        *this = value;
        return before;
    }

private:
    std::uint32_t cell_;
    T value_;
};

template <typename T>
class shared {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit shared(const char* name, T initial = {})
        : life_(execution::current().constructing()),
          name_(name),
          object_(execution::current().new_object()),
          value_(initial) {}
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;

    T load() {
        execution& e = before(op_kind::load, access::read);
        e.acquire(clock_);
        return value_;
    }
    void store(T value) {
        execution& e = before(op_kind::store, access::write);
        written(e.running());
        e.release(clock_);
        value_ = value;
    }
    T exchange(T value) {
        execution& e = before(op_kind::rmw, access::write);
        e.acquire(clock_);
        written(e.running());
        e.release(clock_);
        return std::exchange(value_, value);
    }
    /// True if the value was `expected` and now is `desired`; else `expected` becomes the value found.
    bool compare_exchange(T& expected, T desired) {
        execution& e = before(op_kind::rmw, access::write);
        e.acquire(clock_);
        if (value_ != expected) {
            expected = value_;
            return false;
        }
        written(e.running());
        e.release(clock_);
        value_ = desired;
        return true;
    }
    /// value = f(value), atomically; gives the old value.
    template <typename F>
    T update(F&& f) {
        execution& e = before(op_kind::rmw, access::write);
        e.acquire(clock_);
        written(e.running());
        e.release(clock_);
        return std::exchange(value_, std::forward<F>(f)(value_));
    }
    /// For the holder of the lock under which all writes happen: nobody can change the value, so reading it
    /// is no scheduling point. A write that is not ordered before it is a data race.
    T load_locked() const {
        note(false);
        check_alive();
        check_ordered();
        return value_;
    }
    /// Likewise, for a change that only holders of that lock can tell from no change.
    void store_locked(T value) {
        note(true);
        check_alive();
        check_ordered();
        written(execution::current().running());
        value_ = value;
    }
    /// As part of the scheduling point just passed: for the first access of something that begins with a
    /// point of its own, such as a timer callback.
    void store_here(T value) {
        note(true);
        check_alive();
        execution& e = execution::current();
        written(e.running());
        e.release(clock_);
        value_ = value;
    }
    /// Visible, but ordering nothing else.
    T load_relaxed() {
        before(op_kind::load, access::read);
        return value_;
    }
    void store_relaxed(T value) {
        execution& e = before(op_kind::store, access::write);
        written(e.running());
        value_ = value;
    }

    /// Without a scheduling point or any check: for rules and for showing the state.
    const T& peek() const {
        footprint::note(places::object(object_), false);
        return value_;
    }
    /// Likewise; for setting up.
    void poke(T value) {
        footprint::note(places::object(object_), true);
        value_ = value;
    }
    const char* name() const {
        return name_;
    }

private:
    execution& before(op_kind kind, access mode) {
        execution& e = execution::current();
        e.point(kind, mode, object_, name_);
        if (footprint::active() != nullptr) [[unlikely]] {
            detail::note_lifetime(*life_);
        }
        check_alive();
        return e;
    }
    void note(bool writes) const {
        if (footprint* const f = footprint::active(); f != nullptr) [[unlikely]] {
            f->add(places::object(object_), writes);
            detail::note_lifetime(*life_);
        }
    }
    void check_alive() const {
        if (!life_->alive) [[unlikely]] {
            detail::touched_after_end(*life_, name_);
        }
    }
    void check_ordered() const {
        const detail::context& me = execution::current().running();
        if (me.clock != nullptr && written_at_ > me.clock[writer_]) [[unlikely]] {
            detail::report_race(name_, *life_, "is written while it is read under a lock", no_actor);
        }
    }
    void written(const detail::context& me) {
        if (me.clock != nullptr) {
            writer_ = me.clock_index;
            written_at_ = me.clock[me.clock_index];
        }
    }

    tracked_object* life_;
    const char* name_;
    sync_clock clock_;
    std::uint32_t object_;
    std::uint32_t written_at_ = 0;
    std::uint8_t writer_ = 0;
    T value_;
};

}  // namespace tenthrule
