#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

bool detail::finds_page_absent(system& s, futex_word& w) {
    if (s.e.choose(2, "page fault") == 0) {
        return false;
    }
    w.faults_left = w.faults_left - 1;
    s.e.story("the page of {} is absent", w.name);
    return true;
}

int read_user(system& /*s*/, futex_word& w, std::uint32_t& value) {
    futex_word& aligned = w.misaligned_by == 0 ? w : *w.around;
    // Behind a word there are zeros.
    value = aligned.value.load() >> (8 * w.misaligned_by);
    return aligned.access == page_access::none ? -EFAULT : 0;
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
