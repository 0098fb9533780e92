#include "bench/effectiveness/measure.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "runtime/random.hpp"

namespace tenthrule::effectiveness {

namespace {

explore_options options_for(const buggy_program& what) {
    explore_options o;
    o.name = what.name;
    o.track_allocations = false;
    return o;
}

}  // namespace

trial::trial(const buggy_program& what)
    : options_(options_for(what)),
      test_(what.run, options_),
      program_(test_.instantiate()),
      run_(test_.options()) {}

bool trial::fails(strategy& how, std::uint64_t seed) {
    const run_result& r = execution_.run(*program_, how, run_, seed);
    points_max_ = std::max(points_max_, r.statistics.points);
    if (r.end == verdict::diverged) {
        throw std::logic_error(options_.name + " depends on more than its schedule");
    }
    return r.end == verdict::violation;
}

std::uint64_t trial::first_failure(strategy& how, std::uint64_t executions_max, std::uint64_t seed) {
    for (std::uint64_t i = 0; i < executions_max; ++i) {
        if (fails(how, execution_seed(seed, i))) return i + 1;
    }
    return 0;
}

std::uint64_t trial::failures(strategy& how, std::uint64_t executions, std::uint64_t seed) {
    std::uint64_t n = 0;
    for (std::uint64_t i = 0; i < executions; ++i) {
        n += fails(how, execution_seed(seed, i)) ? 1U : 0U;
    }
    return n;
}

}  // namespace tenthrule::effectiveness
