// What coordinator and workers say to each other, and what a campaign says to programs.

#include "worker/messages.hpp"

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "tests/support/effort.hpp"
#include "worker/invitation.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;

namespace {

work_order some_order() {
    work_order o;
    o.number = 7;
    o.what = work::shrink;
    o.subject = {"name", 0xfeedU, "v4.14", "2 CPUs", std::string("\0\1", 2), {3, 5}};
    o.scenario_text = "text";
    o.points_max = 100;
    o.strategy = "random";
    o.seed = ~std::uint64_t{0};
    o.first = 9;
    o.count = 10;
    o.coverage = false;
    o.token = "token";
    o.identity = "identity";
    return o;
}

work_report some_report() {
    work_report r;
    r.number = 8;
    r.problem = "problem";
    r.batch.first = 1;
    r.batch.count = 2;
    r.batch.points = 3;
    r.batch.step_bounds = 4;
    r.batch.failures = 5;
    r.batch.longest = 6;
    r.batch.seconds = 1.25;
    r.batch.coverage = std::string(1'000, '\xff');
    r.batch.seen = {{"i1", "r1", "m1", 11, 12, "t1", ""}, {"i2", "r2", "m2", 13, 14, "t2", ""}};
    r.seen_points = {15, 16};
    r.reproducer.weight = {{1, 2, 3}, {4, 5, 6, 7, 8, 9, 10}, 11, 12};
    r.reproducer.size = {1, 2, 3, 4, 5, 6};
    r.reproducer.original = {7, 8, 9, 10, 11, 12};
    r.reproducer.token = "best";
    r.reproducer.text = "reproducer";
    r.reproducer.message = "message";
    r.reproducer.certified = true;
    r.reproducer.certified_because = "because";
    r.reproducer.shrink_executions = 99;
    r.reproducer.complete = true;
    r.seconds = 1.5;
    return r;
}

}  // namespace

TEST_CASE("messages: what is sent is what comes") {
    const std::string order = to_bytes(some_order());
    const std::optional<work_order> o = order_from(order);
    REQUIRE(o);
    CHECK(to_bytes(*o) == order);
    CHECK(o->subject == some_order().subject);
    CHECK(o->what == work::shrink);
    CHECK(o->seed == ~std::uint64_t{0});
    CHECK(!o->coverage);

    const std::string report = to_bytes(some_report());
    const std::optional<work_report> r = report_from(report);
    REQUIRE(r);
    CHECK(to_bytes(*r) == report);
    CHECK(r->batch.seen.size() == 2);
    CHECK(r->batch.seen[1].token == "t2");
    CHECK(r->reproducer.weight == some_report().reproducer.weight);
    CHECK(r->reproducer.original == some_report().reproducer.original);
    CHECK(r->seconds == 1.5);
    CHECK(r->batch.seconds == 1.25);
}

TEST_CASE("messages: half a message, a longer one and any other bytes are no message") {
    const std::string order = to_bytes(some_order());
    const std::string report = to_bytes(some_report());
    for (std::size_t n = 0; n < order.size(); ++n) {
        CHECK(!order_from(order.substr(0, n)));
    }
    for (std::size_t n = 0; n < report.size(); ++n) {
        CHECK(!report_from(report.substr(0, n)));
    }
    CHECK(!order_from(order + '\0'));
    CHECK(!report_from(report + '\0'));
    // Whatever is changed, it is read as something, or refused; sanitizers look on.
    random_source random(1);
    for (unsigned i = 0; i < test::repetitions(20'000); ++i) {
        std::string bytes = i % 2 == 0 ? order : report;
        for (unsigned k = 0; k <= random.below(4); ++k) {
            bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] =
                static_cast<char>(random.below(256));
        }
        (void)order_from(bytes);
        (void)report_from(bytes);
        (void)announced_from(bytes);
    }
}

TEST_CASE("invitations: what is written is what is read, and nothing else is") {
    const invitation list;
    CHECK(invitation_from(to_text(list)) == list);
    const invitation worker{invitation::wish::worker, protocol_version, tool_version(),
                            std::uint64_t{3} << 30U, 0xabcdefU};
    CHECK(invitation_from(to_text(worker)) == worker);
    CHECK(worker.is_of_this_version());
    for (const char* text :
         {"", "list", "list:", "list:x", "list:2", "list:2:", "work:2:v", "worker:2", "worker:2:v",
          "worker:2:v:2", "worker:2:v:2:", "worker:2:v:2:xyz", "worker:2:v:-2:0", "worker:2::2:0", "2:v:3"}) {
        CAPTURE(text);
        CHECK(!invitation_from(text));
    }
}

TEST_CASE("invitations: those of another version say so") {
    const std::optional<invitation> other = invitation_from("worker:9999:something else");
    REQUIRE(other);
    CHECK(other->version == 9999);
    CHECK(!other->is_of_this_version());
    invitation older;
    older.tool = "0.0.1";
    CHECK(invitation_from(to_text(older)) == older);
    CHECK(!older.is_of_this_version());
    announced_test t;
    t.version = 9999;
    t.name = "x";
    const std::optional<announced_test> announced = announced_from(to_bytes(t) + "more");
    REQUIRE(announced);
    CHECK(announced->version == 9999);
    CHECK(announced->name.empty());
    CHECK(!announced->is_of_this_version());
    t.version = protocol_version;
    t.digest = 5;
    CHECK(announced_from(to_bytes(t))->digest == 5);
    CHECK(announced_from(to_bytes(t))->is_of_this_version());
    t.tool = "0.0.1";
    CHECK(!announced_from(to_bytes(t))->is_of_this_version());
    CHECK(!announced_from(to_bytes(t) + "more"));
}
