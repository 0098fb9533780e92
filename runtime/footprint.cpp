#include "runtime/footprint.hpp"

#include <algorithm>

#include "runtime/user_code.hpp"

namespace tenthrule {

void footprint::add(place_number where, bool writes) {
    const std::uint64_t mark = 2 * number_ + (writes ? 1U : 0U);
    if (where < marks_.size() && marks_[where] >= mark) {
        return;
    }
    if (where >= marks_.size() || touches_.size() == touches_.capacity()) [[unlikely]] {
        make_room(where);
    }
    marks_[where] = mark;
    touches_.push_back({where, writes});
}

void footprint::make_room(place_number where) {
    const engine_scope mine;
    if (where >= marks_.size()) {
        marks_.resize(std::max<std::size_t>(where + 1, 2 * marks_.size()));
    }
    touches_.reserve(std::max<std::size_t>(64, 2 * touches_.size()));
}

}  // namespace tenthrule
