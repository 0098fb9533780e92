// The ABA problem of Treiber's stack: nodes are used again, so that top can be what it was though the stack
// is not. A counter beside the index (a tag) tells the difference.

#include <array>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

constexpr std::uint32_t none = 7;
constexpr std::uint32_t index_mask = 7;
constexpr std::uint32_t one_tag = 8;

class stack {
public:
    explicit stack(bool tagged) : tag_(tagged ? one_tag : 0) {}

    void push(std::uint32_t node) {
        std::uint32_t top = top_.load();
        do {
            next_[node].store(top & index_mask);
        } while (!top_.compare_exchange_strong(top, ((top & ~index_mask) + tag_) | node));
    }
    std::uint32_t pop() {
        std::uint32_t top = top_.load();
        std::uint32_t next = none;
        do {
            if ((top & index_mask) == none) return none;
            next = next_[top & index_mask].load();
        } while (!top_.compare_exchange_strong(top, ((top & ~index_mask) + tag_) | next));
        return top & index_mask;
    }

private:
    std::uint32_t tag_;
    tr::atomic<std::uint32_t> top_{none, "top"};
    std::array<tr::atomic<std::uint32_t>, 3> next_{};
};

void pop_while_others_pop_and_push(bool tagged) {
    stack s(tagged);
    s.push(0);
    s.push(1);
    std::array<tr::var<int>, 3> owned;
    const auto take = [&] {
        const std::uint32_t n = s.pop();
        if (n != none) {
            owned[n] += 1;
            tr::check(owned[n] == 1, "a node has two owners");
        }
        return n;
    };
    tr::thread t([&] { take(); });
    const std::uint32_t first = take();
    take();
    if (first != none) {
        owned[first] -= 1;
        s.push(first);
    }
    t.join();
    take();
}

}  // namespace

int main() {
    example::show("Treiber's stack, without tags", [] { pop_while_others_pop_and_push(false); });
    example::prove("Treiber's stack, with tags", [] { pop_while_others_pop_and_push(true); });
}
