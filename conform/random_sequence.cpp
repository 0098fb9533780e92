#include "conform/random_sequence.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "conform/operations.hpp"
#include "runtime/random.hpp"

namespace tenthrule::conform {

namespace {

constexpr unsigned steps_min = 3;
constexpr unsigned steps_max = 30;
/// Above every possible TID, and yet a number that somebody could have meant.
constexpr std::uint32_t odd_number = 5'000'251;

struct weighted {
    operation_id id;
    unsigned weight;
};

// Most of all what takes and gives up locks: everything else is interesting because of them.
constexpr std::array weights{
    weighted{operation_id::lock_pi, 22},
    weighted{operation_id::unlock_pi, 18},
    weighted{operation_id::wait_requeue_pi, 9},
    weighted{operation_id::cmp_requeue_pi, 9},
    weighted{operation_id::lock_pi2, 4},
    weighted{operation_id::trylock_pi, 4},
    weighted{operation_id::wait, 4},
    weighted{operation_id::wake, 4},
    weighted{operation_id::cas_lock, 4},
    weighted{operation_id::store, 3},
    weighted{operation_id::cas_unlock, 2},
    weighted{operation_id::wake_op, 3},
    weighted{operation_id::requeue, 2},
    weighted{operation_id::cmp_requeue, 2},
    weighted{operation_id::wait_bitset, 2},
    weighted{operation_id::wake_bitset, 2},
    weighted{operation_id::waitv, 2},
    weighted{operation_id::robust_add, 3},
    weighted{operation_id::robust_pending, 1},
    weighted{operation_id::get_robust_list, 1},
    weighted{operation_id::exit, 2},
    weighted{operation_id::signal, 5},
    weighted{operation_id::fire, 5},
    weighted{operation_id::set_priority, 5},
};

class generator {
public:
    generator(std::uint64_t seed, const random_options& options) : random_(seed), options_(options) {}

    sequence make_frame(std::uint64_t seed);
    std::optional<step> next(const stillness& now);

private:
    unsigned below(unsigned n) {
        return random_.below(n);
    }
    bool one_in(unsigned n) {
        return below(n) == 0;
    }
    template <typename T, std::size_t N>
    T any_of(const std::array<T, N>& list) {
        return list[below(static_cast<unsigned>(list.size()))];
    }
    bool wanted(operation_id id) const {
        return options_.only.empty() || info(id).by == taker::outside ||
               std::find(options_.only.begin(), options_.only.end(), id) != options_.only.end();
    }

    int any_thread(const std::array<bool, threads_max>& among);
    std::optional<operation_id> any_operation(const stillness& now);
    word_value any_value();
    word_value expected_value(const stillness& now, const address& a);
    address any_address();
    address any_word() {
        return {address::place::word, static_cast<std::uint8_t>(below(words())), 0};
    }
    timeout_kind any_timeout();
    int any_count();
    unsigned words() const {
        return static_cast<unsigned>(frame_.words.size());
    }
    unsigned threads() const {
        return static_cast<unsigned>(frame_.threads.size());
    }

    step act_from_outside(operation_id id, const stillness& now);
    step act(operation_id id, const stillness& now);
    void fill_wake_op(step& s, const stillness& now);
    void prefer_own_word(step& s, const stillness& now);

    random_source random_;
    const random_options& options_;
    sequence frame_;
    unsigned steps_wanted_ = 0;
    unsigned attempts_left_ = 0;  ///< some of the steps turn out to be impossible
    bool all_realtime_ = true;
};

sequence generator::make_frame(std::uint64_t seed) {
    static constexpr std::array priorities{5, 10, 20, 20, 30, 40};
    static constexpr std::array word_names{"f", "g", "u", "v"};
    frame_.id = fmt::format("random/{}", seed);
    const unsigned threads = 2 + below(4);
    const bool mixed = !options_.realtime_only && one_in(8);
    for (unsigned t = 0; t < threads; ++t) {
        const bool realtime = !mixed || one_in(2);
        frame_.threads.push_back({std::string(1, static_cast<char>('A' + t)),
                                  realtime ? policy::fifo : policy::other,
                                  realtime ? any_of(priorities) : 0});
        all_realtime_ = all_realtime_ && realtime;
    }
    const unsigned words = 1 + below(4);
    for (unsigned w = 0; w < words; ++w) {
        frame_.words.emplace_back(word_names[w]);
        frame_.initial.push_back(one_in(8) ? any_value() : word_value{});
    }
    frame_.process_shared = one_in(6);
    steps_wanted_ = steps_min + below(steps_max - steps_min + 1);
    attempts_left_ = 4 * steps_wanted_;
    return frame_;
}

int generator::any_thread(const std::array<bool, threads_max>& among) {
    std::array<int, threads_max> found{};
    unsigned n = 0;
    for (unsigned t = 0; t < threads(); ++t) {
        if (among[t]) {
            found[n++] = static_cast<int>(t);
        }
    }
    return n == 0 ? -1 : found[below(n)];
}

std::optional<operation_id> generator::any_operation(const stillness& now) {
    const auto possible = [&](operation_id id) {
        if (!wanted(id)) {
            return false;
        }
        const auto some = [](const std::array<bool, threads_max>& of) {
            return std::find(of.begin(), of.end(), true) != of.end();
        };
        if (id == operation_id::fire) {
            return some(now.may_fire);
        }
        return info(id).by == taker::outside || some(now.idle);
    };
    unsigned total = 0;
    for (const weighted& w : weights) {
        total += possible(w.id) ? w.weight : 0;
    }
    if (total == 0) {
        return std::nullopt;
    }
    unsigned at = below(total);
    for (const weighted& w : weights) {
        if (!possible(w.id)) {
            continue;
        }
        if (at < w.weight) {
            return w.id;
        }
        at -= w.weight;
    }
    return std::nullopt;
}

word_value generator::any_value() {
    word_value v;
    switch (below(8)) {
        case 0:
        case 1:
        case 2:
            v.is = word_value::kind::thread;
            v.number = below(threads());
            break;
        case 3:
            v.is = word_value::kind::nobody;
            break;
        case 4:
            if (options_.kernel_threads) {
                v.is = word_value::kind::kernel_thread;
            }
            break;
        case 5:
            v.number = odd_number;
            break;
        default:
            break;
    }
    v.waiters = one_in(3);
    v.owner_died = one_in(4);
    return v;
}

word_value generator::expected_value(const stillness& now, const address& a) {
    const bool right = a.is == address::place::word && !one_in(6);
    if (right) {
        return now.last->words[a.word];
    }
    return one_in(2) ? word_value{} : any_value();
}

address generator::any_address() {
    if (!one_in(16)) {
        return any_word();
    }
    switch (below(6)) {
        case 0:
            return {address::place::null, 0, 0};
        case 1:
            return {address::place::unmapped, 0, 0};
        case 2:
            return {address::place::read_only, 0, 0};
        default: {
            address a = any_word();
            a.offset = static_cast<std::uint8_t>(1 + below(3));
            return a;
        }
    }
}

timeout_kind generator::any_timeout() {
    static constexpr std::array kinds{
        timeout_kind::none, timeout_kind::none, timeout_kind::none, timeout_kind::none,
        timeout_kind::none, timeout_kind::none, timeout_kind::far,  timeout_kind::far,
        timeout_kind::fire, timeout_kind::fire, timeout_kind::fire, timeout_kind::expired,
    };
    if (one_in(24)) {
        return one_in(2) ? timeout_kind::invalid : timeout_kind::negative;
    }
    return any_of(kinds);
}

int generator::any_count() {
    static constexpr std::array counts{0, 1, 1, 1, 2, 2, 3, INT32_MAX};
    return one_in(24) ? -1 : any_of(counts);
}

step generator::act_from_outside(operation_id id, const stillness& now) {
    step s;
    s.op = id;
    if (id == operation_id::fire) {
        s.thread = static_cast<unsigned>(any_thread(now.may_fire));
        return s;
    }
    s.thread = below(threads());
    if (id == operation_id::signal) {
        s.restart = one_in(2);
    } else {
        static constexpr std::array priorities{2, 7, 10, 20, 30, 40, 50};
        s.priority = all_realtime_ || !one_in(4) ? any_of(priorities) : 0;
        // Without SCHED_FIFO from the beginning the sequence is watched in another way.
        if (options_.realtime_only && s.priority == 0) {
            s.priority = priorities[0];
        }
    }
    return s;
}

// Arithmetic on a TID gives another number in each run.
void generator::fill_wake_op(step& s, const stillness& now) {
    static constexpr std::array operations{kernel::wake_op_kind::set,     kernel::wake_op_kind::add,
                                           kernel::wake_op_kind::bit_or,  kernel::wake_op_kind::and_not,
                                           kernel::wake_op_kind::bit_xor, kernel::wake_op_kind::bad};
    static constexpr std::array comparisons{kernel::wake_op_compare::eq, kernel::wake_op_compare::ne,
                                            kernel::wake_op_compare::lt, kernel::wake_op_compare::le,
                                            kernel::wake_op_compare::gt, kernel::wake_op_compare::ge,
                                            kernel::wake_op_compare::bad};
    const bool is_word = s.target.is == address::place::word;
    const word_value old = is_word ? now.last->words[s.target.word] : word_value{};
    const bool arithmetic = old.is == word_value::kind::number;
    s.operation = arithmetic ? any_of(operations) : kernel::wake_op_kind::set;
    s.compare = one_in(12) ? kernel::wake_op_compare::bad : any_of(comparisons);
    // No result is a TID that somebody could have: where these are given away, that was when the machine
    // started.
    static constexpr std::array operands{0U, 251U, 251U};
    s.operand.number = any_of(operands);
    s.compare_with.number = any_of(operands);
    if (s.operation == kernel::wake_op_kind::add && old.number != 0) {
        s.operand.number = 0;
    }
}

// To unlock what one owns is worth more than to be refused.
void generator::prefer_own_word(step& s, const stillness& now) {
    for (unsigned w = 0; w < words(); ++w) {
        const word_value& v = now.last->words[w];
        if (v.is == word_value::kind::thread && static_cast<int>(v.number) == s.by && !one_in(5)) {
            s.word = {address::place::word, static_cast<std::uint8_t>(w), 0};
            return;
        }
    }
}

step generator::act(operation_id id, const stillness& now) {
    const operation_info& o = info(id);
    step s;
    s.op = id;
    s.by = any_thread(now.idle);
    const bool user_space = !is_system_call(id);
    if (o.takes(field_id::word)) {
        s.word = user_space ? any_word() : any_address();
    }
    if (o.takes(field_id::target)) {
        s.target = any_address();
        if (s.target == s.word && words() > 1 && !one_in(4)) {
            s.target = any_word();
        }
    }
    if (id == operation_id::unlock_pi || id == operation_id::cas_unlock) {
        prefer_own_word(s, now);
    }
    if (id == operation_id::waitv) {
        const unsigned n = 1 + below(3);
        for (unsigned i = 0; i < n; ++i) {
            const address at = any_address();
            s.vector.push_back({at, expected_value(now, at)});
        }
    } else if (id == operation_id::store) {
        s.value = any_value();
    } else if (o.takes(field_id::value)) {
        s.value = expected_value(now, s.word);
    }
    if (o.takes(field_id::bits)) {
        static constexpr std::array masks{~0U, ~0U, 1U, 2U, 3U, 0U};
        s.bits = one_in(2) ? ~0U : any_of(masks);
    }
    s.timeout = o.takes(field_id::timeout) ? any_timeout() : timeout_kind::none;
    s.realtime = o.takes(field_id::clock) && one_in(s.timeout == timeout_kind::none ? 40 : 6);
    s.wake_count = o.takes(field_id::wake_count) ? any_count() : 1;
    s.move_count = o.takes(field_id::move_count) ? any_count() : 0;
    switch (id) {
        case operation_id::cmp_requeue_pi:
            s.wake_count = one_in(10) ? s.wake_count : 1;
            break;
        case operation_id::wake_op:
            fill_wake_op(s, now);
            break;
        case operation_id::robust_add:
        case operation_id::robust_pending:
            s.pi = !one_in(3);
            break;
        case operation_id::get_robust_list:
            s.of = static_cast<whose>(below(3));
            s.thread = below(threads());
            s.into_null = one_in(4);
            break;
        case operation_id::unlock_pi:
        case operation_id::wake:
            if (all_realtime_ && s.word.is == address::place::word && s.word.offset == 0 && one_in(12)) {
                static constexpr std::array next{operation_id::cas_lock, operation_id::lock_pi,
                                                 operation_id::trylock_pi, operation_id::exit};
                s.then = any_of(next);
            }
            break;
        default:
            break;
    }
    return s;
}

std::optional<step> generator::next(const stillness& now) {
    if (now.steps_done >= steps_wanted_ || attempts_left_-- == 0) {
        return std::nullopt;
    }
    const std::optional<operation_id> id = any_operation(now);
    if (!id) {
        return std::nullopt;
    }
    return info(*id).by == taker::outside ? act_from_outside(*id, now) : act(*id, now);
}

// A timeout for which no `fire` has come is as good as one that never expires.
void settle_timeouts(std::vector<step>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].timeout != timeout_kind::fire) {
            continue;
        }
        bool fires = false;
        for (std::size_t k = i + 1; k < steps.size() && !fires; ++k) {
            if (steps[k].by == steps[i].by) {
                break;
            }
            fires = steps[k].op == operation_id::fire && static_cast<int>(steps[k].thread) == steps[i].by;
        }
        if (!fires) {
            steps[i].timeout = timeout_kind::far;
        }
    }
}

}  // namespace

random_sequence make_random_sequence(std::uint64_t seed, const random_options& options, model& on) {
    generator g(seed, options);
    random_sequence made;
    made.what = g.make_frame(seed);
    made.run = on.play(made.what, [&](const stillness& now) { return g.next(now); });
    made.what.steps = made.run.steps;
    settle_timeouts(made.what.steps);
    made.run.steps = made.what.steps;
    return made;
}

}  // namespace tenthrule::conform
