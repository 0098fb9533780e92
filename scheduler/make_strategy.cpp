#include "scheduler/make_strategy.hpp"

#include <array>

#include <fmt/format.h>

#include "runtime/nearest.hpp"
#include "scheduler/bounded.hpp"
#include "scheduler/dpor.hpp"
#include "scheduler/exhaustive.hpp"
#include "scheduler/parameters.hpp"
#include "scheduler/pct.hpp"
#include "scheduler/pos.hpp"
#include "scheduler/random_walk.hpp"
#include "scheduler/round_robin.hpp"
#include "scheduler/surw.hpp"

namespace tenthrule {

namespace {

using maker = std::unique_ptr<strategy> (*)(parameters&);

struct known_strategy {
    strategy_entry entry;
    maker make;
};

// A new strategy is one line here.
constexpr std::array known_strategies{
    known_strategy{{"random", "random[:stay=P/Q]",
                    "Whoever is enabled steps with equal probability; stay: the current one goes on with "
                    "probability P/Q."},
                   [](parameters& p) -> std::unique_ptr<strategy> {
                       const parameters::fraction stay =
                           p.proper_fraction("stay").value_or(parameters::fraction{});
                       return std::make_unique<random_walk>(stay.p, stay.q);
                   }},
    known_strategy{{"pct", "pct[:depth=D]",
                    "Random ranks with D - 1 random change points: hits a bug of depth D with probability at "
                    "least 1/(n k^(D-1))."},
                   [](parameters& p) -> std::unique_ptr<strategy> {
                       return std::make_unique<pct>(p.number("depth", 3, 1, pct::depth_max));
                   }},
    known_strategy{
        {"pos", "pos",
         "A random priority for each step, drawn again when a conflicting step comes first: partial "
         "order sampling."},
        [](parameters&) -> std::unique_ptr<strategy> { return std::make_unique<pos>(); }},
    known_strategy{{"surw", "surw",
                    "The accesses to one object, drawn for each execution, in an order drawn uniformly: "
                    "selectively uniform random walk."},
                   [](parameters&) -> std::unique_ptr<strategy> { return std::make_unique<surw>(); }},
    known_strategy{{"roundrobin", "roundrobin", "The enabled take turns at every choice: one schedule only."},
                   [](parameters&) -> std::unique_ptr<strategy> { return std::make_unique<round_robin>(); }},
    known_strategy{{"exhaustive", "exhaustive", "Every schedule once, depth first."},
                   [](parameters&) -> std::unique_ptr<strategy> { return std::make_unique<exhaustive>(); }},
    known_strategy{
        {"dpor", "dpor", "Every schedule once, up to the order of steps that are independent of each other."},
        [](parameters&) -> std::unique_ptr<strategy> { return std::make_unique<dpor>(); }},
    known_strategy{{"bounded", "bounded[:switches=N]",
                    "Every schedule with at most N switches away from a task that could have gone on."},
                   [](parameters& p) -> std::unique_ptr<strategy> {
                       return std::make_unique<bounded>(
                           schedule_bound{.switches = p.number("switches", 2, 0, 1'000)});
                   }},
};

constexpr auto entries = [] {
    std::array<strategy_entry, known_strategies.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = known_strategies[i].entry;
    }
    return all;
}();

constexpr auto names = [] {
    std::array<std::string_view, known_strategies.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = known_strategies[i].entry.name;
    }
    return all;
}();

std::string unknown_name(std::string_view name) {
    const std::string_view meant = nearest(name, names);
    return fmt::format("unknown strategy '{}'{} (strategies: {})", name,
                       meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant),
                       fmt::join(names, ", "));
}

}  // namespace

strategy_or_error make_strategy(std::string_view text) {
    const std::string_view name = text.substr(0, text.find(':'));
    for (const known_strategy& known : known_strategies) {
        if (known.entry.name != name) {
            continue;
        }
        parameters given(name, text.substr(name.size()));
        std::unique_ptr<strategy> made = known.make(given);
        if (const std::string& error = given.finish(known.entry.syntax); !error.empty()) {
            return {nullptr, "", error};
        }
        return {std::move(made), std::string(name) + given.canonical(), ""};
    }
    return {nullptr, "", unknown_name(name)};
}

std::string canonical_name(std::string_view text) {
    const strategy_or_error result = make_strategy(text);
    return result.made != nullptr ? result.canonical : std::string(text);
}

bool is_systematic(std::string_view text) {
    const std::string_view name = text.substr(0, text.find(':'));
    return name == "exhaustive" || name == "dpor" || name == "bounded";
}

std::span<const strategy_entry> strategy_table() {
    return entries;
}

}  // namespace tenthrule
