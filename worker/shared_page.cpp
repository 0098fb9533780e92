#include "worker/shared_page.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

namespace tenthrule::crew {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

shared_page::shared_page() : fd_(memfd_create("tenthrule-worker", MFD_CLOEXEC)) {
    if (fd_ < 0 || ftruncate(fd_, sizeof(page_contents)) != 0) {
        fail("memory shared with a worker");
    }
    map();
    new (contents_) page_contents;
}

shared_page::shared_page(int fd) : fd_(fd) {
    map();
}

void shared_page::map() {
    void* const at = mmap(nullptr, sizeof(page_contents), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) {
        fail("memory shared with a worker");
    }
    contents_ = static_cast<page_contents*>(at);
}

shared_page::~shared_page() {
    munmap(contents_, sizeof(page_contents));
    close(fd_);
}

}  // namespace tenthrule::crew
