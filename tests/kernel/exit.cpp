// The end of a task. What it owns has to go to somebody, who has to be told that its owner died; and a task
// that is ending must neither be kept from it nor be attached to.

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

const std::array<std::string, 9> versions{"v2.6.24", "v2.6.31", "v4.8", "v4.12", "v4.14",
                                          "v4.15",   "v5.15",   "v6.8", "golden"};

// A call is about the words that it names; the rules leave those alone for as long as it lasts.
call exits(unsigned word = 0, unsigned other = 0) {
    return call_of(op_code::exit, word, other);
}

bool begins_with(const std::string& text, std::string_view beginning) {
    return text.compare(0, beginning.size(), beginning) == 0;
}

}  // namespace

// ---- Who gets what the dead had

TEST_CASE("exit: the word of a robust futex is marked, and the waiter gets the lock") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 30);
        s.play([&] {
            s.word(lock).robust = true;
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, lock_pi(lock));
            s.begin(c, lock_pi(lock));
            CHECK(s.call(a, exits()) == 0);
            CHECK(s.result(c) == 0);
            CHECK(s.text(lock) == "c|WAITERS|OWNER_DIED");
            CHECK(s.call(c, mutex_unlock(lock)) == 0);
            CHECK(s.result(b) == 0);
            CHECK(s.text(lock) == "b|WAITERS");  // it has been told to one
            CHECK(s.call(b, mutex_unlock(lock)) == 0);
            CHECK(s.text(lock) == "0");
            CHECK(s.model().pi_states_count == 0);
        });
    }
}

TEST_CASE("exit: without waiters the word of a robust futex says that its owner died, and is free") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            s.word(lock).robust = true;
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            CHECK(s.call(a, exits()) == 0);
            CHECK(s.text(lock) == "0|OWNER_DIED");
            CHECK(s.call(b, mutex_lock(lock)) == 0);
            CHECK(s.text(lock) == "b|OWNER_DIED");
            CHECK(s.call(b, mutex_unlock(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

TEST_CASE("exit: words that it does not own are left alone") {
    stage s("golden");
    const unsigned lock = s.pi_word("lock");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    s.play([&] {
        s.word(lock).robust = true;
        CHECK(s.call(b, exits()) == 0);
        CHECK(s.text(lock) == "0");
        CHECK(s.call(a, mutex_lock(lock)) == 0);
        CHECK(s.call(b, exits()) == 0);
        CHECK(s.text(lock) == "a");
    });
}

TEST_CASE("exit: every lock goes to its own waiter, and what they lent is given back") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned first = s.pi_word("first");
        const unsigned second = s.pi_word("second");
        const unsigned third = s.pi_word("third");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 30);
        s.play([&] {
            for (const unsigned lock : {first, second, third}) {
                s.word(lock).robust = lock != third;
                CHECK(s.call(a, mutex_lock(lock)) == 0);
            }
            s.begin(b, lock_pi(first));
            s.begin(c, lock_pi(second));
            CHECK(s.urgency(a) == 30);
            CHECK(s.call(a, exits(first, second)) == 0);
            CHECK(s.urgency(a) == 10);
            CHECK(s.result(b) == 0);
            CHECK(s.result(c) == 0);
            CHECK(s.text(first) == "b|WAITERS|OWNER_DIED");
            CHECK(s.text(second) == "c|WAITERS|OWNER_DIED");
            CHECK(s.text(third) == "a");  // nobody has ever heard of it
        });
    }
}

TEST_CASE("exit: a waiter that was requeued gets the lock of a dead owner as others do") {
    for (const std::string& version : versions) {
        if (!patches_of(version).contains(patch::requeue_pi)) continue;
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
            CHECK(s.call(a, exits()) == 0);
            CHECK(s.result(b) == 0);
            CHECK(s.text(lock) == "b|WAITERS|OWNER_DIED");
        });
    }
}

TEST_CASE("a97cb0e7b3f4: without a robust list it is the fixup that says that the owner died") {
    const auto word_afterwards = [](const kernel::patch_set& patches) {
        stage s("golden");
        s.config.patches = patches;
        s.options.rules.erase(kernel::rules::owner_died);
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        std::string text;
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, lock_pi(lock));
            CHECK(s.call(a, exits()) == 0);
            CHECK(s.result(b) == 0);
            text = s.text(lock);
        });
        return text;
    };
    for (const std::string& version : versions) {
        CAPTURE(version);
        CHECK(word_afterwards(patches_of(version)) == "b|WAITERS|OWNER_DIED");
    }
    kernel::patch_set lost = patches_of("v4.15");  // by c1e2f0eaf015
    lost.erase(patch::owner_died_fixup);
    CHECK(word_afterwards(lost) == "b|WAITERS");
}

TEST_CASE("exit: a futex that a dead task leaves locked without a trace in the kernel is nobody's any more") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 30);
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            CHECK(s.call(a, exits()) == 0);
            CHECK(s.text(lock) == "a");
            CHECK(s.call(b, lock_pi(lock)) == -ESRCH);
            CHECK(s.call(b, trylock_pi(lock)) == -ESRCH);
            CHECK(s.call(b, unlock_pi(lock)) == -EPERM);
            if (patches_of(version).contains(patch::requeue_pi)) {
                s.begin(c, wait_requeue_pi(gate, lock));
                CHECK(s.call(b, cmp_requeue_pi(gate, lock, 0)) == -ESRCH);
                CHECK(s.busy(c));
            }
            CHECK(s.text(lock) == "a|WAITERS");
            CHECK(s.model().pi_states_count == 0);
        });
    }
}

// ---- Meeting a task that is ending

namespace {

struct meeting {
    std::string version;
    bool cured = false;  // by 3ef240eaff36
    bool robust = true;
    unsigned cpus = 0;
    unsigned retries_allowed = 0;
    preempt_model model = preempt_model::full;
};

// The owner of a lock ends while a more urgent task comes for it. `told`: what that one is told.
std::unique_ptr<kernel_program> meet(const meeting& m, std::set<std::string>* told = nullptr) {
    const auto setup = [m, told](kernel_program& q) {
        const unsigned lock = kernel::add_word(q.model(), {"lock", word_kind::pi, 0, 0, m.robust, 0});
        const unsigned owner = q.task(fifo("owner", 10), [&q] { q.perform(exits()); });
        q.task(fifo("waiter", 20, start_mode::arrives), [&q, told, lock] {
            const long result = q.perform(mutex_lock(lock));
            if (told != nullptr) told->insert(kernel::result_name(result));
            if (result == 0) q.expect(mutex_unlock(lock));
        });
        kernel::set_initial_owner(q.model(), lock, owner);
    };
    auto p = std::make_unique<kernel_program>(m.version, setup, m.cpus);
    p->config.preempt = m.model;
    p->config.retries_allowed = m.retries_allowed;
    if (m.cured) p->config.patches.insert(patch::exit_livelock);
    return p;
}

}  // namespace

TEST_CASE("3ef240eaff36: a waiter that meets an owner that is ending sleeps until it is through") {
    // Without it the waiter tries again and again; with it once more, when the owner is dead.
    const auto identities = [](bool cured, unsigned retries_allowed) {
        std::set<std::string> met;
        const auto p = meet({.version = "v4.15", .cured = cured, .retries_allowed = retries_allowed});
        for (const auto& [identity, count] : search(*p, "random:stay=7/8", 5'000).identities)
            met.insert(identity);
        return met;
    };
    const std::string again_and_again = "bounded-retries: futex_lock_pi: the word changed";
    CHECK(identities(false, 2) == std::set{again_and_again});
    CHECK(identities(false, 0).empty());
    CHECK(identities(true, 2).empty());

    const auto somebody_sleeps = [](bool cured) {
        const auto p = meet({.version = "v4.15", .cured = cured});
        const auto strategy = make_strategy("random:stay=7/8").made;
        execution e;
        run_options options;
        options.log = true;
        bool found = false;
        for (std::uint64_t i = 0; i < 1'000 && !found; ++i) {
            const std::vector<event>& log = e.run(*p, *strategy, options, execution_seed(1, i)).log;
            found = std::any_of(log.begin(), log.end(), [](const event& one) {
                return one.label == "sleeps (waits for the end of owner)";
            });
        }
        return found;
    };
    CHECK(!somebody_sleeps(false));
    CHECK(somebody_sleeps(true));
}

TEST_CASE("3ef240eaff36: the more urgent waiter does not keep the owner from ending") {
    for (const std::string version : {"v2.6.24", "v2.6.31", "v4.8", "v4.12", "v4.15"}) {
        CAPTURE(version);
        const auto before = meet({.version = version, .cpus = 1});
        const search_result stuck = explore(*before);
        CHECK(stuck.complete);
        CHECK(stuck.identities.size() == 1);
        CHECK(stuck.has("livelock: futex_lock_pi: the word changed"));
        for (const preempt_model model : {preempt_model::none, preempt_model::full}) {
            const auto after = meet({.version = version, .cured = true, .cpus = 1, .model = model});
            const search_result through = explore(*after);
            CHECK(through.complete);
            CHECK(through.clean());
        }
    }
}

TEST_CASE("da791a667536: nobody is told that there is no owner after the owner's end has changed the word") {
    const auto told = [](const meeting& m, bool patched) {
        std::set<std::string> results;
        const auto p = meet(m, &results);
        if (patched) p->config.patches.insert(patch::exit_race);
        CHECK(search(*p, "random:stay=7/8", 20'000).clean());
        return results;
    };
    const std::set<std::string> both{"ESRCH", "ok"};
    CHECK(told({.version = "v4.15"}, false) == both);
    CHECK(told({.version = "v4.15"}, true) == std::set<std::string>{"ok"});
    // If nobody marks the word, it is true.
    CHECK(told({.version = "v4.15", .robust = false}, true) == both);
}

// ---- Programs drawn at random

namespace {

// Tasks that take up to two locks, some of which are on robust lists, and end sooner or later, with or
// without them.
class mortal_program {
public:
    mortal_program(std::uint64_t seed, bool with_timeouts) {
        random_source random(seed);
        const auto chance = [&](unsigned p, unsigned of) { return random.below(of) < p; };
        buckets_ = 1 + random.below(2);
        model = std::array{preempt_model::none, preempt_model::full, preempt_model::rt}[random.below(3)];
        cpus = random.below(4);
        const unsigned words = 1 + random.below(2);
        for (unsigned w = 0; w < words; ++w)
            words_.push_back({chance(1, 2), random.below(buckets_)});
        const unsigned tasks = 2 + random.below(2);
        for (unsigned t = 0; t < tasks; ++t) {
            mortal m;
            const int priority = 10 * static_cast<int>(1 + random.below(3));
            const bool arrives = chance(cpus == 0 ? 1 : 3, 4);
            m.spec = fifo(names[t], priority, arrives ? start_mode::arrives : start_mode::boot);
            const unsigned sections = 1 + random.below(2);
            for (unsigned i = 0; i < sections; ++i) {
                section s;
                s.word = random.below(words);
                s.take = std::array{op_code::mutex_lock, op_code::lock_pi,
                                    op_code::mutex_trylock}[random.below(3)];
                s.timed = with_timeouts && chance(1, 2);
                s.nests = s.word + 1 < words && chance(1, 2);
                s.ends_inside = chance(1, 3);
                m.sections.push_back(s);
            }
            tasks_.push_back(m);
        }
    }

    preempt_model model;
    unsigned cpus;

    std::unique_ptr<kernel_program> on(const std::string& version) const {
        auto p = std::make_unique<kernel_program>(
            version, [this](kernel_program& q) { set_up(q); }, cpus);
        p->config.preempt = model;
        p->config.buckets = buckets_;
        return p;
    }
    std::string describe() const {
        std::string text =
            fmt::format("preempt {} cpus {} buckets {}; words", static_cast<unsigned>(model), cpus, buckets_);
        for (const word& w : words_)
            text += fmt::format(" {}in {}", w.robust ? "robust " : "", w.bucket);
        for (const mortal& m : tasks_) {
            text += fmt::format("\n  {} {}{}", m.spec.name, m.spec.priority,
                                m.spec.start == start_mode::arrives ? " arrives" : "");
            for (const section& s : m.sections) {
                text += fmt::format("; {}({}{}){}{}", kernel::info(s.take).name, s.word,
                                    s.timed ? ", timeout" : "", s.nests ? " nests" : "",
                                    s.ends_inside ? " exits" : "");
            }
        }
        return text;
    }

private:
    struct word {
        bool robust;
        unsigned bucket;
    };
    struct section {
        unsigned word = 0;
        op_code take = op_code::mutex_lock;
        bool timed = false;
        bool nests = false;  // takes the other lock inside
        bool ends_inside = false;
    };
    struct mortal {
        task_spec spec;
        std::vector<section> sections;
    };

    void set_up(kernel_program& q) const {
        for (const word& w : words_)
            kernel::add_word(q.model(), {"lock", word_kind::pi, 0, w.bucket, w.robust, 0});
        for (const mortal& m : tasks_)
            q.task(m.spec, [this, &q, &m] { live(q, m); });
    }

    void live(kernel_program& q, const mortal& m) const {
        for (const section& s : m.sections) {
            if (!takes(q, s.take, s.word, s.timed)) continue;
            const bool inner = s.nests && takes(q, s.take, s.word + 1, s.timed);
            if (s.ends_inside) break;
            if (inner) release(q, s.word + 1);
            release(q, s.word);
        }
        q.perform(exits(0, static_cast<unsigned>(words_.size()) - 1));
    }

    // A word that still says OWNER_DIED is released in the kernel, where somebody may add the waiters bit;
    // see below.
    static void release(kernel_program& q, unsigned w) {
        const bool died = (q.model().words[w]->value.peek() & kernel::futex_owner_died) != 0;
        long result = 0;
        do {
            result = q.perform(mutex_unlock(w));
        } while (died && (result == -EAGAIN || result == -EINVAL));
        if (result != 0) refused(mutex_unlock(w), result);
    }
    static void refused(const call& c, long result) {
        const char* const name = kernel::info(c.op).name;
        here().report(kernel::rules::unexpected_error,
                      fmt::format("{} returned {}", name, kernel::result_name(result)),
                      fmt::format("{} returned {} to {}", name, kernel::result_name(result),
                                  here().name(here().self())));
    }

    // Where no robust list helps, the owner may have died without a trace, or so recently that the word does
    // not say so yet; before da791a667536 the former could happen elsewhere, too.
    bool takes(kernel_program& q, op_code how, unsigned w, bool timed) const {
        call c = call_of(how, w);
        if (timed && kernel::info(how).takes(kernel::argument::timeout)) c = with_timeout(c);
        const long result = q.perform(c);
        const bool no_trace = result == -ESRCH && !q.config.patches.contains(patch::exit_race);
        const bool forgotten = !words_[w].robust && (result == -ESRCH || result == -EINVAL);
        if (!kernel_program::expected(c, result) && !no_trace && !forgotten) refused(c, result);
        return result == 0;
    }

    static constexpr std::array<const char*, 3> names{"task0", "task1", "task2"};
    unsigned buckets_;
    std::vector<word> words_;
    std::vector<mortal> tasks_;
};

struct mortal_search {
    std::string version;
    bool timeouts;
    std::vector<std::string> known;  // beginnings of identities
};

constexpr std::uint64_t mortals = 400;

// What the programs meet that is not known: each violation with the first program that has it.
std::map<std::string, std::string> met_by_mortals(const mortal_search& m, std::uint64_t programs) {
    std::map<std::string, std::string> surprises;
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
        const mortal_program mortal(seed * 7919, m.timeouts);
        const auto p = mortal.on(m.version);
        // Before it every waiter that leaves on RT breaks waiter-integrity.
        if (mortal.model == preempt_model::rt && !p->config.patches.contains(patch::cleanup_before_hb))
            continue;
        for (const char* strategy : {"random", "random:stay=7/8", "pct:depth=3"}) {
            search_options options;
            options.executions_max = 20;
            options.seed = seed;
            const search_result found = search(*p, strategy, options);
            CHECK(!found.bound_reached);
            for (const auto& entry : found.messages) {
                const std::string& identity = entry.first;
                const auto expected = [&](const std::string& known) { return begins_with(identity, known); };
                if (std::any_of(m.known.begin(), m.known.end(), expected)) continue;
                surprises.emplace(identity, fmt::format("seed {}, {}: {}\n{}", seed, strategy, entry.second,
                                                        mortal.describe()));
            }
        }
    }
    return surprises;
}

void check_mortals(const mortal_search& m) {
    for (const auto& surprise : met_by_mortals(m, repetitions(mortals))) {
        CHECK_MESSAGE(false, m.version, ": ", surprise.first, ": ", surprise.second);
    }
}

// Before 3ef240eaff36
const std::string spinning = "livelock: futex_lock_pi: the word changed";

}  // namespace

TEST_CASE("random programs whose tasks end") {
    const std::string race_of_2017 = "owner-on-return: ";
    for (const char* version : {"v5.15", "v6.8", "golden"})
        check_mortals({version, true, {}});
    check_mortals({"v4.14", false, {spinning}});
    check_mortals({"v4.14", true, {spinning, race_of_2017}});
    check_mortals({"v4.8", true, {spinning}});
    check_mortals({"v2.6.31", true, {spinning}});
}

TEST_CASE("153fbd1226fb: a pi_state is not freed while the task that owns it is ending") {
    // Its last waiter leaves, and the owner has found it on its list already.
    const auto broken = [](std::initializer_list<patch> more) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            const unsigned owner = q.task(fifo("owner", 10), [&q] { q.perform(exits()); });
            q.task(fifo("waiter", 20), [&q, lock] { q.perform(with_timeout(lock_pi(lock))); });
            kernel::set_initial_owner(q.model(), lock, owner);
        };
        kernel_program p("v4.12", setup);
        for (const patch one : more)
            p.config.patches.insert(one);
        std::set<std::string> rules;
        for (const auto& [identity, count] : search(p, "random:stay=7/8", 20'000).identities)
            rules.insert(identity.substr(0, identity.find(':')));
        return rules;
    };
    CHECK(broken({}).count("use-after-scope") == 1);
    // c74aef2d06a9 alone keeps those who clear the owner apart, which is not enough.
    CHECK(broken({patch::owner_serialization}).count("use-after-scope") == 1);
    CHECK(broken({patch::exit_refcount}).empty());
    CHECK(broken({patch::owner_serialization, patch::exit_refcount}).empty());
    // So do programs drawn at random.
    const std::map<std::string, std::string> met = met_by_mortals({"v4.12", false, {spinning}}, mortals);
    REQUIRE(!met.empty());
    for (const auto& one : met)
        CHECK_MESSAGE(begins_with(one.first, "use-after-scope: "), one.first, ": ", one.second);
}

TEST_CASE(
    "exit: an unlocker whose word still says OWNER_DIED may be told EINVAL when somebody comes to wait") {
    // What the owner is told the first time. A word that got its waiters bit meanwhile is compared with what
    // it was as if it could carry no other.
    const auto told = [](const std::string& version, bool owner_died) {
        std::set<std::string> results;
        const auto setup = [&](kernel_program& q) {
            constexpr std::uint32_t first_tid = 101;
            const unsigned lock =
                q.pi_word("lock", 0, first_tid | (owner_died ? kernel::futex_owner_died : 0U));
            q.task(fair("owner"), [&q, &results, lock] {
                long result = q.perform(unlock_pi(lock));
                results.insert(kernel::result_name(result));
                while (result != 0)
                    result = q.perform(unlock_pi(lock));
            });
            q.task(fair("waiter"), [&q, lock] {
                if (q.perform(lock_pi(lock)) == 0) q.perform(unlock_pi(lock));
            });
        };
        kernel_program p(version, setup);
        CHECK(search(p, "random:stay=7/8", repetitions(20'000)).clean());
        return results;
    };
    for (const std::string& version : versions) {
        CAPTURE(version);
        CHECK(told(version, false).count("EINVAL") == 0);
        CHECK(told(version, true).count("EINVAL") == 1);
    }
}
