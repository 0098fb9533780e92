#include "cli/kernel_name.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace tenthrule::cli {

std::string kernel_name(const scenarios::kernel_choice& k, const rule_names& rules_off) {
    std::string name = kernel_words(k);
    if (!rules_off.empty()) {
        name += fmt::format(", {} {} off", rules_off.size() == 1 ? "rule" : "rules", enumerated(rules_off));
    }
    return name;
}

std::string machine_name(unsigned cpus) {
    return cpus == 0 ? "a CPU for every task" : counted(cpus, "CPU");
}

std::string where_it_runs(const scenario_case& what) {
    const std::string kernel = kernel_name(what.what().kernel, what.rules_off());
    return what.taken_away().empty() ? kernel : kernel + ", " + machine_name(what.what().cpus);
}

}  // namespace tenthrule::cli
