#include "tests/kernel/random_program.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>

namespace tenthrule::test {

namespace {

constexpr std::array<const char*, 3> word_names{"lock0", "lock1", "lock2"};
constexpr std::array<const char*, 4> task_names{"task0", "task1", "task2", "task3"};
constexpr std::array<int, 4> priorities{10, 20, 20, 30};

}  // namespace

random_program::random_program(std::uint64_t seed, const ingredients& what, std::string_view version) {
    random_source random(seed);
    const auto chance = [&](unsigned p, unsigned of) { return random.below(of) < p; };
    config.patches = patches_of(version);
    config.buckets = 1 + random.below(2);
    config.preempt = std::array{preempt_model::none, preempt_model::full, preempt_model::rt}[random.below(3)];
    cpus = random.below(4);
    const unsigned words = 1 + random.below(3);
    for (unsigned w = 0; w < words; ++w) {
        word_buckets_.push_back(random.below(config.buckets));
    }
    has_condition_ = what.conditions;
    has_gate_ = what.gates;
    condition_bucket_ = random.below(config.buckets);
    const unsigned tasks = 2 + random.below(3);
    const auto any_take = [&] {
        const std::array<op_code, 6> all{op_code::mutex_lock, op_code::mutex_lock,    op_code::lock_pi,
                                         op_code::lock_pi2,   op_code::mutex_trylock, op_code::trylock_pi};
        const op_code drawn = all[random.below(what.trylocks ? 6 : 4)];
        const bool is_there = drawn != op_code::lock_pi2 || config.patches.contains(patch::lock_pi2);
        return is_there ? drawn : op_code::lock_pi;
    };
    unsigned waiters = 0;
    for (unsigned t = 0; t < tasks; ++t) {
        body made;
        made.program = this;
        made.number = t;
        made.name = task_names[t];
        made.spec.sched = std::array{policy::fifo, policy::fifo, policy::rr, policy::other}[random.below(4)];
        made.spec.priority = made.spec.sched == policy::other ? 0 : priorities[random.below(4)];
        made.spec.start = chance(cpus == 0 ? 1 : 3, 4) ? start_mode::arrives : start_mode::boot;
        if (cpus > 1 && chance(1, 4)) made.spec.affinity = std::uint64_t{1} << random.below(cpus);
        const unsigned blocks = 1 + random.below(3);
        for (unsigned i = 0; i < blocks; ++i) {
            block b;
            b.word = static_cast<std::uint8_t>(random.below(words));
            b.take = any_take();
            b.fast_release = chance(1, 2);
            b.timed = what.timeouts && chance(1, 2);
            b.inner = b.word;
            const unsigned kind = random.below(12);
            if (what.conditions && kind < 5) {
                b.word = 0;  // the condition's mutex
                b.kind = std::array{block_kind::wait, block_kind::wait, block_kind::post,
                                    block_kind::requeue_wait, block_kind::requeue}[kind];
                // Without a timeout it relies on a post that is still to come; see below.
                waiters += b.kind == block_kind::wait ? 1 : 0;
                b.timed = b.kind == block_kind::requeue_wait || b.timed;
                b.everybody = chance(1, 2);
            } else if (what.gates && kind < 7) {
                b.kind = chance(2, 3) ? block_kind::pass : block_kind::open;
                b.way = static_cast<std::uint8_t>(random.below(3));
            } else if (what.priority_changes && kind < 8) {
                b.kind = block_kind::priority;
                b.priority = priorities[random.below(4)];
                b.whom = static_cast<std::uint8_t>(chance(1, 2) ? 0xff : random.below(tasks));
            } else if (kind == 10) {
                b.kind = block_kind::yield;
            } else if (kind == 11 && what.timeouts) {
                b.kind = block_kind::sleep;
            } else if (b.word + 1U < words && chance(1, 3)) {
                b.inner = static_cast<std::uint8_t>(b.word + 1U + random.below(words - b.word - 1U));
                b.take_inner = any_take();
            }
            made.blocks.push_back(b);
        }
        bodies_.push_back(std::move(made));
    }
    // Somebody who never waits releases all that do.
    body& last = bodies_[tasks - 1];
    if (what.gates) {
        for (block& b : last.blocks) {
            if (b.kind == block_kind::pass) b.kind = block_kind::open;
        }
        block open;
        open.kind = block_kind::open;
        open.way = static_cast<std::uint8_t>(random.below(3));
        last.blocks.push_back(open);
    }
    if (waiters != 0) {
        for (block& b : last.blocks) {
            if (b.kind == block_kind::wait) {
                b.kind = block_kind::section;
                --waiters;
            }
        }
        for (; waiters != 0; --waiters) {
            block post;
            post.kind = block_kind::post;
            post.everybody = chance(1, 2);
            post.fast_release = chance(1, 2);
            last.blocks.push_back(post);
        }
    }
    if (what.signals) {
        const unsigned count = 1 + random.below(2);
        for (unsigned i = 0; i < count; ++i) {
            signals_.push_back({random.below(tasks), chance(1, 2)});
        }
    }
}

std::string random_program::describe_program() const {
    static constexpr std::array kinds{"section", "wait", "post",     "requeue_wait", "requeue",
                                      "pass",    "open", "priority", "sleep",        "yield"};
    static constexpr std::array models{"none", "full", "rt"};
    static constexpr std::array policies{"other", "fifo", "rr", "deadline"};
    std::string text = fmt::format("preempt {} cpus {} buckets {}; words in",
                                   models[static_cast<unsigned>(config.preempt)], cpus, config.buckets);
    for (const unsigned b : word_buckets_)
        text += fmt::format(" {}", b);
    if (has_condition_) text += fmt::format(", condition in {}", condition_bucket_);
    for (const body& b : bodies_) {
        text += fmt::format(
            "\n  {} {}:{} {}{}", b.name, policies[static_cast<unsigned>(b.spec.sched)], b.spec.priority,
            b.spec.start == start_mode::arrives ? "arrives" : "boot",
            b.spec.affinity == ~std::uint64_t{0} ? "" : fmt::format(" on {:#x}", b.spec.affinity));
        for (const block& k : b.blocks) {
            text += fmt::format("; {}", kinds[static_cast<unsigned>(k.kind)]);
            if (k.kind == block_kind::section) {
                text +=
                    fmt::format(" {}({}{})", kernel::info(k.take).name, k.word, k.timed ? ", timeout" : "");
                if (k.inner != k.word)
                    text += fmt::format(" {{{}({})}}", kernel::info(k.take_inner).name, k.inner);
                text += k.fast_release ? "" : " unlock_pi";
            } else if (k.kind == block_kind::priority) {
                text += fmt::format(" {} of {}", k.priority, k.whom == 0xff ? "self" : task_names[k.whom]);
            } else {
                text += fmt::format("{}{} {}", k.timed ? " timed" : "", k.everybody ? " all" : "", k.way);
            }
        }
    }
    for (const signal& s : signals_) {
        text += fmt::format("\n  signal for {}{}", task_names[s.task], s.restart ? ", SA_RESTART" : "");
    }
    return text;
}

void random_program::boot(execution& e) {
    e.set_cpus(cpus);
    system_ = &kernel::boot(e, config);
    data_.clear();
    for (unsigned w = 0; w < word_buckets_.size(); ++w) {
        kernel::add_word(*system_, {word_names[w], word_kind::pi, 0, word_buckets_[w]});
        data_.push_back(e.arena().make<guarded<int>>("protected data"));
    }
    if (has_condition_ || has_gate_) {
        kernel::add_word(*system_, {"condition", word_kind::plain, 0, condition_bucket_});
        kernel::add_word(*system_, {"requeued", word_kind::plain, 0, condition_bucket_});
        kernel::add_word(*system_, {"gate", word_kind::plain, 0, 0});
        kernel::add_word(*system_, {"hall", word_kind::plain, 0, config.buckets - 1});
        tokens_ = e.arena().make<guarded<int>>("tokens");
    }
    for (body& b : bodies_) {
        b.spec.name = task_names[b.number];
        const auto entry = [](void* argument) {
            const body& me = *static_cast<body*>(argument);
            for (const block& step : me.blocks) {
                me.program->carry_out(step);
            }
        };
        kernel::add_task(*system_, b.spec, entry, &b);
    }
    for (const signal& s : signals_) {
        kernel::add_signal(*system_, s.task, "signal", s.restart, true);
    }
}

long random_program::call_once(const call& c) {
    const long result = kernel::perform(*system_, c);
    here().progress();
    if (!kernel_program::expected(c, result)) {
        here().report(kernel::rules::unexpected_error,
                      fmt::format("{} returned {}", kernel::info(c.op).name, kernel::result_name(result)),
                      fmt::format("{} returned {} to {}", kernel::info(c.op).name,
                                  kernel::result_name(result), here().name(here().self())));
    }
    return result;
}

bool random_program::take(unsigned word, op_code how, bool timed) {
    call c = call_of(how, word);
    if (timed && kernel::info(how).takes(kernel::argument::timeout)) c = with_timeout(c, 5'000'000);
    return call_once(c) == 0;
}

void random_program::release(unsigned word, bool fast) {
    if (fast) {
        call_once(mutex_unlock(word));
        return;
    }
    while (call_once(unlock_pi(word)) == -EAGAIN) {}
}

// Two tasks that both believe to have the lock race here.
void random_program::touch(unsigned word) {
    data_[word]->set(data_[word]->get() + 1);
}

void random_program::wait_for_token(const block& b) {
    take(0, op_code::mutex_lock, false);
    bool patient = true;
    while (tokens_->get() == 0 && patient) {
        call c = call_of(op_code::cond_wait, condition(), 0);
        if (b.timed) c = with_timeout(c, 3'000'000);
        patient = call_once(c) == 0;
    }
    // One that lost patience may have swallowed a post on the way: then it owes a token.
    if (tokens_->get() != 0) tokens_->set(tokens_->get() - 1);
    release(0, b.fast_release);
}

void random_program::open_gate(unsigned way) {
    if (way == 2) {
        call c = with_counts(call_of(op_code::wake_op, hall(), gate()), 100, 100);
        c.operation = kernel::wake_op_kind::set;
        c.operand = 1;
        c.compare = kernel::wake_op_compare::ge;
        call_once(c);
        return;
    }
    call_once(store(gate(), 1));
    if (way == 1) {
        // Two of these may move the same waiters back and forth, but not past the wake-ups that follow.
        call_once(requeue(gate(), hall(), 1, 100));
        call_once(wake(hall(), 100));
    }
    call_once(wake(gate(), 100));
}

void random_program::carry_out(const block& b) {
    switch (b.kind) {
        case block_kind::section:
            if (!take(b.word, b.take, b.timed)) return;
            touch(b.word);
            if (b.inner != b.word && take(b.inner, b.take_inner, b.timed)) {
                touch(b.inner);
                release(b.inner, b.fast_release);
            }
            release(b.word, b.fast_release);
            return;
        case block_kind::wait:
            wait_for_token(b);
            return;
        case block_kind::post:
            take(0, op_code::mutex_lock, false);
            tokens_->set(tokens_->get() + 1);
            call_once(call_of(b.everybody ? op_code::cond_broadcast : op_code::cond_signal, condition(), 0));
            release(0, b.fast_release);
            return;
        case block_kind::requeue_wait:
            if (call_once(with_timeout(call_of(op_code::wait_requeue_pi, requeued(), 0))) == 0) {
                touch(0);
                release(0, b.fast_release);
            }
            return;
        case block_kind::requeue:
            call_once(with_counts(call_of(op_code::cmp_requeue_pi, requeued(), 0), 1, b.everybody ? 100 : 0));
            return;
        case block_kind::pass:
            while (system_->words[gate()]->value.load() == 0) {
                const call c = wait_for(gate(), 0);
                const long result = call_once(b.timed ? with_timeout(c, 2'000'000) : c);
                if (result == -ETIMEDOUT) return;
            }
            return;
        case block_kind::open:
            open_gate(b.way);
            return;
        case block_kind::priority:
            call_once(set_priority(b.priority, b.whom));
            return;
        case block_kind::sleep:
            call_once(sleep_for(2'000'000));
            return;
        case block_kind::yield:
            call_once(call_of(op_code::yield));
            return;
    }
}

}  // namespace tenthrule::test
