// How many executions dpor takes where the number of traces is known.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scheduler/bounded.hpp"
#include "scheduler/dpor.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

struct effort {
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    friend bool operator==(const effort&, const effort&) = default;
};

effort explore_traces(small_program& p) {
    dpor all;
    execution e;
    effort spent;
    while (all.more()) {
        const run_result& r = e.run(p, all, {});
        REQUIRE((r.end == verdict::completed || r.end == verdict::redundant));
        ++(r.end == verdict::redundant ? spent.redundant : spent.executions);
    }
    return spent;
}

small_program updates(unsigned tasks, unsigned times) {
    return small_program([=](small_program& p) {
        auto* const x = p.make_shared_cell<int>("x");
        for (unsigned t = 0; t < tasks; ++t) {
            p.task({}, [=] {
                for (unsigned i = 0; i < times; ++i) {
                    x->update([](int v) { return v + 1; });
                }
            });
        }
    });
}

small_program readers(unsigned n) {
    return small_program([=](small_program& p) {
        auto* const x = p.make_shared_cell<int>("x");
        p.task({}, [=] { x->store(42); });
        for (unsigned i = 0; i < n; ++i) {
            p.task({}, [=] { (void)x->load(); });
        }
    });
}

// One task looks for the last zero of an array from its end; n others each write their neighbour's value plus
// one.
small_program last_zero(unsigned n) {
    return small_program([=](small_program& p) {
        std::vector<shared<int>*> cells;
        for (unsigned i = 0; i <= n; ++i) {
            cells.push_back(p.make_shared_cell<int>("cell"));
        }
        p.task({}, [=] {
            unsigned i = n;
            while (cells[i]->load() != 0) {
                --i;
            }
        });
        for (unsigned i = 1; i <= n; ++i) {
            p.task({}, [=] {
                const int left = cells[i - 1]->load();
                cells[i]->store(left + 1);
            });
        }
    });
}

// Each task enters four messages into a hash table of 128, going on to the next cell where one is taken. Up
// to eleven tasks never meet.
small_program indexer(unsigned tasks) {
    return small_program([=](small_program& p) {
        constexpr unsigned size = 128;
        std::vector<shared<unsigned>*> table;
        for (unsigned i = 0; i < size; ++i) {
            table.push_back(p.make_shared_cell<unsigned>("slot"));
        }
        for (unsigned t = 0; t < tasks; ++t) {
            p.task({}, [=] {
                for (unsigned m = 1; m <= 4; ++m) {
                    const unsigned message = m * 11 + t;
                    unsigned at = message * 7 % size;
                    for (unsigned expected = 0; !table[at]->compare_exchange(expected, message);
                         expected = 0) {
                        at = (at + 1) % size;
                    }
                }
            });
        }
    });
}

// Each task looks for a free block for its inode; with more than 13 tasks some try the same block first.
small_program file_system(unsigned tasks) {
    return small_program([=](small_program& p) {
        constexpr unsigned blocks = 26;
        constexpr unsigned inodes = 32;
        std::vector<raw_spinlock*> block_locks;
        std::vector<guarded<bool>*> busy;
        std::vector<raw_spinlock*> inode_locks;
        std::vector<guarded<unsigned>*> inode;
        for (unsigned i = 0; i < blocks; ++i) {
            block_locks.push_back(p.make_lock(inner_kind, "block lock"));
            busy.push_back(p.make_guarded_cell<bool>("busy"));
        }
        for (unsigned i = 0; i < inodes; ++i) {
            inode_locks.push_back(p.make_lock(outer_kind, "inode lock"));
            inode.push_back(p.make_guarded_cell<unsigned>("inode"));
        }
        for (unsigned t = 0; t < tasks; ++t) {
            p.task({}, [=] {
                const unsigned i = t % inodes;
                inode_locks[i]->lock();
                for (unsigned b = i * 2 % blocks; inode[i]->get() == 0; b = (b + 1) % blocks) {
                    block_locks[b]->lock();
                    if (!busy[b]->get()) {
                        busy[b]->set(true);
                        inode[i]->set(b + 1);
                    }
                    block_locks[b]->unlock();
                }
                inode_locks[i]->unlock();
            });
        }
    });
}

// Each task reads the balance of one account and writes it back changed: n deposits and one withdrawal.
small_program account(unsigned deposits) {
    return small_program([=](small_program& p) {
        auto* const balance = p.make_shared_cell<int>("balance", 1'000);
        for (unsigned t = 0; t <= deposits; ++t) {
            p.task({}, [=] {
                const int before = balance->load();
                balance->store(before + (t < deposits ? 100 : -10));
            });
        }
    });
}

// Lamport's fast mutual exclusion for two tasks ("A Fast Mutual Exclusion Algorithm", ACM TOCS 1987,
// algorithm 2), each entering twice. Whoever waits in vain for so many looks at a word gives up.
small_program lamport(unsigned patience) {
    return small_program([=](small_program& p) {
        auto* const x = p.make_shared_cell<int>("x");
        auto* const y = p.make_shared_cell<int>("y");
        std::vector<shared<int>*> competes;
        for (unsigned t = 0; t < 2; ++t) {
            competes.push_back(p.make_shared_cell<int>("competes"));
        }
        auto* const inside = p.make_shared_cell<int>("inside");
        const auto becomes_zero = [=](shared<int>* word) {
            unsigned looks = 0;
            while (looks < patience && word->load() != 0) {
                ++looks;
            }
            return looks < patience;
        };
        const auto enters = [=](int me, shared<int>* mine, shared<int>* other) {
            for (unsigned attempt = 0; attempt < patience; ++attempt) {
                mine->store(1);
                x->store(me);
                if (y->load() != 0) {
                    mine->store(0);
                    if (!becomes_zero(y)) {
                        return false;
                    }
                    continue;
                }
                y->store(me);
                if (x->load() == me) {
                    return true;
                }
                mine->store(0);
                if (!becomes_zero(other)) {
                    return false;
                }
                if (y->load() == me) {
                    return true;
                }
                if (!becomes_zero(y)) {
                    return false;
                }
            }
            return false;
        };
        for (int t = 0; t < 2; ++t) {
            p.task({}, [=] {
                const auto mine = static_cast<std::size_t>(t);
                for (int round = 0; round < 2 && enters(t + 1, competes[mine], competes[1 - mine]); ++round) {
                    inside->store(t + 1);
                    CHECK(inside->load() == t + 1);
                    y->store(0);
                    competes[mine]->store(0);
                }
            });
        }
    });
}

}  // namespace

TEST_CASE("dpor: as many executions as there are orders of dependent operations") {
    // (tN)! / (N!)^t: all updates of one object depend on each other.
    const auto count = [](unsigned tasks, unsigned times) {
        small_program p = updates(tasks, times);
        return explore_traces(p);
    };
    CHECK(count(2, 2) == effort{6, 0});
    CHECK(count(2, 4) == effort{70, 0});
    CHECK(count(2, 8) == effort{12'870, 0});
    CHECK(count(3, 2) == effort{90, 0});
    CHECK(count(3, 3) == effort{1'680, 0});
}

// The benchmarks of Abdulla, Aronis, Jonsson and Sagonas, POPL 2014: 2^N traces for readers(N),
// (N + 3) 2^(N-2) for lastzero(N), 8 for indexer(12). How many redundant ones there are depends on which of
// several initials is taken.
TEST_CASE("dpor: as many executions as there are traces in the usual benchmarks") {
    const auto count = [](small_program p) { return explore_traces(p); };
    CHECK(count(readers(2)) == effort{4, 0});
    CHECK(count(readers(8)) == effort{256, 0});
    const effort five = count(last_zero(5));
    CHECK(five.executions == 64);
    CHECK(five.redundant <= 33);
    const effort ten = count(last_zero(10));
    CHECK(ten.executions == 3'328);
    CHECK(ten.redundant <= 7'372);
    CHECK(count(indexer(11)) == effort{1, 0});
    const effort twelve = count(indexer(12));
    CHECK(twelve.executions == 8);
    CHECK(twelve.redundant <= 20);
}

// n + 1 tasks that each read and then write one word: their writes come in any of (n + 1)! orders, and the
// one at place k has read any of the k values before it, so ((n + 1)!)^2. Nidhugg's benchmarks have 4, 36,
// 576, 14,400 for RCMC, which tells traces apart as we do.
TEST_CASE("dpor: as many executions as there are traces of the account") {
    std::uint64_t orders = 1;
    for (unsigned deposits = 1; deposits <= 4; ++deposits) {
        orders *= deposits + 1;
        small_program p = account(deposits);
        CHECK(explore_traces(p) == effort{orders * orders, 0});
    }
}

// The numbers of traces were counted breadth first over a model of the algorithm, with prefixes that differ
// in the order of independent operations merged: another method and another program.
TEST_CASE("dpor: as many executions as there are traces of Lamport's fast mutual exclusion") {
    small_program impatient = lamport(1);
    CHECK(explore_traces(impatient) == effort{528, 0});
    small_program patient = lamport(2);
    CHECK(explore_traces(patient) == effort{25'828, 0});
}

// Published: 2, 8 and 32 for 14, 16 and 18 tasks. Whether the second one had to wait for the lock is no
// difference, though here waiting is a step of its own.
TEST_CASE("dpor: as many executions as there are traces of the file system") {
    for (const auto& [tasks, traces] : {std::pair{13U, 1U}, {14U, 2U}, {15U, 4U}, {16U, 8U}, {18U, 32U}}) {
        small_program p = file_system(tasks);
        CHECK(explore_traces(p).executions == traces);
    }
}

TEST_CASE("bounded: with enough switches every schedule, with fewer only cheaper ones") {
    std::string order;
    small_program p([&order](small_program& q) {
        order.clear();
        auto* const x = q.make_shared_cell<int>("x");
        for (char t = 'a'; t < 'c'; ++t) {
            q.task({}, [x, t, &order] {
                for (int i = 0; i < 2; ++i) {
                    x->update([](int v) { return v + 1; });
                    order += t;
                }
            });
        }
    });
    const auto orders = [&](strategy& s) {
        std::set<std::string> seen;
        execution e;
        while (s.more()) {
            if (e.run(p, s, {}).end == verdict::completed) seen.insert(order);
        }
        return seen;
    };
    bounded none({.switches = 0});
    CHECK(orders(none) == std::set<std::string>{"aabb", "bbaa"});
    bounded one({.switches = 1});
    CHECK(orders(one) == std::set<std::string>{"aabb", "abba", "baab", "bbaa"});
    CHECK(one.left_out());
    bounded many({.switches = 9});
    CHECK(orders(many).size() == 6);
    CHECK_FALSE(many.left_out());
}

// ---- Retry loops

namespace {

// One task waits in a retry loop for each of two flags; others set them, in several steps.
small_program waiting_in_loops(std::set<std::string>& outcomes) {
    return small_program([&outcomes](small_program& p) {
        auto* const x = p.make_shared_cell<int>("x");
        auto* const y = p.make_shared_cell<int>("y");
        auto* const seen = p.make_shared_cell<int>("seen");
        p.task({}, [=] {
            while (x->load() == 0) {
                execution::current().retry("until x is set");
            }
            seen->store(10 * x->load() + y->load());
            while (y->load() == 0) {
                execution::current().retry("until y is set");
            }
        });
        p.task({}, [=] {
            x->store(1);
            x->store(2);
            while (seen->load() == 0) {
                execution::current().retry("until it was seen");
            }
            y->store(1);
        });
        p.on_finish = [=, &outcomes] { outcomes.insert(std::to_string(seen->peek())); };
    });
}

struct bounded_effort {
    std::set<std::string> outcomes;
    std::uint64_t executions = 0;
    std::uint64_t fair = 0;
};

bounded_effort explore_bounded(std::uint32_t switches, bool round_and_round) {
    bounded_effort spent;
    small_program p = waiting_in_loops(spent.outcomes);
    bounded how({.switches = switches});
    run_options options;
    if (round_and_round) {
        how.keep_going_round();
        options.retries_max = 4;  // soon enough to try all numbers of rounds
    }
    execution e;
    while (how.more()) {
        const run_result& r = e.run(p, how, options);
        REQUIRE((r.end == verdict::completed || r.end == verdict::redundant));
        spent.executions += r.end == verdict::completed ? 1U : 0U;
        spent.fair += r.statistics.fair;
    }
    return spent;
}

}  // namespace

TEST_CASE("bounded: a task that only goes round its retry loop waits, and nothing is missed") {
    for (std::uint32_t switches = 0; switches < 6; ++switches) {
        CAPTURE(switches);
        const bounded_effort waiting = explore_bounded(switches, false);
        const bounded_effort round_and_round = explore_bounded(switches, true);
        CHECK(waiting.fair == 0);
        CHECK(round_and_round.fair > 0);
        CHECK(waiting.executions < round_and_round.executions);
        CHECK(std::includes(round_and_round.outcomes.begin(), round_and_round.outcomes.end(),
                            waiting.outcomes.begin(), waiting.outcomes.end()));
    }
    CHECK(explore_bounded(6, false).outcomes == std::set<std::string>{"10", "20"});
    CHECK(explore_bounded(6, true).outcomes == std::set<std::string>{"10", "20"});
}
