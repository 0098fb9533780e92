#include "tests/relacy/tenthrule_side.hpp"

#include <functional>
#include <list>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "library/explore.hpp"
#include "tests/relacy/litmus_program.hpp"
#include "tests/relacy/on_tenthrule.hpp"
#include "tests/relacy/programs.hpp"

namespace tenthrule::comparison {

namespace {

template <typename Program>
void execute(Program& program, unsigned threads_count) {
    std::list<thread> threads;
    for (unsigned me = 0; me < threads_count; ++me) {
        threads.emplace_back([&program, me] { program.thread(me); });
    }
    for (thread& t : threads) {
        t.join();
    }
    if constexpr (requires { program.after(); }) program.after();
}

struct catalogue {
    std::vector<listed_program> order;
    std::map<std::pair<std::string, std::string>, std::function<void()>> tests;

    template <typename Program>
    void add(const char* algorithm, const char* variant, finding right) {
        order.push_back({algorithm, variant, right});
        tests[{algorithm, variant}] = [] {
            Program program;
            execute(program, Program::threads);
        };
    }
};

const catalogue& programs() {
    static const catalogue all = [] {
        catalogue c;
        list_programs<on_tenthrule>(c);
        return c;
    }();
    return all;
}

finding finding_of(const exploration& r) {
    if (r.ok()) return finding::clean;
    if (r.end != exploration_end::failed) {
        throw std::runtime_error(r.error);
    }
    static const std::map<std::string, finding> findings = {
        {"assertion", finding::assertion},
        {"data-race", finding::data_race},
        {"deadlock", finding::deadlock},
        {"livelock", finding::livelock},
        {"use-after-scope", finding::use_after_free},
        {"double-free", finding::double_free},
        {"memory-leak", finding::leak},
        {"misuse", finding::lock_misuse},
        {"double-unlock", finding::lock_misuse},
        {"lock-leak", finding::lock_misuse},
    };
    const auto found = findings.find(r.failure.rule);
    return found == findings.end() ? finding::other : found->second;
}

explore_options options_for(std::string_view strategy, std::uint64_t executions) {
    explore_options options;
    options.strategy = strategy;
    options.executions_max = executions;
    options.memory = memory_model::weak;
    options.spurious_wakeups = true;  // as in Relacy
    options.shrink = false;
    return options;
}

}  // namespace

std::vector<listed_program> all_programs() {
    return programs().order;
}

searched search_on_tenthrule(const std::string& algorithm, const std::string& variant,
                             const tenthrule_limits& limits) {
    const std::function<void()>& test = programs().tests.at({algorithm, variant});
    const finding first = finding_of(explore(test, options_for(default_strategy, limits.random_executions)));
    if (first != finding::clean) return {first, false};
    const exploration all = explore(test, options_for("dpor", limits.search_executions));
    return {finding_of(all), all.end == exploration_end::verified};
}

test::outcomes litmus_on_tenthrule(const test::litmus& test) {
    seen_outcomes seen;
    explore_options options = options_for("dpor", 0);
    options.track_allocations = false;
    const exploration r = explore(
        [&] {
            litmus_program<on_tenthrule> program(test, seen);
            execute(program, static_cast<unsigned>(test.threads.size()));
        },
        options);
    if (r.end != exploration_end::verified) {
        throw std::runtime_error(fmt::format("litmus test: {}", r.report()));
    }
    std::size_t values = test.locations;
    for (const std::vector<test::instruction>& thread : test.threads) {
        for (const test::instruction& i : thread) {
            values += i.reads() ? 1U : 0U;
        }
    }
    return seen.get(values);
}

}  // namespace tenthrule::comparison
