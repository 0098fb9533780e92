#pragma once

/// From fiber to fiber, for the sources of the engine. Inline, because after a jump the processor expects to
/// return to where the other fiber came from: each call less in between is a misprediction less.

#include <utility>

#include "runtime/execution.hpp"
#include "runtime/fiber.hpp"
#include "runtime/sanitizer.hpp"

namespace tenthrule {

inline void execution::jump(detail::context& to) {
    detail::context& from = *current_;
    current_ = &to;
    to.started = true;
    const engine_scope not_the_other_fibers;
    // Whoever goes leaves none behind, so that there is hardly ever anything to be put away or back.
    const bool handling =
        (reinterpret_cast<std::uintptr_t>(exceptions_->caught) | exceptions_->uncaught) != 0;
    if (handling) [[unlikely]] {
        from.exceptions = std::exchange(*exceptions_, {});
    }
    sanitizer::start_switch(&from.fake_stack, to.stack_low, to.stack_size);
    const fiber::arrival back = fiber::jump(to.fiber, &from);
    auto* previous = static_cast<detail::context*>(back.given);
    previous->fiber = back.from;
    sanitizer::finish_switch(from.fake_stack, &previous->stack_low, &previous->stack_size);
    if (handling) [[unlikely]] {
        *exceptions_ = from.exceptions;
    }
    if (unwinding_ && &from != &main_) [[unlikely]] {
        point_while_unwinding();
    }
}

}  // namespace tenthrule
