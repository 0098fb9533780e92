#include "bench/relacy/targets.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace tenthrule::comparison {

namespace {

target at_least(std::string figure, double wanted, double measured, const char* unit) {
    return {std::move(figure), fmt::format("at least {:g}{}", wanted, unit), fmt::format("{:.4g}", measured),
            measured >= wanted};
}

target at_most(std::string figure, double wanted, double measured, const char* unit) {
    return {std::move(figure), fmt::format("at most {:g}{}", wanted, unit), fmt::format("{:.4g}", measured),
            measured <= wanted};
}

target exactly(std::string figure, std::uint64_t wanted, std::uint64_t measured) {
    return {std::move(figure), fmt::format("{}", wanted), fmt::format("{}", measured), measured == wanted};
}

constexpr std::array programs{"fadd", "peterson", "mutex", "treiber"};

}  // namespace

const figures::row& row_of(const figures& f, std::string_view program, std::string_view strategy) {
    const auto at = std::find_if(f.rows.begin(), f.rows.end(), [&](const figures::row& r) {
        return r.program == program && r.strategy == strategy;
    });
    if (at == f.rows.end()) {
        throw std::logic_error(fmt::format("{} under {} was not measured", program, strategy));
    }
    return *at;
}

std::vector<target> judge(const figures& f) {
    std::vector<target> all;
    for (const char* program : programs) {
        all.push_back(at_least(fmt::format("{}, random: executions/s", program), 3,
                               row_of(f, program, "random").times_relacy, " x Relacy"));
    }
    for (const char* program : programs) {
        all.push_back(at_least(fmt::format("{}, pct:depth=3: executions/s", program), 4,
                               row_of(f, program, "pct:depth=3").times_relacy, " x Relacy"));
    }
    all.push_back(at_least("2 x 10 additions, random: distinct orders/s", 80,
                           f.orders_per_second_times_relacy, " x Relacy"));
    all.push_back(exactly(
        fmt::format("2 x 8 additions, random: distinct orders in {} executions", f.small_order_executions),
        12'870, f.small_orders));
    all.push_back(at_most("a point with a choice, without a switch", 0.9, f.jumps_without_switch, " jumps"));
    for (const char* program : programs) {
        all.push_back(at_most(fmt::format("{}, random: a point", program), 3.5,
                              row_of(f, program, "random").jumps_per_point, " jumps"));
    }
    for (const figures::count& c : f.counts) {
        if (c.strategy == "dpor") {
            all.push_back(exactly(fmt::format("{}, dpor: executions of a complete search", c.program),
                                  c.traces, c.executions));
        }
    }
    // GenMC 0.11 did some 5,000 executions per second on this program where it was measured. It is not run
    // here.
    all.push_back(at_least("fadd, exhaustive: executions/s (200 x GenMC's 5000, not run here)", 1e6,
                           row_of(f, "fadd", "exhaustive").executions_per_second, ""));
    return all;
}

}  // namespace tenthrule::comparison
