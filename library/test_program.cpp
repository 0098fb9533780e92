#include "library/test_program.hpp"

#include <cstdlib>
#include <exception>
#include <mutex>

#include <cxxabi.h>

#include "library/mutex.hpp"
#include "shrink/attempts.hpp"

namespace tenthrule::detail {

test_program::test_program(const std::function<void()>& test, const explore_options& options)
    : test_(test),
      options_{options.spurious_failures_max, options.spurious_wakeups, options.spin_reads,
               options.memory == memory_model::weak, options.stale_reads_max} {
    if (options_.weak_memory) {
        memory_ = std::make_unique<weak_memory>();
    }
    if (options.track_allocations && allocations_can_be_watched()) {
        heap_ = std::make_unique<heap>();
        if (!heap_->available()) {
            heap_.reset();
        }
    }
}

void test_program::boot(execution& e) {
    session_.begin(e, options_, memory_.get());
    outer_session_ = session::exchange(&session_);
    if (heap_ != nullptr) {
        heap_->reset();
    }
    outer_heap_ = watched_heap::exchange(heap_.get());
    session_.make_thread("test", &run_test, nullptr, this);
}

void test_program::run_test(void* state) {
    auto& t = *static_cast<thread_state*>(state);
    auto& self = *static_cast<test_program*>(t.closure);
    self.test_();
    self.session_.end_thread(t);
}

void test_program::finish(execution& e) {
    if (heap_ != nullptr && heap_->blocks_in_use() != 0) {
        const engine_scope mine;
        fail(rules::memory_leak, "memory that is not given back",
             "{} allocated in the test not given back; the oldest: {}",
             heap_->blocks_in_use() == 1 ? std::string("one block of memory is")
                                         : fmt::format("{} blocks of memory are", heap_->blocks_in_use()),
             heap_->oldest_in_use());
    }
    (void)e;
}

void test_program::over(execution& /*e*/) {
    session::exchange(outer_session_);
    session_.end();
    watched_heap::exchange(outer_heap_);
}

std::uint64_t written_test::digest() const {
    std::uint64_t hash = shrinking::mix(0, options_.spurious_failures_max);
    hash = shrinking::mix(hash, options_.spurious_wakeups ? 1 : 0);
    hash = shrinking::mix(hash, options_.spin_reads);
    if (options_.memory == memory_model::weak) {
        hash = shrinking::mix(hash, options_.stale_reads_max);
        hash = shrinking::mix(hash, ~std::uint64_t{0});
    }
    for (const char c : options_.name) {
        hash = shrinking::mix(hash, static_cast<std::uint8_t>(c));
    }
    return hash;
}

run_options written_test::options() const {
    run_options o;
    o.points_max = options_.points_max;
    o.rules = options_.rules;
    o.unwind = true;
    return o;
}

// ---- std::terminate

namespace {

std::mutex guards_mutex;
unsigned guards = 0;
std::terminate_handler handler_before = nullptr;

std::string what_was_thrown() {
    try {
        throw;
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "of a type that is no std::exception";
    }
}

// A fiber cannot be unwound through a noexcept function: it is left where it is.
[[noreturn]] void on_terminate() {
    execution* const e = execution::active();
    if (e != nullptr && session::active() != nullptr && is_task(e->self())) {
        const engine_scope mine;
        std::string what = "std::terminate was called";
        if (std::current_exception() != nullptr) {
            if (!e->unwinding()) {
                what = fmt::format("an exception left a noexcept function: {}", what_was_thrown());
            }
            abi::__cxa_end_catch();
        }
        const std::string message = fmt::format("{} in {}", what, e->name(e->self()));
        e->leave_fiber(rules::assertion, what, message);
    }
    if (handler_before != nullptr) {
        handler_before();
    }
    std::abort();
}

}  // namespace

terminate_guard::terminate_guard() {
    const std::lock_guard lock(guards_mutex);
    if (guards++ == 0) {
        handler_before = std::set_terminate(&on_terminate);
    }
}

terminate_guard::~terminate_guard() {
    const std::lock_guard lock(guards_mutex);
    if (--guards == 0) {
        std::set_terminate(handler_before);
    }
}

}  // namespace tenthrule::detail
