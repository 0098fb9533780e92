#include "cli/text.hpp"

#include <doctest/doctest.h>

using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)

TEST_CASE("text: columns are counted, not bytes") {
    CHECK(display_width("waiter") == 6);
    CHECK(display_width("Wächter") == 7);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("待ち") == 4);
    CHECK(display_width("\xff") == 1);
    CHECK(pad("ä", 3) == "ä  ");
    CHECK(pad("abcd", 3) == "abcd");
}

TEST_CASE("text: nothing in a name can steer the terminal") {
    CHECK(printable("a\x1b[31mb", false) == "a?[31mb");
    CHECK(printable("a\u202eb", false) == "a?b");
    CHECK(printable("a\u009bb", false) == "a?b");
    CHECK(printable("ä\n", false) == "ä?");
    CHECK(printable("ä", true) == "?");
    CHECK(printable("\xc3", false) == "?");
}

TEST_CASE("text: lines break at blanks, and inside a word only when there is no other way") {
    using lines = std::vector<std::string>;
    CHECK(wrap("", 10) == lines{""});
    CHECK(wrap("one two three", 7) == lines{"one two", "three"});
    CHECK(wrap("one two three", 7, 2) == lines{"one two", "  three"});
    CHECK(wrap("unlock_pi(lock)", 8) == lines{"unlock_", "pi(lock)"});
    CHECK(wrap("abcdefghij", 4) == lines{"abcd", "efgh", "ij"});
    CHECK(wrap("a\nb", 8) == lines{"a", "b"});
    CHECK(wrap("  in two parts", 8) == lines{"  in two", "  parts"});
    CHECK(wrap("wake unlock_pi(lock)", 10, 2) == lines{"wake", "  unlock_", "  pi(lock)"});
}

TEST_CASE("text: numbers") {
    CHECK(thousands(0) == "0");
    CHECK(thousands(999) == "999");
    CHECK(thousands(1000) == "1,000");
    CHECK(thousands(12345678) == "12,345,678");
    CHECK(counted(1, "step") == "1 step");
    CHECK(counted(7, "step") == "7 steps");
    CHECK(scaled(812) == "812");
    CHECK(scaled(1000) == "1.00k");
    CHECK(scaled(34'210) == "34.2k");
    CHECK(scaled(349'999) == "350k");
    CHECK(scaled(999'499) == "999k");
    CHECK(scaled(999'500) == "1.00M");
    CHECK(scaled(1'250'000) == "1.25M");
    CHECK(enumerated({}).empty());
    CHECK(enumerated({"a"}) == "a");
    CHECK(enumerated({"a", "b", "c"}) == "a, b and c");
}
