#include "shrink/passes/passes.hpp"

#include <array>
#include <string_view>

namespace tenthrule::shrinking {

std::span<const schedule_pass> schedule_passes() {
    static constexpr std::array all{
        schedule_pass{"try_trivial", &try_trivial},       schedule_pass{"drop_deviations", &drop_deviations},
        schedule_pass{"merge_turns", &merge_turns},       schedule_pass{"shift_turns", &shift_turns},
        schedule_pass{"drop_pairs", &drop_pairs},         schedule_pass{"replace_value", &replace_value},
        schedule_pass{"move_deviation", &move_deviation},
    };
    return all;
}

pass_report& row(pass_table& table, const char* name) {
    for (pass_report& r : table) {
        if (std::string_view(r.name) == name) {
            return r;
        }
    }
    return table.emplace_back(pass_report{name});
}

void run_schedule_passes(schedule_shrinker& s, pass_table& table) {
    for (bool progress = true; progress;) {
        progress = false;
        for (const schedule_pass& pass : schedule_passes()) {
            if (s.lab().out_of_budget()) {
                return;
            }
            const std::uint64_t executions = s.lab().executions();
            const std::uint64_t successes = s.successes();
            pass.run(s);
            pass_report& report = row(table, pass.name);
            ++report.calls;
            report.executions += s.lab().executions() - executions;
            report.successes += s.successes() - successes;
            progress = progress || s.successes() != successes;
        }
    }
}

}  // namespace tenthrule::shrinking
