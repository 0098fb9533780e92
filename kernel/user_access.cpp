#include "kernel/user_access.hpp"

#include <cerrno>

namespace tenthrule::kernel {

namespace {

// Whether the page is there is nobody's business but the memory management's: a decision of the schedule.
bool is_absent(system& s, futex_word& w) {
    if (w.faults_left == 0 || s.e.choose(2, "page fault") == 0) {
        return false;
    }
    --w.faults_left;
    s.e.story("the page of {} is absent", w.name);
    return true;
}

}  // namespace

bool read_inatomic(system& s, futex_word& w, std::uint32_t& value) {
    if (w.access == page_access::none || is_absent(s, w)) {
        return false;
    }
    value = w.value.load();
    return true;
}

bool can_write_inatomic(system& s, futex_word& w) {
    return w.access == page_access::read_write && !is_absent(s, w);
}

swap cmpxchg_inatomic(system& s, futex_word& w, std::uint32_t& expected, std::uint32_t desired) {
    if (!can_write_inatomic(s, w)) {
        return swap::fault;
    }
    return w.value.compare_exchange(expected, desired) ? swap::done : swap::changed;
}

int read_user(system& /*s*/, futex_word& w, std::uint32_t& value) {
    value = w.value.load();
    return w.access == page_access::none ? -EFAULT : 0;
}

int fault_in_user_writeable(system& s, futex_word& w) {
    s.e.point(op_kind::load, access::read, 0, "page fault");
    if (w.access != page_access::read_write) {
        s.e.story("the page of {} cannot be made writable", w.name);
        return -EFAULT;
    }
    return 0;
}

}  // namespace tenthrule::kernel
