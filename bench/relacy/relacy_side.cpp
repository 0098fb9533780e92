#include "bench/relacy/relacy_side.hpp"

#include <bitset>
#include <ostream>
#include <stdexcept>
#include <streambuf>
#include <string>

#include <relacy/relacy.hpp>

namespace tenthrule::comparison {

namespace {

constexpr auto seq_cst = rl::mo_seq_cst;

// Memory of its own, for Relacy would take what a test allocates for a leak.
std::uint32_t order;
std::bitset<std::size_t{1} << 21U> orders;

struct fadd : rl::test_suite<fadd, 2> {
    rl::atomic<int> x;
    void before() {
        x.store(0, seq_cst, $);
        order = 1;
    }
    void thread(unsigned me) {
        for (int i = 0; i < 10; ++i) {
            x.fetch_add(1, seq_cst, $);
            order = 2 * order + me;
        }
    }
    void after() {
        orders.set(order);
    }
};

struct peterson : rl::test_suite<peterson, 2> {
    rl::atomic<int> wants[2];
    rl::atomic<int> turn;
    rl::var<int> inside;
    void before() {
        wants[0].store(0, seq_cst, $);
        wants[1].store(0, seq_cst, $);
        turn.store(0, seq_cst, $);
        inside($) = 0;
    }
    void thread(unsigned me) {
        wants[me].store(1, seq_cst, $);
        turn.store(static_cast<int>(1 - me), seq_cst, $);
        while (wants[1 - me].load(seq_cst, $) == 1 && turn.load(seq_cst, $) == static_cast<int>(1 - me)) {
            rl::yield(1, $);
        }
        inside($) = inside($) + 1;
        wants[me].store(0, seq_cst, $);
    }
};

struct locked : rl::test_suite<locked, 3> {
    rl::mutex m;
    rl::var<int> n;
    void before() {
        n($) = 0;
    }
    void thread(unsigned /*me*/) {
        for (int i = 0; i < 4; ++i) {
            m.lock($);
            n($) = n($) + 1;
            m.unlock($);
        }
    }
};

struct treiber : rl::test_suite<treiber, 3> {
    rl::atomic<int> head;
    rl::atomic<int> next[6];
    void before() {
        head.store(-1, seq_cst, $);
    }
    void thread(unsigned me) {
        for (int i = 0; i < 2; ++i) {
            const int mine = static_cast<int>(2 * me) + i;
            int top = head.load(seq_cst, $);
            do {
                next[mine].store(top, seq_cst, $);
            } while (!head.compare_exchange_strong(top, mine, seq_cst, $));
        }
        for (int i = 0; i < 2; ++i) {
            int top = head.load(seq_cst, $);
            while (top >= 0 && !head.compare_exchange_strong(top, next[top].load(seq_cst, $), seq_cst, $)) {}
        }
    }
};

// It must not allocate: Relacy replaces operator new.
class nowhere final : public std::streambuf {
    int overflow(int c) override {
        return c;
    }
};

template <typename Test>
void simulate(std::uint64_t executions) {
    static nowhere buffer;
    static std::ostream quiet(&buffer);
    rl::test_params params;
    params.iteration_count = executions;
    params.output_stream = &quiet;
    params.progress_stream = &quiet;
    if (!rl::simulate<Test>(params)) {
        throw std::runtime_error(rl::test_result_str(params.test_result));
    }
}

}  // namespace

void run_on_relacy(const char* program, std::uint64_t executions) {
    const std::string name = program;
    if (name == "fadd") {
        simulate<fadd>(executions);
    } else if (name == "peterson") {
        simulate<peterson>(executions);
    } else if (name == "mutex") {
        simulate<locked>(executions);
    } else if (name == "treiber") {
        simulate<treiber>(executions);
    } else {
        throw std::invalid_argument("no program '" + name + "'");
    }
}

std::uint64_t distinct_on_relacy(std::uint64_t executions) {
    orders.reset();
    simulate<fadd>(executions);
    return orders.count();
}

}  // namespace tenthrule::comparison
