// A program that does what campaigns have to cope with; its name, which tests choose, says what.

#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "library/tenthrule.hpp"

namespace tr = tenthrule;

namespace {

void explore_little(const char* name) {
    tr::explore_options options;
    options.name = name;
    tr::explore(
        [] {
            tr::atomic<int> word(0, "word");
            tr::thread other([&word] { word.store(1); });
            other.join();
        },
        options);
}

}  // namespace

int main(int /*argc*/, char** argv) {
    const std::string_view name = argv[0];
    if (name.ends_with("reserves")) {
        constexpr std::size_t size = std::size_t{16} << 40U;
        if (mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
            MAP_FAILED) {
            return 1;
        }
    }
    explore_little("first");
    if (name.ends_with("twice")) {
        explore_little("first");
    } else if (name.ends_with("unnamed")) {
        explore_little("");
        explore_little("");
    } else if (name.ends_with("dies")) {
        std::signal(SIGSEGV, SIG_DFL);  // NOLINT(cert-err33-c)
        std::raise(SIGSEGV);            // NOLINT(cert-err33-c)
    } else if (name.ends_with("closes")) {
        close(3);
        sleep(600);
    } else if (name.ends_with("leaves-a-child") && fork() == 0) {
        sleep(20);
    }
    return 0;
}
