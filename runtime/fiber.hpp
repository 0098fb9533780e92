#pragma once

/// Going from the stack of one fiber to that of another, for the sources of the engine.
///
/// The jump is in place, as far as compilers let us: to the processor a function that is called to jump away
/// never returns, so that it mispredicts the next return of the caller, on each switch.

#include <cstddef>
#include <cstdint>
#include <new>

#include "runtime/sanitizer.hpp"

// Where there are more registers to be forgotten in a jump than those named below, and for
// AddressSanitizer, it is Boost.Context's.
#if defined(__x86_64__) && !defined(__AVX512F__)
#define TENTHRULE_JUMP_IN_PLACE 1
#else
#include <boost/context/detail/fcontext.hpp>
#endif

namespace tenthrule::fiber {

/// Where a fiber goes on that does not run.
using place = void*;

struct arrival {
    place from = nullptr;  ///< where the fiber that jumped here goes on
    void* given = nullptr;
};

#ifdef TENTHRULE_JUMP_IN_PLACE

/// A fiber that does not run.
struct stopped {
    // The floating-point environment is each fiber's own. Its two parts are apart, so that no compiler reads
    // them as one: what was just written in parts a processor waits for.
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

/// A fiber on the stack that ends at `top` and begins with `entry`, which must not return.
inline place make(void* top, std::size_t /*size*/, void (*entry)(place from, void* given)) {
    // A function finds the stack aligned to 16 bytes but for the address where it was called, which is that of
    // nobody.
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{63};
    auto* const caller = new (reinterpret_cast<void*>(end - 8)) void*(nullptr);
    auto* const s = new (reinterpret_cast<void*>(end - 64)) stopped{0, reinterpret_cast<void*>(entry), caller, nullptr, 0};
    s->keep_environment();
    return s;
}

/// Goes on at `to`, which is of no use any more. Returns when somebody jumps back.
[[gnu::always_inline]] inline arrival jump(place to, void* given) {
    stopped here;
    const auto* there = static_cast<const stopped*>(to);
    here.keep_environment();
    if (here.mxcsr != there->mxcsr || here.x87 != there->x87) [[unlikely]] {
        there->restore_environment();
    }
    place from = &here;
    // All registers are forgotten: which of them are in use here, the compiler knows.
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
#endif

}  // namespace tenthrule::fiber
