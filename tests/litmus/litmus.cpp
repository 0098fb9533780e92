#include "tests/litmus/litmus.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "library/weak_memory/weak_memory.hpp"
#include "runtime/execution.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/support/count_allocations.hpp"

namespace tenthrule::test {

namespace {

using detail::message;
using detail::modification_order;
using detail::weak_memory;

class litmus_program final : public program {
public:
    explicit litmus_program(const litmus& test) : test_(test), bodies_(test.threads.size()) {
        std::size_t reads = 0;
        for (std::size_t t = 0; t < bodies_.size(); ++t) {
            bodies_[t] = {this, &test.threads[t], reads};
            for (const instruction& i : test.threads[t]) {
                reads += i.reads() ? 1U : 0U;
            }
        }
        reads_ = reads;
    }

    const outcome& last() const {
        return last_;
    }

    void boot(execution& e) override {
        memory_.begin(e, {});
        last_.assign(reads_ + test_.locations, 0);
        locations_.clear();
        objects_.clear();
        for (unsigned l = 0; l < test_.locations; ++l) {
            locations_.push_back(&memory_.make("object", sizeof(int), alignof(int), true));
            value(*locations_.back()->oldest) = 0;
            objects_.push_back(e.new_object());
        }
        for (body& b : bodies_) {
            task_spec spec;
            spec.name = "thread";
            e.add_task(
                spec, [](void* of) { static_cast<body*>(of)->of->run(*static_cast<body*>(of)); }, &b);
        }
    }
    void finish(execution& /*e*/) override {
        for (unsigned l = 0; l < test_.locations; ++l) {
            last_[reads_ + l] = value(*locations_[l]->newest);
        }
    }

private:
    struct body {
        litmus_program* of = nullptr;
        const std::vector<instruction>* code = nullptr;
        std::size_t first_read = 0;
    };

    static int& value(const message& m) {
        return *static_cast<int*>(m.value);
    }

    void run(const body& b) {
        std::size_t read = b.first_read;
        for (const instruction& i : *b.code) {
            perform(i, read);
            read += i.reads() ? 1U : 0U;
        }
    }
    void perform(const instruction& i, std::size_t read) {
        if (i.what == instruction::kind::fence) {
            memory_.fence(i.order);
            return;
        }
        modification_order& l = *locations_[i.location];
        const bool load = i.what == instruction::kind::load;
        execution::current().point(load ? op_kind::load : op_kind::store, load ? access::read : access::write,
                                   objects_[i.location], "object");
        if (load) {
            last_[read] = value(*memory_.load(l, i.order).from);
        } else if (i.what == instruction::kind::store) {
            value(memory_.store(l, i.order)) = i.value;
        } else if (i.what == instruction::kind::add) {
            const weak_memory::update u = memory_.modify(l, i.order);
            last_[read] = value(*u.read);
            value(*u.written) = value(*u.read) + i.value;
        } else {
            const auto equal = [](const void* a, const void* b) {
                return *static_cast<const int*>(a) == *static_cast<const int*>(b);
            };
            const weak_memory::update u =
                memory_.compare_exchange(l, equal, &i.expected, i.order, order_of_failure(i.order), false);
            last_[read] = value(*u.read);
            if (u.written != nullptr) value(*u.written) = i.value;
        }
    }

    const litmus& test_;
    std::vector<body> bodies_;
    std::size_t reads_ = 0;
    weak_memory memory_;
    std::vector<modification_order*> locations_;
    std::vector<std::uint32_t> objects_;
    outcome last_;
};

}  // namespace

litmus_run run_litmus(const litmus& test, std::string_view strategy_name, std::uint64_t executions_max) {
    litmus_program p(test);
    const auto s = make_strategy(strategy_name);
    execution e;
    litmus_run result;
    while (s.made->more() && result.executions < executions_max) {
        const run_result& r = e.run(p, *s.made, {}, execution_seed(1, result.executions));
        ++result.executions;
        if (r.end == verdict::completed) {
            result.seen.insert(p.last());
        } else if (r.end != verdict::redundant) {
            throw std::logic_error(
                fmt::format("litmus test ended in {}: {}", static_cast<int>(r.end), r.failure.message));
        }
    }
    result.complete = !s.made->more();
    return result;
}

std::uint64_t allocations_when_repeated(const litmus& test, std::uint64_t executions) {
    litmus_program p(test);
    const auto s = make_strategy("random");
    execution e;
    std::uint64_t before = 0;
    for (std::uint64_t n = 0; n < 2 * executions; ++n) {
        if (n == executions) before = allocations;
        e.run(p, *s.made, {}, execution_seed(1, n));
    }
    return allocations - before;
}

}  // namespace tenthrule::test
