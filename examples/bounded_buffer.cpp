// A bounded buffer with one condition variable for two reasons to wait: notify_one can wake the wrong thread,
// and the wake-up is lost. notify_all, or two condition variables, would do.

#include <array>
#include <mutex>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

class buffer {
public:
    explicit buffer(bool notify_all) : notify_all_(notify_all) {}

    void put(int value) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !full_.get(); });
        slot_ = value;
        full_ = true;
        notify();
    }
    int take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return full_.get(); });
        full_ = false;
        notify();
        return slot_;
    }

private:
    void notify() {
        notify_all_ ? changed_.notify_all() : changed_.notify_one();
    }

    bool notify_all_;
    tr::mutex mutex_{"mutex"};
    tr::condition_variable changed_{"changed"};
    tr::var<int> slot_{0, "slot"};
    tr::var<bool> full_{false, "full"};
};

void two_producers_two_consumers(bool notify_all) {
    buffer b(notify_all);
    tr::thread p(tr::thread::named("producer"), [&] { b.put(1); });
    tr::thread q(tr::thread::named("producer 2"), [&] { b.put(2); });
    tr::thread c(tr::thread::named("consumer"), [&] { b.take(); });
    const int last = b.take();
    tr::check(last == 1 || last == 2);
    p.join();
    q.join();
    c.join();
}

}  // namespace

int main() {
    example::show("bounded buffer with notify_one", [] { two_producers_two_consumers(false); });
    example::show("bounded buffer with notify_all", [] { two_producers_two_consumers(true); },
                  {.executions_max = 5'000});
}
