#include "campaign/rules_off.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

const rule* find_rule(std::string_view name) {
    for (const rule* r : scenarios::all_rules()) {
        if (name == r->name) {
            return r;
        }
    }
    return nullptr;
}

scenarios::name_problem unknown_rule(std::string_view name) {
    std::vector<std::string_view> names;
    for (const rule* r : scenarios::all_rules()) {
        names.emplace_back(r->name);
    }
    return {fmt::format("unknown rule '{}'; expected one of 'tenthrule list rules'", name),
            std::string(nearest(name, names))};
}

rule_names still_on(const scenarios::scenario& s, const std::vector<std::string>& names) {
    const rule_set on = scenarios::enabled_rules(s);
    rule_names result;
    for (const rule* r : scenarios::all_rules()) {
        if (on.contains(*r) && contains(names, r->name)) {
            result.emplace_back(r->name);
        }
    }
    return result;
}

scenarios::scenario with_rules_off(scenarios::scenario s, const rule_names& names) {
    std::vector<std::string>& only = s.rules.only;
    if (only.empty()) {
        s.rules.off.insert(s.rules.off.end(), names.begin(), names.end());
        return s;
    }
    std::erase_if(only, [&names](const std::string& name) { return contains(names, name); });
    // An empty list would mean all of them.
    if (only.empty()) {
        for (const rule* r : scenarios::all_rules()) {
            s.rules.off.emplace_back(r->name);
        }
    }
    return s;
}

}  // namespace tenthrule
