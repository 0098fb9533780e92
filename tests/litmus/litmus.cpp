#include "tests/litmus/litmus.hpp"

#include <algorithm>
#include <array>
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

struct order_name {
    std::string_view text;
    std::memory_order order;
};
constexpr std::array order_names = {
    order_name{"rlx", std::memory_order_relaxed}, order_name{"acq", std::memory_order_acquire},
    order_name{"rel", std::memory_order_release}, order_name{"ar", std::memory_order_acq_rel},
    order_name{"sc", std::memory_order_seq_cst},
};

class litmus_parser {
public:
    explicit litmus_parser(std::string_view text) : text_(text) {}

    litmus parse() {
        std::string names;
        for (const char c : text_) {
            if (c >= 't' && c <= 'z' && names.find(c) == std::string::npos) names.push_back(c);
        }
        std::sort(names.begin(), names.end());
        names_ = names;
        litmus test;
        test.locations = static_cast<unsigned>(names.size());
        test.threads.emplace_back();
        for (;;) {
            test.threads.back().push_back(parse_instruction());
            if (at_end()) return test;
            if (take('|')) {
                test.threads.emplace_back();
            } else {
                expect(';');
            }
        }
    }

private:
    bool at_end() {
        skip();
        return text_.empty();
    }
    void skip() {
        while (!text_.empty() && text_.front() == ' ') {
            text_.remove_prefix(1);
        }
    }
    bool take(char c) {
        skip();
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) {
            throw std::invalid_argument(fmt::format("litmus test: '{}' expected before '{}'", c, text_));
        }
    }
    int number() {
        int n = 0;
        bool any = false;
        for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1)) {
            n = 10 * n + (text_.front() - '0');
            any = true;
        }
        if (!any) throw std::invalid_argument("litmus test: number expected");
        return n;
    }
    std::memory_order order() {
        expect('.');
        for (const order_name& o : order_names) {
            if (text_.substr(0, o.text.size()) == o.text) {
                text_.remove_prefix(o.text.size());
                return o.order;
            }
        }
        throw std::invalid_argument(fmt::format("litmus test: order expected before '{}'", text_));
    }
    instruction parse_instruction() {
        instruction i;
        skip();
        if (take('f')) {
            i.what = instruction::kind::fence;
            i.order = order();
            return i;
        }
        const std::size_t location = text_.empty() ? std::string::npos : names_.find(text_.front());
        if (location == std::string::npos) {
            throw std::invalid_argument(fmt::format("litmus test: instruction expected before '{}'", text_));
        }
        i.location = static_cast<unsigned>(location);
        text_.remove_prefix(1);
        if (take('=')) {
            i.what = instruction::kind::store;
            i.value = number();
        } else if (take('+')) {
            i.what = instruction::kind::add;
            i.value = number();
        } else if (take('?')) {
            i.what = instruction::kind::compare;
            i.expected = number();
            expect(':');
            i.value = number();
        }
        i.order = order();
        return i;
    }

    std::string_view text_;
    std::string names_;
};

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

litmus parse_litmus(std::string_view text) {
    return litmus_parser(text).parse();
}

std::string to_text(const litmus& test) {
    std::string text;
    for (const std::vector<instruction>& thread : test.threads) {
        text += text.empty() ? "" : " | ";
        for (std::size_t n = 0; n < thread.size(); ++n) {
            const instruction& i = thread[n];
            text += n == 0 ? "" : "; ";
            const unsigned first = test.locations <= 3 ? 'x' : 'z' + 1U - test.locations;
            const char name = static_cast<char>(first + i.location);
            switch (i.what) {
                case instruction::kind::load:
                    text += fmt::format("{}", name);
                    break;
                case instruction::kind::store:
                    text += fmt::format("{}={}", name, i.value);
                    break;
                case instruction::kind::add:
                    text += fmt::format("{}+{}", name, i.value);
                    break;
                case instruction::kind::compare:
                    text += fmt::format("{}?{}:{}", name, i.expected, i.value);
                    break;
                case instruction::kind::fence:
                    text += "f";
                    break;
            }
            const auto* const order = std::find_if(order_names.begin(), order_names.end(),
                                                   [&](const order_name& o) { return o.order == i.order; });
            text += fmt::format(".{}", order->text);
        }
    }
    return text;
}

std::string to_text(const outcomes& all) {
    std::string text;
    for (const outcome& o : all) {
        text += text.empty() ? "" : " ";
        for (std::size_t i = 0; i < o.size(); ++i) {
            text += fmt::format("{}{}", i == 0 ? "" : ",", o[i]);
        }
    }
    return text;
}

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
