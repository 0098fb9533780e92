#pragma once

/// Algorithms that hand data to readers, and those that find out when no reader is left.

#include "tests/relacy/programs/words.hpp"

namespace tenthrule::comparison {

enum class fenced : unsigned char { both, only_writer, only_reader };

/// A writer changes two words together; a reader that saw no change saw them together.
template <typename Api, fenced By>
struct seqlock {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> sequence{0};
    std::array<atomic<Api, unsigned>, 2> words{0U, 0U};

    void thread(unsigned me) {
        if (me == 0) {
            write(1);
        } else {
            read();
        }
    }

private:
    void write(unsigned value) {
        sequence.store(1, relaxed);
        if (By != fenced::only_reader) Api::fence(release);
        words[0].store(value, relaxed);
        words[1].store(value, relaxed);
        sequence.store(2, release);
    }
    void read() {
        const unsigned before = sequence.load(acquire);
        const unsigned a = words[0].load(relaxed);
        const unsigned b = words[1].load(relaxed);
        if (By != fenced::only_writer) Api::fence(acquire);
        if (before % 2 == 0 && sequence.load(relaxed) == before) Api::check(a == b);
    }
};

/// Double-checked locking: whoever comes first makes the data.
template <typename Api, memory_order Publishing, memory_order Looking>
struct double_checked_locking {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> made{0};
    mutex<Api> making;
    var<Api, unsigned> data{0};

    void thread(unsigned /*me*/) {
        if (made.load(Looking) == 0) {
            making.lock();
            if (made.load(relaxed) == 0) {
                data.set(42);
                made.store(1, Publishing);
            }
            making.unlock();
        }
        Api::check(data.get() == 42);
    }
};

/// Read-copy-update: readers say that they are reading; the writer publishes a new copy, waits until nobody
/// reads, and uses the old one for something else.
template <typename Api, memory_order Storing, memory_order Loading>
struct read_copy_update {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> current{0};
    atomic<Api, unsigned> reading{0};
    std::array<var<Api, unsigned>, 2> copies{10U, 0U};

    void thread(unsigned me) {
        if (me == 0) {
            copies[1].set(20);
            current.store(1, Storing);
            while (reading.load(Loading) == 1) {
                Api::yield();
            }
            copies[0].set(0);
        } else {
            reading.store(1, Storing);
            Api::check(copies[current.load(Loading)].get() != 0);
            reading.store(0, release);
        }
    }
};

/// A hazard pointer keeps what a reader looks at from being given back.
template <typename Api, memory_order Storing, memory_order Loading>
struct hazard_pointer {
    static constexpr unsigned threads = 2;
    struct element {
        explicit element(unsigned with) : value(with) {}
        atomic<Api, unsigned> value;
    };
    atomic<Api, element*> current{nullptr};
    atomic<Api, element*> hazard{nullptr};

    hazard_pointer() {
        current.store(Api::template make<element>(1U), relaxed);
    }
    void thread(unsigned me) {
        if (me == 0) {
            element* const old = current.load(relaxed);
            current.store(nullptr, Storing);
            while (hazard.load(Loading) == old) {
                Api::yield();
            }
            Api::dispose(old);
            return;
        }
        element* const found = current.load(Loading);
        if (found == nullptr) return;
        hazard.store(found, Storing);
        if (current.load(Loading) == found) Api::check(found->value.load(relaxed) == 1);
        hazard.store(nullptr, release);
    }
};

/// Shared by two, and whoever is the last to let go of it clears the data.
template <typename Api, memory_order LettingGo>
struct reference_count {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> owners{threads};
    var<Api, unsigned> data{1};

    void thread(unsigned /*me*/) {
        Api::check(data.get() == 1);
        if (owners.fetch_sub(1, LettingGo) == 1) data.set(0);
    }
    void after() {
        Api::check(data.get() == 0);
    }
};

}  // namespace tenthrule::comparison
