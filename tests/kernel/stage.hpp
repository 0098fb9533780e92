#pragma once

/// Sequences of calls with nothing left open: a director tells one task at a time what to do, and goes on
/// when nobody can step any more. On one CPU; timers fire and signals arrive only when the director says so.
///
///     stage s("v6.8");
///     const unsigned lock = s.pi_word("lock");
///     const unsigned a = s.task(fifo("a", 10)), b = s.task(fifo("b", 20));
///     s.play([&] {
///         CHECK(s.call(a, lock_pi(lock)) == 0);
///         s.begin(b, lock_pi(lock));
///         CHECK(s.busy(b));
///         CHECK(s.urgency(a) == 20);
///     });

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/kernel_program.hpp"

namespace tenthrule::test {

class stage final : public program {
public:
    explicit stage(std::string_view version) {
        config.patches = patches_of(version);
    }

    kernel::config config;
    /// What nobody may be waiting for at the end, or may have lost, is up to each test.
    run_options options = [] {
        run_options o;
        for (const rule* r : {&rules::deadlock, &rules::lost_wakeup})
            o.rules.erase(*r);
        return o;
    }();

    // ---- Before `play`

    unsigned pi_word(const char* name, unsigned bucket = 0, std::uint32_t initial = 0) {
        return add_word({name, word_kind::pi, initial, bucket});
    }
    unsigned plain_word(const char* name, unsigned bucket = 0, std::uint32_t initial = 0) {
        return add_word({name, word_kind::plain, initial, bucket});
    }
    unsigned task(const task_spec& spec) {
        actors_.push_back({spec, {}, {}, false, nullptr, no_actor, no_actor});
        return static_cast<unsigned>(actors_.size());
    }
    unsigned task(const char* name, int priority) {
        return task(fifo(name, priority));
    }

    /// One execution; it has to end without a violation.
    void play(std::function<void()> director) {
        const run_result r = try_to_play(std::move(director));
        CHECK_MESSAGE(r.end == verdict::completed, r.failure.message);
    }
    run_result try_to_play(std::function<void()> director) {
        director_ = std::move(director);
        execution e;
        replay default_choices(schedule{});
        return e.run(*this, default_choices, options);
    }

    // ---- For the director

    /// The task performs c until it returns or blocks.
    void begin(unsigned task, const kernel::call& c) {
        actor_data& a = actors_[task - 1];
        a.command = c;
        a.result.reset();
        here().wake(static_cast<actor>(task));
        settle();
    }
    /// Likewise; it has to return.
    long call(unsigned task, const kernel::call& c) {
        begin(task, c);
        return result(task);
    }
    bool busy(unsigned task) const {
        return !actors_[task - 1].result.has_value();
    }
    /// Of the last call.
    long result(unsigned task) const {
        return actors_[task - 1].result.value_or(blocked);
    }
    static constexpr long blocked = 1'000'000;

    /// Virtual time goes on by so much; timers that expire until then fire.
    void pass_time(nanoseconds duration) {
        here().arm(*alarm_, here().now() + duration);
        while (alarm_->slot != no_actor) {
            here().sleep({.what = "directs", .object = "the play"});
        }
    }
    void settle() {
        pass_time(0);
    }
    void interrupt(unsigned task, bool with_restart) {
        const actor_data& a = actors_[task - 1];
        here().enable_event(with_restart ? a.restarting_signal : a.plain_signal, true);
        settle();
    }
    int urgency(unsigned task) const {
        return here().urgency(static_cast<actor>(task));
    }
    kernel::system& model() {
        return *system_;
    }
    kernel::task_struct& kernel_task(unsigned task) {
        return *system_->tasks[task];
    }
    kernel::futex_word& word(unsigned w) {
        return *system_->words[w];
    }
    std::uint32_t value(unsigned w) const {
        return kernel::word_value(*system_, w);
    }
    /// "a|WAITERS"
    std::string text(unsigned w) const {
        return kernel::word_text(*system_, w);
    }
    std::uint32_t tid(unsigned task) const {
        return kernel::tid_of(*system_, task);
    }
    /// Of the tasks that have returned 0, in order of return.
    std::string order() const {
        return order_;
    }

    // ---- program

    void boot(execution& e) override {
        e.set_cpus(1);
        system_ = &kernel::boot(e, config);
        order_.clear();
        for (const kernel::word_spec& w : words_)
            kernel::add_word(*system_, w);
        task_spec directing = fair("director");
        kernel::add_task(*system_, directing, &direct, this);
        for (actor_data& a : actors_) {
            a.owner = this;
            a.quit = false;
            a.command.reset();
            a.result = 0;
            const unsigned number = kernel::add_task(*system_, a.spec, &act, &a);
            a.plain_signal = kernel::add_signal(*system_, number, "signal", false, false);
            a.restarting_signal = kernel::add_signal(*system_, number, "signal with SA_RESTART", true, false);
        }
        alarm_ = e.arena().make<timer>();
        alarm_->name = "alarm";
        alarm_->callback = [](void*) { here().wake(0); };
    }

private:
    struct actor_data {
        task_spec spec;
        std::optional<kernel::call> command;
        std::optional<long> result;
        bool quit = false;
        stage* owner = nullptr;
        actor plain_signal = no_actor;
        actor restarting_signal = no_actor;
    };

    unsigned add_word(const kernel::word_spec& spec) {
        words_.push_back(spec);
        config.buckets = std::max(config.buckets, spec.bucket + 1);
        return static_cast<unsigned>(words_.size()) - 1;
    }
    static void direct(void* argument) {
        stage& s = *static_cast<stage*>(argument);
        s.settle();
        s.director_();
        for (actor_data& a : s.actors_)
            a.quit = true;
        for (unsigned i = 0; i < s.actors_.size(); ++i) {
            if (!s.busy(i + 1)) here().wake(static_cast<actor>(i + 1));
        }
    }
    static void act(void* argument) {
        actor_data& me = *static_cast<actor_data*>(argument);
        for (;;) {
            while (!me.command && !me.quit) {
                here().sleep({.what = "waits for", .object = "its cue"});
            }
            if (!me.command) return;
            const kernel::call c = *me.command;
            me.command.reset();
            me.result = kernel::perform(*me.owner->system_, c);
            if (*me.result == 0) me.owner->order_ += me.spec.name;
            here().progress();
        }
    }

    std::vector<kernel::word_spec> words_;
    std::deque<actor_data> actors_;
    std::function<void()> director_;
    kernel::system* system_ = nullptr;
    timer* alarm_ = nullptr;
    std::string order_;
};

}  // namespace tenthrule::test
