// A readers-writer lock that lets readers in whenever there are readers: a writer can starve, because readers
// may overtake it for ever. Here three overtakings are too many. If a waiting writer keeps new readers out,
// only those who are inside already come before it.

#include <mutex>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

class readers_writer_lock {
public:
    explicit readers_writer_lock(bool writers_first) : writers_first_(writers_first) {}

    void lock_shared() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !writing_ && !(writers_first_ && writer_waits_); });
        ++readers_;
    }
    void unlock_shared() {
        const std::lock_guard lock(mutex_);
        if (--readers_ == 0) changed_.notify_all();
    }
    /// Gives how many readers came in while it waited.
    void lock(const int& entries, int& passed) {
        std::unique_lock lock(mutex_);
        const int before = entries;
        writer_waits_ = true;
        changed_.wait(lock, [this] { return readers_ == 0; });
        writer_waits_ = false;
        writing_ = true;
        passed = entries - before;
    }
    void unlock() {
        const std::lock_guard lock(mutex_);
        writing_ = false;
        changed_.notify_all();
    }

private:
    bool writers_first_;
    tr::mutex mutex_{"mutex"};
    tr::condition_variable changed_{"changed"};
    int readers_ = 0;
    bool writing_ = false;
    bool writer_waits_ = false;
};

void two_readers_one_writer(bool writers_first) {
    readers_writer_lock l(writers_first);
    int entries = 0;
    int passed = 0;
    const auto read = [&] {
        for (int i = 0; i < 2; ++i) {
            l.lock_shared();
            ++entries;
            l.unlock_shared();
        }
    };
    tr::thread a(tr::thread::named("reader"), read);
    tr::thread b(tr::thread::named("reader 2"), read);
    l.lock(entries, passed);
    l.unlock();
    tr::check(passed < 3, "three readers overtook the waiting writer");
    a.join();
    b.join();
}

}  // namespace

int main() {
    example::show("readers-writer lock, readers first", [] { two_readers_one_writer(false); });
    example::show("readers-writer lock, writers first", [] { two_readers_one_writer(true); },
                  {.executions_max = 5'000});
}
