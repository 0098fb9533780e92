#pragma once

/// Going from the stack of one fiber to that of another, for the sources of the engine.
///
/// On x86-64 the jump is in place. Boost.Context's is a function, and processors predict returns by
/// remembering calls: to them a function that is called to jump away never returned, so that they mispredict
/// the return of its caller, and that of the caller's caller, at each switch. In place, a fiber that goes on
/// where others stopped returns as they would. Elsewhere it is Boost.Context that jumps, and where
/// AddressSanitizer looks on.
///
/// Thread safety: none. A fiber goes on in the OS thread that it began in.

#include <cstddef>
#include <cstdint>
#include <new>

#include "runtime/sanitizer.hpp"

// AVX-512 has more registers than the jump says that it forgets; and where shadow stacks are kept
// (-fcf-protection), they have to be changed as well.
#if defined(__x86_64__) && defined(__LP64__) && !defined(__AVX512F__) && !defined(__CET__) && \
    !defined(TENTHRULE_ASAN)
#define TENTHRULE_JUMP_IN_PLACE
#else
#include <boost/context/detail/fcontext.hpp>
#endif

namespace tenthrule::fiber {

/// Where a fiber that does not run goes on.
using place = void*;

struct arrival {
    place from = nullptr;  ///< where the fiber that jumped here goes on
    void* given = nullptr;
};

#ifdef TENTHRULE_JUMP_IN_PLACE

/// A fiber that does not run, on its own stack. Written by the jump, member by member.
struct stopped {
    // The floating-point environment is each fiber's own. Its two parts are not neighbours, or a compiler
    // would read them as one, and a processor waits for what was just written in parts.
    std::uint32_t mxcsr;
    void* code;
    void* stack;
    void* frame;
    std::uint16_t x87;

    void keep_environment() {
        asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    }
    void restore_environment() const {
        asm volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(x87));
    }
};
static_assert(offsetof(stopped, code) == 8 && offsetof(stopped, stack) == 16 &&
              offsetof(stopped, frame) == 24);

/// A fiber that begins with `Entry`, which must not return, on the `size` bytes of stack that end at `top`.
template <void (*Entry)(place from, void* given)>
place make(void* top, std::size_t /*size*/) {
    constexpr std::size_t line = 64;
    auto* const end = static_cast<std::byte*>(top) - reinterpret_cast<std::uintptr_t>(top) % line;
    // A function finds the stack aligned to 16 bytes but for where it returns to: here to nobody.
    auto* const caller = new (end - sizeof(void*)) void*(nullptr);
    auto* const s = new (end - line) stopped;
    static_assert(sizeof(stopped) + sizeof(void*) <= line);
    s->keep_environment();
    s->code = reinterpret_cast<void*>(Entry);
    s->stack = caller;
    return s;
}

/// Goes on at `to`, which is used up by that. Returns when somebody jumps back.
[[gnu::always_inline]] inline arrival jump(place to, void* given) {
    stopped here;
    const auto* there = static_cast<const stopped*>(to);
    here.keep_environment();
    if (here.mxcsr != there->mxcsr || here.x87 != there->x87) [[unlikely]] {
        there->restore_environment();
    }
    place from = &here;
    // All registers are forgotten: the compiler knows which of them it needs. Arrivals find in rdi and rsi
    // what an entry takes for its arguments.
    asm volatile(
        "leaq 1f(%%rip), %%rax\n\t"
        "movq %%rax, 8(%%rdi)\n\t"
        "movq %%rsp, 16(%%rdi)\n\t"
        "movq %%rbp, 24(%%rdi)\n\t"
        "movq 16(%%rdx), %%rsp\n\t"
        "movq 24(%%rdx), %%rbp\n\t"
        "jmp *8(%%rdx)\n"
        "1:"
        : "+D"(from), "+S"(given), "+d"(there)
        :
        : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
          "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "cc", "memory");
    return {from, given};
}

#else

template <void (*Entry)(place from, void* given)>
place make(void* top, std::size_t size) {
    using boost::context::detail::transfer_t;
    return boost::context::detail::make_fcontext(top, size, [](transfer_t t) { Entry(t.fctx, t.data); });
}

inline arrival jump(place to, void* given) {
    const auto [from, data] = boost::context::detail::jump_fcontext(to, given);
    return {from, data};
}

#endif

}  // namespace tenthrule::fiber
