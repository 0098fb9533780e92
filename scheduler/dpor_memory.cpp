// A search as a row of numbers, and back.

#include "scheduler/dpor.hpp"

namespace tenthrule {

namespace {

// Who reads it has to have sets as large as who wrote it.
constexpr unsigned done_flag = 1;
constexpr unsigned left_out_flag = 2;
constexpr unsigned wide_flag = 4;
constexpr unsigned width = tasks_max > 64 ? wide_flag : 0;

class writer {
public:
    explicit writer(std::vector<std::uint64_t>& to) : to_(to) {}

    void put(std::uint64_t n) {
        to_.push_back(n);
    }
    void put(const actor_set& set) {
        put(detail::low_word(set.tasks));
        if constexpr (tasks_max > 64) {
            put(detail::high_word(set.tasks));
        }
        put(set.events);
    }
    void put(std::span<const touch> touches) {
        put(touches.size());
        for (const touch& t : touches) {
            put(2 * std::uint64_t{t.where} + (t.writes ? 1U : 0U));
        }
    }
    template <typename Sleeper>
    void put(const std::vector<Sleeper>& sleepers) {
        put(sleepers.size());
        for (const Sleeper& s : sleepers) {
            put(s.who);
            put(std::span<const touch>(s.touched));
        }
    }

private:
    std::vector<std::uint64_t>& to_;
};

// After the first mistake everything is 0.
class reader {
public:
    explicit reader(std::span<const std::uint64_t> from) : from_(from) {}

    std::uint64_t number(std::uint64_t most) {
        if (from_.empty() || from_.front() > most) {
            good_ = false;
            from_ = {};
            return 0;
        }
        const std::uint64_t n = from_.front();
        from_ = from_.subspan(1);
        return n;
    }
    std::uint32_t count() {
        return static_cast<std::uint32_t>(number(from_.size()));
    }
    template <typename T>
    void take(T& to, std::uint64_t most) {
        to = static_cast<T>(number(most));
    }
    void take(actor_set& set) {
        set.tasks = number(~std::uint64_t{0});
        if constexpr (tasks_max > 64) {
            set.tasks |= task_bits{number(~std::uint64_t{0})} << 64U;
        }
        set.events = number(~std::uint64_t{0});
    }
    void take(std::vector<touch>& touches) {
        touches.resize(count());
        for (touch& t : touches) {
            const std::uint64_t n = number(std::uint64_t{1} << 32U);
            t = {static_cast<place_number>(n / 2), n % 2 != 0};
        }
    }
    void take(std::vector<sleeper>& sleepers) {
        sleepers.resize(count());
        for (sleeper& s : sleepers) {
            take(s.who, actors_max - 1);
            take(s.touched);
        }
    }
    bool finished() const {
        return good_ && from_.empty();
    }

private:
    std::span<const std::uint64_t> from_;
    bool good_ = true;
};

}  // namespace

void dpor::save(std::vector<std::uint64_t>& to) const {
    writer w(to);
    w.put((done_ ? done_flag : 0U) | (left_out_ ? left_out_flag : 0U) | width);
    w.put(frozen_);
    w.put(decisions_.size());
    for (const decision& d : decisions_) {
        w.put(d.value);
        w.put(d.enabled);
    }
    w.put(size_);
    for (std::uint32_t i = 0; i < size_; ++i) {
        const step& s = steps_[i];
        w.put(s.who);
        for (const actor_set* set : {&s.enabled, &s.possible, &s.tried, &s.done, &s.asleep}) {
            w.put(*set);
        }
        w.put(s.goes_on);
        w.put((s.is_choice ? 1U : 0U) + (s.excludes ? 2U : 0U));
        w.put(s.decision);
        w.put(s.sleep);
        w.put(s.explored);
        w.put(std::span<const touch>(s.touched));
        w.put(s.outcomes.size());
        for (const outcome& o : s.outcomes) {
            w.put(o.values);
            w.put(o.taken);
            w.put(o.decision);
            w.put(o.touches);
        }
    }
}

bool dpor::restore(std::span<const std::uint64_t> from) {
    reader r(from);
    const std::uint64_t flags = r.number(done_flag | left_out_flag | wide_flag);
    if ((flags & wide_flag) != width) {
        return false;
    }
    done_ = (flags & done_flag) != 0;
    left_out_ = (flags & left_out_flag) != 0;
    r.take(frozen_, happens_before::steps_max);
    decisions_.resize(r.count());
    for (decision& d : decisions_) {
        r.take(d.value, 255);
        r.take(d.enabled);
    }
    size_ = r.count();
    steps_.resize(size_);
    for (step& s : steps_) {
        r.take(s.who, actors_max - 1);
        for (actor_set* set : {&s.enabled, &s.possible, &s.tried, &s.done, &s.asleep}) {
            r.take(*set);
        }
        r.take(s.goes_on, no_actor);
        const std::uint64_t kind = r.number(3);
        s.is_choice = (kind & 1U) != 0;
        s.excludes = (kind & 2U) != 0;
        r.take(s.decision, decisions_.size());
        std::vector<sleeper>& sleepers = restored_sleepers_.emplace_back();
        r.take(sleepers);
        s.sleep.clear();
        for (const sleeper& other : sleepers) {
            s.sleep.push_back({other.who, other.touched});
        }
        r.take(s.explored);
        r.take(s.touched);
        s.outcomes.resize(r.count());
        for (outcome& o : s.outcomes) {
            r.take(o.values, 256);
            r.take(o.taken, 255);
            r.take(o.decision, decisions_.empty() ? 0 : decisions_.size() - 1);
            r.take(o.touches, std::uint64_t{1} << 20U);
        }
    }
    restored_ = decisions_.size();
    return r.finished();
}

}  // namespace tenthrule
