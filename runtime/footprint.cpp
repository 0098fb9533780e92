#include "runtime/footprint.hpp"

#include <algorithm>

#include "runtime/user_code.hpp"

namespace tenthrule {

void footprint::add(place_number where, bool writes) {
    const engine_scope mine;
    if (where >= marks_.size()) {
        marks_.resize(std::max<std::size_t>(where + 1, 2 * marks_.size()));
    }
    const std::uint64_t mark = 2 * number_ + (writes ? 1U : 0U);
    if (marks_[where] < mark) {
        marks_[where] = mark;
        touches_.push_back({where, writes});
    }
}

void footprint::clear() {
    touches_.clear();
    ++number_;
}

void footprint::shorten(std::size_t n) {
    touches_.resize(std::min(n, touches_.size()));
    ++number_;
    for (const touch& t : touches_) {
        marks_[t.where] = std::max(marks_[t.where], 2 * number_ + (t.writes ? 1U : 0U));
    }
}

bool footprint::writes_to(place_number where) const {
    return std::any_of(touches_.begin(), touches_.end(),
                       [where](const touch& t) { return t.where == where && t.writes; });
}

}  // namespace tenthrule
