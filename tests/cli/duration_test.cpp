#include "cli/duration.hpp"

#include <doctest/doctest.h>

using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)

TEST_CASE("duration: what people type") {
    const auto in_seconds = [](const char* text) {
        return parse_duration(text).value_or(seconds(-1)).count();
    };
    CHECK(in_seconds("10s") == doctest::Approx(10));
    CHECK(in_seconds("2m") == doctest::Approx(120));
    CHECK(in_seconds("1h30m") == doctest::Approx(5400));
    CHECK(in_seconds("1.5s") == doctest::Approx(1.5));
    CHECK(in_seconds("500ms") == doctest::Approx(0.5));
    CHECK(in_seconds("1m500ms") == doctest::Approx(60.5));
    CHECK(in_seconds("2d") == doctest::Approx(172'800));
    CHECK(in_seconds("30") == doctest::Approx(30));
}

TEST_CASE("duration: what is none") {
    for (const char* text : {"", "s", "0", "0s", "-1s", "10x", "10 s", "30m1h", "1m1m", "1h30", "1e3s", "inf",
                             "nan", ".", ".s", "0x10s", "9999999999999s", "1.2.3s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text).has_value());
    }
}

TEST_CASE("duration: what people read") {
    CHECK(format_duration(seconds(0.0021)) == "2.1 ms");
    CHECK(format_duration(seconds(0.307)) == "0.31 s");
    CHECK(format_duration(seconds(12.36)) == "12.4 s");
    CHECK(format_duration(seconds(130)) == "2 min 10 s");
    CHECK(format_duration(seconds(9'000)) == "2 h 30 min");
    CHECK(format_clock(seconds(8.1)) == "0:09");
    CHECK(format_clock(seconds(130)) == "2:10");
    CHECK(format_clock(seconds(5'400)) == "1:30:00");
    CHECK(format_clock(seconds(-3)) == "0:00");
}
