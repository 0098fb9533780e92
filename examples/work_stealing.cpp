// The work-stealing deque of Chase and Lev, for one owner and one thief. When a single task is left, owner
// and thief have to agree by a compare-exchange; an owner who just takes it works on what was stolen.

#include <array>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

class deque {
public:
    explicit deque(bool careful) : careful_(careful) {}

    void push(int task) {
        const int b = bottom_.load();
        tasks_[static_cast<std::size_t>(b)].store(task);
        bottom_.store(b + 1);
    }
    int take() {
        const int b = bottom_.load() - 1;
        bottom_.store(b);
        int t = top_.load();
        if (t > b) {
            bottom_.store(t);
            return 0;
        }
        const int task = tasks_[static_cast<std::size_t>(b)].load();
        if (t == b) {
            const bool won = !careful_ || top_.compare_exchange_strong(t, t + 1);
            bottom_.store(b + 1);
            return won ? task : 0;
        }
        return task;
    }
    int steal() {
        int t = top_.load();
        if (t >= bottom_.load()) return 0;
        const int task = tasks_[static_cast<std::size_t>(t)].load();
        return top_.compare_exchange_strong(t, t + 1) ? task : 0;
    }

private:
    bool careful_;
    tr::atomic<int> top_{0, "top"};
    tr::atomic<int> bottom_{0, "bottom"};
    std::array<tr::atomic<int>, 4> tasks_{};
};

void owner_and_thief(bool careful) {
    deque d(careful);
    d.push(1);
    int stolen = 0;
    tr::thread thief(tr::thread::named("thief"), [&] { stolen = d.steal(); });
    const int taken = d.take();
    thief.join();
    tr::check(taken == 0 || stolen == 0, "a task is done twice");
}

}  // namespace

int main() {
    example::show("work stealing, careless owner", [] { owner_and_thief(false); });
    example::prove("work stealing, careful owner", [] { owner_and_thief(true); });
}
