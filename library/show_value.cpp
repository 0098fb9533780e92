#include "library/show_value.hpp"

#include "library/heap.hpp"

namespace tenthrule::detail {

std::string show_pointer(const void* p) {
    if (p == nullptr) {
        return "null";
    }
    if (const heap* const h = watched_heap::active(); h != nullptr) {
        if (std::string place = h->place(p); !place.empty()) {
            return place;
        }
    }
    return "a pointer";
}

}  // namespace tenthrule::detail
