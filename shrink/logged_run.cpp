#include "shrink/logged_run.hpp"

namespace tenthrule {

const std::string& logged_run::name(actor a) const {
    static const std::string outside = "outside";
    return a < names.size() ? names[a] : outside;
}

logged_run run_logged(const test_case& what, strategy& how, std::uint32_t points_max, std::uint64_t seed) {
    return run_logged(what, *what.instantiate(), how, points_max, seed);
}

logged_run run_logged(const test_case& what, program& instance, strategy& how, std::uint32_t points_max,
                      std::uint64_t seed) {
    execution machine;
    run_options options = what.options();
    options.log = true;
    if (points_max != 0) {
        options.points_max = points_max;
    }
    logged_run run;
    run.result = machine.run(instance, how, options, seed);
    run.trace_digest = digest(run.result.log);
    run.names.resize(actors_max);
    for (unsigned t = 0; t < machine.tasks_count(); ++t) {
        run.names[task_actor(t)] = machine.name(task_actor(t));
    }
    for (const event& e : run.result.log) {
        if (is_event(e.who)) {
            run.names[e.who] = machine.name(e.who);
        }
    }
    return run;
}

}  // namespace tenthrule
