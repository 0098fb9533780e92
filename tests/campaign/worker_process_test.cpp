// Processes that are no workers, and how the coordinator sees their end.

#include "campaign/crew/worker_process.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace tenthrule::crew;

namespace {

worker_command shell(const char* what) {
    return {{"/bin/sh", "-c", what}, ""};
}

void wait_until(const auto& is_so) {
    for (int i = 0; i < 10'000 && !is_so(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

}  // namespace

TEST_CASE("worker process: how it ended is said") {
    worker_process exits(shell("exit 3"), -1);
    CHECK(exits.wait() == "exit status 3");
    CHECK(!exits.was_signalled());
    worker_process dies(shell("kill -SEGV $$"), -1);
    CHECK(dies.wait() == "signal 11 (SIGSEGV)");
    CHECK(dies.was_signalled());
    CHECK(!dies.was_killed());
    worker_process killed(shell("kill -KILL $$"), -1);
    CHECK(killed.wait() == "signal 9 (SIGKILL)");
    CHECK(killed.was_killed());
}

TEST_CASE("worker process: one that has only closed its connection is not waited for") {
    worker_process p(shell("exec 3>&-; exec sleep 600"), -1);
    wait_until([&p] { return !p.talk().read_available(); });
    CHECK(!p.talk().read_available());
    CHECK(!p.has_ended());
    CHECK(p.wait() == "closed its connection");
    CHECK(!p.was_killed());
}

TEST_CASE("worker process: its end is seen while a descendant has the socket") {
    worker_process p(shell("sleep 20 & exit 3"), -1);
    wait_until([&p] { return p.has_ended(); });
    CHECK(p.has_ended());
    CHECK(p.talk().read_available());
    CHECK(p.wait() == "exit status 3");
}
