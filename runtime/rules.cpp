#include "runtime/rules.hpp"

#include <array>

namespace tenthrule {

std::span<const rule* const> runtime_rules() {
    static constexpr std::array all{
        &rules::deadlock,        &rules::lost_wakeup, &rules::livelock,      &rules::data_race,
        &rules::use_after_scope, &rules::lock_leak,   &rules::double_unlock, &rules::sleeping_while_atomic,
        &rules::lock_order,      &rules::assertion,
    };
    return all;
}

}  // namespace tenthrule
