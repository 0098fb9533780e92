#pragma once

/// AddressSanitizer has to be told about every switch of stacks; without it these are empty.

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define TENTHRULE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TENTHRULE_ASAN 1
#endif
#endif

#ifdef TENTHRULE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace tenthrule::sanitizer {

#ifdef TENTHRULE_ASAN
inline constexpr bool address = true;

inline void start_switch(void** fake_stack, const void* to_low, std::size_t to_size) {
    __sanitizer_start_switch_fiber(fake_stack, to_low, to_size);
}
inline void finish_switch(void* fake_stack, const void** from_low, std::size_t* from_size) {
    __sanitizer_finish_switch_fiber(fake_stack, from_low, from_size);
}
/// The frames of a dropped fiber left their red zones behind.
inline void clean_stack(const void* low, std::size_t size) {
    __asan_unpoison_memory_region(low, size);
}
#else
inline constexpr bool address = false;

inline void start_switch(void** /*fake_stack*/, const void* /*to_low*/, std::size_t /*to_size*/) {}
inline void finish_switch(void* /*fake_stack*/, const void** /*from_low*/, std::size_t* /*from_size*/) {}
inline void clean_stack(const void* /*low*/, std::size_t /*size*/) {}
#endif

}  // namespace tenthrule::sanitizer
