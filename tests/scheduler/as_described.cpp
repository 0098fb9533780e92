// `pos` and `surw` remember things so as not to look at everybody at each point. Here they are written down
// as they are described, one actor after the other; for the same seeds both take the same schedules.

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "scheduler/pos.hpp"
#include "scheduler/surw.hpp"
#include "tests/runtime/small_program.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

std::vector<actor> members(actor_set set) {
    std::vector<actor> all;
    for (; !set.empty(); set.erase(set.first())) {
        all.push_back(set.first());
    }
    return all;
}

// What both have in common: a lot for what each is about to do.
class by_lots : public strategy {
public:
    void begin(std::uint64_t seed) override {
        random_.reseed(seed);
        lots_.clear();
        rested_.clear();
        lowest_ = drawn;
        choices_ = 0;
    }
    void appear(actor a) override {
        draw(a);
    }
    std::uint32_t choose(std::uint32_t n) override {
        return random_.below(n);
    }
    bool follows() const override {
        return true;
    }

protected:
    void draw(actor a) {
        lots_[a] = random_.next() | drawn;
        rested_[a] = true;
    }
    void before_choice(const situation& where) {
        if (where.current_yields && random_.below(4) == 0) {
            draw(where.current);
        } else if (where.current_yields) {
            lots_[where.current] = --lowest_;
        }
    }
    void grow_old(const situation& where) {
        if (++choices_ % 1'000 == 0) {
            for (const actor a : members(where.enabled)) {
                if (!rested_[a]) draw(a);
            }
            rested_.clear();
        }
    }
    actor highest(const std::vector<actor>& among) {
        return *std::max_element(among.begin(), among.end(),
                                 [this](actor a, actor b) { return lots_.at(a) < lots_.at(b); });
    }

    static constexpr std::uint64_t drawn = std::uint64_t{1} << 63U;
    random_source random_;
    std::map<actor, std::uint64_t> lots_;
    std::map<actor, bool> rested_;  ///< drew since everybody was looked at
    std::uint64_t lowest_ = drawn;
    std::uint32_t choices_ = 0;
};

class described_pos final : public by_lots {
public:
    actor pick(const situation& where) override {
        before_choice(where);
        grow_old(where);
        const actor next = highest(members(where.enabled));
        followed(next, where.pending);
        return next;
    }
    void followed(actor next, const operation* pending) override {
        draw(next);
        if (pending[next].mode == access::none) return;
        for (auto& [other, lot] : lots_) {
            if (other != next && dependent(pending[next], pending[other])) draw(other);
        }
    }
};

class described_surw final : public by_lots {
public:
    void begin(std::uint64_t seed) override {
        by_lots::begin(seed);
        stepping_ = no_actor;
        impatient_ = false;
        nobody_waits();
        selected_ = 0;
        // The programs of this test are few executions long, in which the candidates are found each time.
        REQUIRE(executions_ < 16);
        std::uint64_t sum = 0;
        for (const std::uint32_t object : seen_)
            sum += share(object);
        if (sum == 0) return;
        REQUIRE(sum < 1U << 24U);
        std::uint64_t at = random_.below(static_cast<std::uint32_t>(sum));
        for (const std::uint32_t object : seen_) {
            if (at < share(object)) {
                selected_ = object;
                break;
            }
            at -= share(object);
        }
    }
    void appear(actor a) override {
        draw(a);
        left_[a] = selected_ == 0 ? 0 : expected(a);
        if (stepping_ != no_actor && stepping_ != a) {
            const std::uint32_t before = left_[stepping_];
            left_[stepping_] -= std::min(before, left_[a]);
            if (intended_ == stepping_ && before != 0 && random_.below(before) < left_[a]) intended_ = a;
        }
        if (now_appeared_[a]++ == 0 && parent_.count(a) == 0) parent_[a] = stepping_;
    }
    actor pick(const situation& where) override {
        before_choice(where);
        const auto free = [&] {
            std::vector<actor> all = members(where.enabled);
            all.erase(std::remove_if(all.begin(), all.end(), [&](actor a) { return parked_.count(a) != 0; }),
                      all.end());
            return all;
        };
        const auto yields = [&](actor a) { return where.pending[a].kind == op_kind::yield; };
        if (where.current_yields) {
            const auto all = free();
            if (where.current == intended_ || std::all_of(all.begin(), all.end(), yields)) nobody_waits();
        }
        grow_old(where);
        if (!parked_.empty() && ++waited_ == 1'000) {
            nobody_waits();
            impatient_ = true;
        }
        for (;;) {
            const auto all = free();
            if (all.empty()) {
                nobody_waits();
                continue;
            }
            const actor next = highest(all);
            if (is_selected(where.pending[next])) {
                if (intended_ == no_actor) intended_ = impatient_ ? next : draw_intended(all, where.pending);
                if (next != intended_) {
                    parked_.insert(next);
                    continue;
                }
            }
            followed(next, where.pending);
            return next;
        }
    }
    void followed(actor next, const operation* pending) override {
        stepping_ = next;
        draw(next);
        const operation& op = pending[next];
        if (!is_access(op)) return;
        if (std::find(seen_.begin(), seen_.end(), op.object) == seen_.end()) now_seen_.push_back(op.object);
        ++now_counts_[{op.object, next}];
        now_written_[op.object] |= op.mode == access::write;
        if (op.object == selected_) {
            left_[next] -= std::min(left_[next], 16U);
            nobody_waits();
            impatient_ = false;
        }
    }
    void end(const execution_size& /*size*/) override {
        ++executions_;
        for (const std::uint32_t object : now_seen_) {
            if (std::find(seen_.begin(), seen_.end(), object) == seen_.end()) seen_.push_back(object);
        }
        for (const auto& [of, n] : now_counts_)
            counts_[of] += n;
        for (const auto& [object, written] : now_written_)
            written_[object] |= written;
        for (const auto& [a, n] : now_appeared_)
            appeared_[a] += n;
        now_seen_.clear();
        now_counts_.clear();
        now_written_.clear();
        now_appeared_.clear();
    }

private:
    static bool is_access(const operation& op) {
        return op.object != 0 && op.mode != access::none && op.kind != op_kind::unlock;
    }
    bool is_selected(const operation& op) const {
        return op.object == selected_ && is_access(op);
    }
    void nobody_waits() {
        intended_ = no_actor;
        parked_.clear();
        waited_ = 0;
    }
    std::uint64_t share(std::uint32_t object) {
        std::uint64_t sum = 0;
        unsigned users = 0;
        for (const auto& [of, n] : counts_) {
            if (of.first == object) {
                sum += n;
                ++users;
            }
        }
        return users >= 2 && written_[object] ? sum : 0;
    }
    std::uint64_t with_all_it_starts(actor a) {
        const auto own = counts_.find({selected_, a});
        std::uint64_t sum = own == counts_.end() ? 0 : own->second;
        for (const auto& [child, parent] : parent_) {
            if (parent == a && child != a) sum += with_all_it_starts(child);
        }
        return sum;
    }
    std::uint32_t expected(actor a) {
        const std::uint64_t times = appeared_[a];
        return times == 0 ? 0 : static_cast<std::uint32_t>(with_all_it_starts(a) * 16 / times);
    }
    actor draw_intended(const std::vector<actor>& among, const operation* pending) {
        const auto weight = [&](actor a) {
            return is_selected(pending[a]) ? std::max(left_[a], 16U) : left_[a];
        };
        std::uint32_t sum = 0;
        for (const actor a : among)
            sum += weight(a);
        std::uint32_t at = random_.below(sum);
        for (const actor a : among) {
            if (at < weight(a)) return a;
            at -= weight(a);
        }
        return among.back();
    }

    unsigned executions_ = 0;
    std::vector<std::uint32_t> seen_, now_seen_;
    std::map<std::pair<std::uint32_t, actor>, std::uint64_t> counts_, now_counts_;
    std::map<std::uint32_t, bool> written_, now_written_;
    std::map<actor, std::uint32_t> appeared_, now_appeared_;
    std::map<actor, actor> parent_;
    std::uint32_t selected_ = 0;
    actor stepping_ = no_actor;
    actor intended_ = no_actor;
    std::set<actor> parked_;
    std::uint32_t waited_ = 0;
    bool impatient_ = false;
    std::map<actor, std::uint32_t> left_;
};

// Tasks, signals and timers that touch a few objects, in an order drawn once; some wait for a turn in a loop.
struct drawn_tasks {
    explicit drawn_tasks(std::uint64_t seed) {
        random_source random(seed);
        const std::uint32_t tasks = 1 + random.below(random.below(2) == 0 ? 5 : 60);
        const std::uint32_t objects = 1 + random.below(random.below(2) == 0 ? 3 : 80);
        signals = random.below(4);
        waits = random.below(2) == 0;
        for (std::uint32_t t = 0; t < tasks; ++t) {
            steps.emplace_back();
            for (std::uint32_t n = random.below(tasks > 5 ? 10 : 40); n > 0; --n) {
                // In steps of 64, as those of a library's threads are.
                const std::uint32_t object = random.below(5) == 0 ? 0 : (1 + random.below(objects)) << 6U;
                static constexpr tenthrule::access modes[] = {
                    tenthrule::access::none, tenthrule::access::read, tenthrule::access::write,
                    tenthrule::access::write};
                steps.back().push_back({random.below(8) == 0 ? op_kind::unlock : op_kind::rmw,
                                        modes[random.below(4)], object, "step"});
            }
        }
    }
    void boot(small_program& q) {
        auto* const turn = q.make_shared_cell<int>("turn");
        auto* const lock = q.make_lock(inner_kind, "lock");
        const int last = static_cast<int>(steps.size());
        for (int t = 0; t < last; ++t) {
            q.task({.start = t % 5 == 4 ? start_mode::arrives : start_mode::boot},
                   [this, &q, turn, lock, t, last] {
                       // Twice, so that both are at their first operation before anybody is asked again.
                       for (int made = t == 0 && last < 60 ? 0 : 2; made < 2; ++made) {
                           q.task({.start = start_mode::at_once}, [this, made] { perform(made); });
                       }
                       perform(t);
                       lock->lock();
                       turn->load();
                       lock->unlock();
                       while (waits && t < 4 && turn->load() != t)
                           here().retry("my turn");
                       turn->store(t + 1);
                   });
        }
        for (std::uint32_t s = 0; s < signals; ++s) {
            q.event("signal", [] {});
        }
    }

    void perform(int which) const {
        for (const operation& o : steps[static_cast<std::size_t>(which) % steps.size()]) {
            here().point(o.kind, o.mode, o.object, o.label);
        }
    }

    std::vector<std::vector<operation>> steps;
    std::uint32_t signals = 0;
    bool waits = false;
};

template <typename Fast, typename Described>
void check_same_schedules() {
    execution e;
    std::uint64_t choices = 0;
    for (std::uint64_t i = 0; i < repetitions(150); ++i) {
        CAPTURE(i);
        drawn_tasks drawn(execution_seed(2, i));
        small_program p([&drawn](small_program& q) { drawn.boot(q); });
        Fast fast;
        Described described;
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const run_result one = e.run(p, fast, {}, seed);
            const run_result& other = e.run(p, described, {}, seed);
            REQUIRE(one.schedule_hash == other.schedule_hash);
            REQUIRE(one.statistics.points == other.statistics.points);
            choices += one.statistics.choices;
        }
    }
    CHECK(choices > repetitions(150) * 6 * 10);  // there was something to be different in
}

}  // namespace

TEST_CASE("pos: takes the schedules of its description") {
    check_same_schedules<pos, described_pos>();
}

TEST_CASE("surw: takes the schedules of its description") {
    check_same_schedules<surw, described_surw>();
}
