#include "shrink/order.hpp"

#include <algorithm>
#include <tuple>

namespace tenthrule::shrinking {

cost cost_of(const run_statistics& s) {
    return {s.preemptions, s.events, s.interleavings};
}

weight weigh(const run_statistics& s, const case_size& size, const schedule& decisions) {
    return {cost_of(s), size, s.points, static_cast<std::uint32_t>(decisions.size())};
}

bool comes_first(const schedule& a, const schedule& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](const deviation& x, const deviation& y) {
                                            return std::tie(x.choice, x.value) < std::tie(y.choice, y.value);
                                        });
}

}  // namespace tenthrule::shrinking
