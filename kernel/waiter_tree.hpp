#pragma once

/// Waiters in the order in which they are to be served.

#include <array>

#include "runtime/memory.hpp"

namespace tenthrule::kernel {

struct rt_mutex_waiter;

/// Ordered by key, smaller first, equal keys first come first served. Two kinds: a lock's waiters are ordered
/// by `prio`, the top waiters of a task's locks by `pi_prio`. Guarded by whatever lock its owner says;
/// accesses without it are races.
class waiter_tree {
public:
    enum class key : std::uint8_t { prio, pi_prio };

    waiter_tree(key by, const char* name) : cell_(name), by_(by) {}

    bool empty() {
        cell_.read();
        return size_ == 0;
    }
    /// nullptr if empty.
    rt_mutex_waiter* top() {
        cell_.read();
        return size_ == 0 ? nullptr : items_[0];
    }
    void insert(rt_mutex_waiter& w);
    /// False if it was not in the tree.
    bool erase(const rt_mutex_waiter& w);

    // Without any check: for rules and for showing the state.
    unsigned size() const {
        cell_.peeked();
        return size_;
    }
    rt_mutex_waiter* peek(unsigned i) const {
        cell_.peeked();
        return items_[i];
    }
    bool contains(const rt_mutex_waiter& w) const;
    bool ordered() const;

private:
    int key_of(rt_mutex_waiter& w) const;

    race_cell cell_;
    key by_;
    unsigned size_ = 0;
    std::array<rt_mutex_waiter*, tasks_max> items_;
};

}  // namespace tenthrule::kernel
