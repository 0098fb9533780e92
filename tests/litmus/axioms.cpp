// RC11's axioms, written as in the paper and tried on every candidate execution: no views, no clocks, no
// order of execution. Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing Sequential Consistency in C/C++11",
// PLDI 2017, section 3; with C++20's release sequences.

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {

namespace {

constexpr unsigned events_max = 32;
constexpr unsigned none = ~0U;

/// A relation over events: row a holds bit b if (a, b) is in it.
struct relation {
    std::array<std::uint32_t, events_max> rows{};

    bool has(unsigned a, unsigned b) const {
        return ((rows[a] >> b) & 1U) != 0;
    }
    void add(unsigned a, unsigned b) {
        rows[a] |= std::uint32_t{1} << b;
    }
    friend relation operator|(const relation& a, const relation& b) {
        relation r;
        for (unsigned i = 0; i < events_max; ++i) {
            r.rows[i] = a.rows[i] | b.rows[i];
        }
        return r;
    }
    friend relation operator-(const relation& a, const relation& b) {
        relation r;
        for (unsigned i = 0; i < events_max; ++i) {
            r.rows[i] = a.rows[i] & ~b.rows[i];
        }
        return r;
    }
    friend relation operator&(const relation& a, const relation& b) {
        relation r;
        for (unsigned i = 0; i < events_max; ++i) {
            r.rows[i] = a.rows[i] & b.rows[i];
        }
        return r;
    }
    /// First a, then b.
    friend relation operator*(const relation& a, const relation& b) {
        relation r;
        for (unsigned i = 0; i < events_max; ++i) {
            for (std::uint32_t rest = a.rows[i]; rest != 0; rest &= rest - 1) {
                r.rows[i] |= b.rows[static_cast<unsigned>(std::countr_zero(rest))];
            }
        }
        return r;
    }
    relation plus() const {
        relation r = *this;
        for (unsigned k = 0; k < events_max; ++k) {
            for (unsigned i = 0; i < events_max; ++i) {
                if (r.has(i, k)) r.rows[i] |= r.rows[k];
            }
        }
        return r;
    }
    relation maybe() const {
        relation r = *this;
        for (unsigned i = 0; i < events_max; ++i) {
            r.add(i, i);
        }
        return r;
    }
    relation star() const {
        return plus().maybe();
    }
    bool irreflexive() const {
        for (unsigned i = 0; i < events_max; ++i) {
            if (has(i, i)) return false;
        }
        return true;
    }
    bool acyclic() const {
        return plus().irreflexive();
    }
};

struct axiom_event {
    bool read = false;
    bool write = false;
    bool fence = false;
    bool init = false;
    unsigned location = none;
    std::memory_order order = std::memory_order_relaxed;
    unsigned thread = none;
    const instruction* of = nullptr;
    unsigned paired = none;  ///< of a write: the read of the same read-modify-write
    unsigned result = none;  ///< of a read: its place in the outcome
};

template <typename Predicate>
relation identity_on(const std::vector<axiom_event>& events, Predicate&& is_in) {
    relation r;
    for (unsigned i = 0; i < events.size(); ++i) {
        if (is_in(events[i])) r.add(i, i);
    }
    return r;
}

class candidate {
public:
    candidate(const litmus& test, unsigned successes, outcomes& to) : to_(to), locations_(test.locations) {
        for (unsigned l = 0; l < test.locations; ++l) {
            axiom_event e;
            e.write = e.init = true;
            e.location = l;
            events_.push_back(e);
        }
        unsigned compares = 0;
        for (unsigned t = 0; t < test.threads.size(); ++t) {
            for (const instruction& i : test.threads[t]) {
                const bool compare = i.what == instruction::kind::compare;
                const bool succeeds = compare && ((successes >> compares++) & 1U) != 0;
                add(i, t, succeeds);
            }
        }
        if (events_.size() > events_max) throw std::invalid_argument("litmus test: too many events");
        sets();
    }

    void try_all() {
        read_from(0);
    }

private:
    void add(const instruction& i, unsigned thread, bool succeeds) {
        axiom_event e;
        e.location = i.what == instruction::kind::fence ? none : i.location;
        e.order = i.order;
        e.thread = thread;
        e.of = &i;
        if (i.what == instruction::kind::fence) {
            e.fence = true;
            events_.push_back(e);
            return;
        }
        if (i.reads()) {
            e.read = true;
            e.result = reads_count_++;
            if (i.what == instruction::kind::compare && !succeeds) {
                e.order = order_of_failure(i.order);
            }
            reads_.push_back(static_cast<unsigned>(events_.size()));
            events_.push_back(e);
        }
        if (i.what == instruction::kind::store || i.what == instruction::kind::add || succeeds) {
            e.read = false;
            e.write = true;
            e.paired = i.reads() ? static_cast<unsigned>(events_.size() - 1) : none;
            e.result = none;
            events_.push_back(e);
        }
    }

    static bool is_at_least_release(const axiom_event& e) {
        return !e.read && !e.init &&
               (e.order == std::memory_order_release || e.order == std::memory_order_acq_rel ||
                e.order == std::memory_order_seq_cst);
    }
    static bool is_at_least_acquire(const axiom_event& e) {
        return !e.write && (e.order == std::memory_order_acquire || e.order == std::memory_order_acq_rel ||
                            e.order == std::memory_order_seq_cst);
    }
    static bool is_sc(const axiom_event& e) {
        return !e.init && e.order == std::memory_order_seq_cst;
    }

    void sets() {
        for (unsigned a = 0; a < events_.size(); ++a) {
            for (unsigned b = 0; b < events_.size(); ++b) {
                const axiom_event& x = events_[a];
                const axiom_event& y = events_[b];
                if ((x.init && !y.init) || (a < b && !x.init && x.thread == y.thread)) sb_.add(a, b);
                if (x.location != none && x.location == y.location) same_location_.add(a, b);
            }
            if (events_[a].paired != none) rmw_.add(events_[a].paired, a);
        }
        releasing_ = identity_on(events_, is_at_least_release);
        acquiring_ = identity_on(events_, is_at_least_acquire);
        fences_ = identity_on(events_, [](const axiom_event& e) { return e.fence; });
        writes_ = identity_on(events_, [](const axiom_event& e) { return e.write && !e.init; });
        sc_ = identity_on(events_, is_sc);
        sc_fences_ = sc_ & fences_;
    }

    // ---- Enumerating

    void read_from(std::size_t n) {
        if (n == reads_.size()) {
            if (!(sb_ | rf_).acyclic() || !values()) return;  // no thin air
            sw_ = releasing_ * (fences_ * sb_).maybe() * writes_ * (rf_ * rmw_).star() * rf_ *
                  (sb_ * fences_).maybe() * acquiring_;
            hb_ = (sb_ | sw_).plus();
            if (hb_.irreflexive()) modification_order(0);
            return;
        }
        const unsigned r = reads_[n];
        for (unsigned w = 0; w < events_.size(); ++w) {
            if (!events_[w].write || events_[w].location != events_[r].location || events_[w].paired == r) {
                continue;
            }
            source_[r] = w;
            rf_.add(w, r);
            read_from(n + 1);
            rf_.rows[w] &= ~(std::uint32_t{1} << r);
        }
    }

    // What everything reads and writes, along rf; false if comparisons do not go as they were said to.
    bool values() {
        std::array<bool, events_max> known{};
        for (std::size_t round = 0; round <= events_.size(); ++round) {
            for (unsigned i = 0; i < events_.size(); ++i) {
                const axiom_event& e = events_[i];
                if (known[i] || e.fence) continue;
                if (e.init) {
                    value_[i] = 0;
                } else if (e.read) {
                    if (!known[source_[i]]) continue;
                    value_[i] = value_[source_[i]];
                } else if (e.of->what == instruction::kind::add) {
                    if (!known[e.paired]) continue;
                    value_[i] = value_[e.paired] + e.of->value;
                } else {
                    value_[i] = e.of->value;
                }
                known[i] = true;
            }
        }
        for (const unsigned r : reads_) {
            if (events_[r].of->what != instruction::kind::compare) continue;
            const bool succeeded = r + 1 < events_.size() && events_[r + 1].paired == r;
            if (succeeded != (value_[r] == events_[r].of->expected)) return false;
        }
        return true;
    }

    void modification_order(unsigned location) {
        if (location == locations_) {
            if (consistent()) note();
            return;
        }
        std::vector<unsigned> stores;
        for (unsigned i = 0; i < events_.size(); ++i) {
            if (events_[i].write && events_[i].location == location && !events_[i].init) stores.push_back(i);
        }
        do {
            const relation before = mo_;
            unsigned last = location;  // the initial store
            for (std::size_t i = 0; i < stores.size(); ++i) {
                mo_.add(location, stores[i]);
                for (std::size_t j = i + 1; j < stores.size(); ++j) {
                    mo_.add(stores[i], stores[j]);
                }
                last = stores[i];
            }
            last_[location] = last;
            modification_order(location + 1);
            mo_ = before;
        } while (std::next_permutation(stores.begin(), stores.end()));
    }

    // ---- The axioms

    bool consistent() const {
        relation rb;
        for (const unsigned r : reads_) {
            rb.rows[r] = mo_.rows[source_[r]];
        }
        const relation eco = (rf_ | mo_ | rb).plus();
        if (!(hb_ * eco.maybe()).irreflexive()) return false;  // coherence
        for (const unsigned r : reads_) {
            if (((rb * mo_).rows[r] & rmw_.rows[r]) != 0) return false;  // atomicity
        }
        const relation elsewhere = sb_ - same_location_;
        const relation scb = sb_ | (elsewhere * hb_ * elsewhere) | (hb_ & same_location_) | mo_ | rb;
        const relation psc_base =
            (sc_ | (sc_fences_ * hb_.maybe())) * scb * (sc_ | (hb_.maybe() * sc_fences_));
        const relation psc_fence = sc_fences_ * (hb_ | (hb_ * eco * hb_)) * sc_fences_;
        return (psc_base | psc_fence).acyclic();  // sc
    }

    void note() {
        outcome o(reads_count_ + locations_, 0);
        for (const unsigned r : reads_) {
            o[events_[r].result] = value_[r];
        }
        for (unsigned l = 0; l < locations_; ++l) {
            o[reads_count_ + l] = value_[last_[l]];
        }
        to_.insert(o);
    }

    outcomes& to_;
    unsigned locations_;
    std::vector<axiom_event> events_;
    std::vector<unsigned> reads_;
    unsigned reads_count_ = 0;
    relation sb_, same_location_, rmw_, rf_, mo_, sw_, hb_;
    relation releasing_, acquiring_, fences_, writes_, sc_, sc_fences_;
    std::array<unsigned, events_max> source_{};
    std::array<unsigned, events_max> last_{};
    std::array<int, events_max> value_{};
};

}  // namespace

outcomes allowed_by_axioms(const litmus& test) {
    unsigned compares = 0;
    for (const std::vector<instruction>& thread : test.threads) {
        for (const instruction& i : thread) {
            compares += i.what == instruction::kind::compare ? 1U : 0U;
        }
    }
    outcomes found;
    for (unsigned successes = 0; successes < (1U << compares); ++successes) {
        candidate(test, successes, found).try_all();
    }
    return found;
}

}  // namespace tenthrule::test
