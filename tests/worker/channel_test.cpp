#include "worker/channel.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using tenthrule::crew::channel;

namespace {

struct two_ends {
    two_ends() {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    }
    int fds[2] = {-1, -1};
};

}  // namespace

TEST_CASE("channel: messages come whole and in their order, and then the end") {
    const two_ends ends;
    channel there(ends.fds[1]);
    {
        channel here(ends.fds[0]);
        CHECK(here.send("one"));
        CHECK(here.send(""));
        CHECK(here.send("three"));
        CHECK(there.receive() == "one");
        CHECK(there.receive() == "");
    }
    CHECK(!there.read_available());
    CHECK(there.take() == "three");
    CHECK(!there.take());
    CHECK(!there.receive());
    CHECK(!there.is_broken());
}

TEST_CASE("channel: what is longer than any message is neither sent nor waited for") {
    const two_ends ends;
    channel here(ends.fds[0]);
    channel there(ends.fds[1]);
    CHECK(!here.send(std::string(channel::length_max + 1, 'x')));
    CHECK(here.send("good"));
    REQUIRE(write(here.fd(), "\xff\xff\xff\xff and so on", 14) == 14);
    CHECK(there.receive() == "good");
    CHECK(!there.receive());
    CHECK(there.is_broken());
    CHECK(!there.take());
}
