#include "tests/relacy/on_relacy.hpp"
// before everything else
#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include "tests/relacy/litmus_program.hpp"
#include "tests/relacy/programs.hpp"
#include "tests/relacy/relacy_side.hpp"

namespace tenthrule::comparison {

namespace {

// Relacy's simulator is a template over the test, and takes a second to compile for each. So there is one
// test for each number of threads, which runs whatever program was made for it.
class running_program {
public:
    running_program() = default;
    running_program(const running_program&) = delete;
    running_program& operator=(const running_program&) = delete;
    virtual ~running_program() = default;
    virtual void thread(unsigned me) = 0;
    virtual void after() = 0;
};

// Where one is made: allocations would count as the test's.
struct room {
    alignas(std::max_align_t) unsigned char bytes[8192];
};
using maker = std::function<running_program*(room&)>;

template <typename Program>
struct adapted final : running_program {
    template <typename... Arguments>
    explicit adapted(Arguments&... arguments) : program(arguments...) {}
    void thread(unsigned me) override {
        program.thread(me);
    }
    void after() override {
        if constexpr (requires { program.after(); }) program.after();
    }
    Program program;
};

template <typename Program, typename... Arguments>
running_program* make_in(room& where, Arguments&... arguments) {
    static_assert(sizeof(adapted<Program>) <= sizeof where.bytes);
    return ::new (where.bytes) adapted<Program>(arguments...);
}

const maker* current_maker = nullptr;

template <rl::thread_id_t Threads>
struct any_test : rl::test_suite<any_test<Threads>, Threads> {
    room made_in;
    running_program* program = (*current_maker)(made_in);
    ~any_test() {
        program->~running_program();
    }
    void thread(unsigned me) {
        program->thread(me);
    }
    void after() {
        program->after();
    }
};

// Relacy's full search with a limit.
template <rl::thread_id_t Threads>
class limited_search : public rl::full_search_scheduler<Threads> {
    using base = rl::full_search_scheduler<Threads>;

public:
    limited_search(rl::test_params& params, typename base::shared_context_t& context,
                   rl::thread_id_t dynamic_threads)
        : base(params, context, dynamic_threads), left_(params.iteration_count) {}

    bool iteration_end() {
        if (base::iteration_end()) {
            this->params_.iteration_count = left_;  // some are left: it came to its end
            return true;
        }
        return --left_ == 0 && (this->params_.iteration_count = 0, true);
    }

private:
    rl::iteration_t left_;
};

// It must not allocate, for Relacy replaces operator new.
class nowhere final : public std::streambuf {
    int overflow(int c) override {
        return c;
    }
};

finding finding_of(rl::test_result_e result) {
    switch (result) {
        case rl::test_result_success:
            return finding::clean;
        case rl::test_result_user_assert_failed:
            return finding::assertion;
        case rl::test_result_data_race:
            return finding::data_race;
        case rl::test_result_access_to_freed_memory:
            return finding::use_after_free;
        case rl::test_result_double_free:
            return finding::double_free;
        case rl::test_result_memory_leak:
        case rl::test_result_resource_leak:
            return finding::leak;
        case rl::test_result_unitialized_access:
            return finding::uninitialised;
        case rl::test_result_deadlock:
            return finding::deadlock;
        case rl::test_result_livelock:
            return finding::livelock;
        case rl::test_result_recursion_on_nonrecursive_mutex:
        case rl::test_result_unlocking_mutex_wo_ownership:
        case rl::test_result_destroying_owned_mutex:
            return finding::lock_misuse;
        default:
            return finding::other;
    }
}

template <template <rl::thread_id_t> class Scheduler, rl::thread_id_t Threads>
searched run(rl::scheduler_type_e type, std::uint64_t executions) {
    static nowhere buffer;
    static std::ostream quiet(&buffer);
    rl::test_params params;
    params.iteration_count = executions;
    params.output_stream = &quiet;
    params.progress_stream = &quiet;
    params.search_type = type;
    rl::ostringstream state;
    const rl::test_result_e result =
        rl::run_test<any_test<Threads>, Scheduler<Threads>>(params, state, false);
    const bool ended = type == rl::fair_full_search_scheduler_type && params.iteration_count != 0;
    return {finding_of(result), result == rl::test_result_success && ended};
}

template <rl::thread_id_t Threads>
searched search(const maker& make, const relacy_limits& limits) {
    current_maker = &make;
    const searched first =
        run<rl::random_scheduler, Threads>(rl::random_scheduler_type, limits.random_executions);
    if (first.found != finding::clean) return first;
    return run<limited_search, Threads>(rl::fair_full_search_scheduler_type, limits.search_executions);
}

searched search(const maker& make, unsigned threads, const relacy_limits& limits) {
    switch (threads) {
        case 1:
            return search<1>(make, limits);
        case 2:
            return search<2>(make, limits);
        case 3:
            return search<3>(make, limits);
        case 4:
            return search<4>(make, limits);
        default:
            throw std::out_of_range("programs have 1 to 4 threads");
    }
}

struct listed {
    maker make;
    unsigned threads;
};

struct catalogue {
    std::map<std::pair<std::string, std::string>, listed> all;

    template <typename Program>
    void add(const char* algorithm, const char* variant, finding /*right*/) {
        all[{algorithm, variant}] = {[](room& where) { return make_in<Program>(where); }, Program::threads};
    }
};

}  // namespace

searched search_on_relacy(const std::string& algorithm, const std::string& variant,
                          const relacy_limits& limits) {
    static const catalogue programs = [] {
        catalogue c;
        list_programs<on_relacy>(c);
        return c;
    }();
    const listed& program = programs.all.at({algorithm, variant});
    return search(program.make, program.threads, limits);
}

test::outcomes litmus_on_relacy(const test::litmus& test, const relacy_limits& limits) {
    seen_outcomes seen;
    const maker make = [&](room& where) { return make_in<litmus_program<on_relacy>>(where, test, seen); };
    search(make, static_cast<unsigned>(test.threads.size()), limits);
    std::size_t values = test.locations;
    for (const std::vector<test::instruction>& thread : test.threads) {
        for (const test::instruction& i : thread) {
            values += i.reads() ? 1U : 0U;
        }
    }
    return seen.get(values);
}

}  // namespace tenthrule::comparison
