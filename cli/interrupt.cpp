#include "cli/interrupt.hpp"

#include <csignal>

namespace tenthrule::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

extern "C" void tenthrule_note_interrupt(int /*number*/) {
    interrupted.store(true, std::memory_order_relaxed);
}

void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
}

}  // namespace

// SA_RESETHAND: whoever asks twice does not want to wait.
interrupt_guard::interrupt_guard() {
    interrupted = false;
    handle(SIGINT, tenthrule_note_interrupt, static_cast<int>(SA_RESETHAND) | SA_RESTART);
    handle(SIGTERM, tenthrule_note_interrupt, static_cast<int>(SA_RESETHAND) | SA_RESTART);
}

interrupt_guard::~interrupt_guard() {
    handle(SIGINT, SIG_DFL, 0);
    handle(SIGTERM, SIG_DFL, 0);
}

const std::atomic<bool>& interrupt_guard::requested() {
    return interrupted;
}

}  // namespace tenthrule::cli
