// Michael and Scott's queue. A node that is given back as soon as it is dequeued is still looked at by
// others; kept until everybody has finished, it does no harm.

#include <vector>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

struct node {
    explicit node(int v) : value(v) {}
    int value;
    tr::atomic<node*> next{nullptr, "next"};
};

class queue {
public:
    explicit queue(bool free_at_once) : free_at_once_(free_at_once) {
        auto* const dummy = new node(0);
        head_.store(dummy);
        tail_.store(dummy);
    }
    ~queue() {
        for (node* n = head_.peek(); n != nullptr;) {
            delete std::exchange(n, n->next.peek());
        }
        for (node* n : retired_)
            delete n;
    }

    void enqueue(int value) {
        auto* const fresh = new node(value);
        for (;;) {
            node* last = tail_.load();
            node* next = last->next.load();
            if (next != nullptr) {
                tail_.compare_exchange_strong(last, next);
            } else if (last->next.compare_exchange_strong(next, fresh)) {
                tail_.compare_exchange_strong(last, fresh);
                return;
            }
        }
    }
    int dequeue() {
        for (;;) {
            node* first = head_.load();
            node* last = tail_.load();
            node* const next = first->next.load();
            if (next == nullptr) return 0;
            if (first == last) {
                tail_.compare_exchange_strong(last, next);
            } else if (const int value = next->value; head_.compare_exchange_strong(first, next)) {
                retire(first);
                return value;
            }
        }
    }

private:
    void retire(node* n) {
        if (free_at_once_) {
            delete n;
        } else {
            retired_.push_back(n);
        }
    }

    bool free_at_once_;
    tr::atomic<node*> head_{nullptr, "head"};
    tr::atomic<node*> tail_{nullptr, "tail"};
    std::vector<node*> retired_;  // nobody is switched away from while it grows
};

void two_consumers(bool free_at_once) {
    queue q(free_at_once);
    q.enqueue(1);
    int got = 0;
    tr::thread t([&] { got = q.dequeue(); });
    const int mine = q.dequeue();
    t.join();
    tr::check(got + mine == 1, "one value, one consumer");
}

}  // namespace

int main() {
    example::show("Michael and Scott's queue, nodes freed at once", [] { two_consumers(true); });
    example::prove("Michael and Scott's queue, nodes freed at the end", [] { two_consumers(false); });
}
