// A sequence lock. The reader has to look at the counter before and after; without the second look it can see
// half of an update.

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

void read_while_writing(bool look_again) {
    tr::atomic<unsigned> sequence(0, "sequence");
    tr::atomic<int> x(0, "x");
    tr::atomic<int> y(0, "y");
    tr::thread writer(tr::thread::named("writer"), [&] {
        sequence.fetch_add(1);
        x.store(1);
        y.store(1);
        sequence.fetch_add(1);
    });
    for (;;) {
        const unsigned before = sequence.load();
        if (before % 2 != 0) {
            tr::this_thread::yield();
            continue;
        }
        const int seen_x = x.load();
        const int seen_y = y.load();
        if (look_again && sequence.load() != before) {
            continue;
        }
        tr::check(seen_x == seen_y, "half of an update is seen");
        break;
    }
    writer.join();
}

}  // namespace

int main() {
    example::show("sequence lock, one look", [] { read_while_writing(false); });
    example::prove("sequence lock, two looks", [] { read_while_writing(true); });
}
