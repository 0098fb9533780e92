#include "kernel/waiter_tree.hpp"

#include "kernel/state.hpp"

namespace tenthrule::kernel {

int waiter_tree::key_of(rt_mutex_waiter& w) const {
    return by_ == key::prio ? w.prio.get() : w.pi_prio.get();
}

void waiter_tree::insert(rt_mutex_waiter& w) {
    cell_.write();
    const int k = key_of(w);
    unsigned at = size_;
    while (at > 0 && key_of(*items_[at - 1]) > k) {
        items_[at] = items_[at - 1];
        --at;
    }
    items_[at] = &w;
    ++size_;
}

bool waiter_tree::erase(const rt_mutex_waiter& w) {
    cell_.write();
    for (unsigned i = 0; i < size_; ++i) {
        if (items_[i] == &w) {
            for (unsigned j = i + 1; j < size_; ++j) {
                items_[j - 1] = items_[j];
            }
            --size_;
            return true;
        }
    }
    return false;
}

bool waiter_tree::contains(const rt_mutex_waiter& w) const {
    cell_.peeked();
    for (unsigned i = 0; i < size_; ++i) {
        if (items_[i] == &w) {
            return true;
        }
    }
    return false;
}

bool waiter_tree::ordered() const {
    cell_.peeked();
    for (unsigned i = 1; i < size_; ++i) {
        const int before = by_ == key::prio ? items_[i - 1]->prio.peek() : items_[i - 1]->pi_prio.peek();
        const int after = by_ == key::prio ? items_[i]->prio.peek() : items_[i]->pi_prio.peek();
        if (before > after) {
            return false;
        }
    }
    return true;
}

}  // namespace tenthrule::kernel
