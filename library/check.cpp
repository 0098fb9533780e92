#include "library/check.hpp"

namespace tenthrule {

namespace {

std::string_view file_name(std::string_view path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

[[gnu::cold]] void fail_check(std::string_view message, const std::source_location& where) {
    const engine_scope mine;
    detail::session& s = detail::session_for("check");
    if (s.machine().unwinding()) {
        return;
    }
    const std::string place = fmt::format("{}:{}", file_name(where.file_name()), where.line());
    if (message.empty()) {
        detail::violated(rules::assertion, "check at " + place,
                         fmt::format("the check at {} is false", place));
    } else {
        detail::violated(rules::assertion, message, fmt::format("{} ({})", message, place));
    }
}

}  // namespace

void check(bool condition, std::string_view message, const std::source_location& where) {
    if (!condition) [[unlikely]] {
        fail_check(message, where);
    }
}

std::uint32_t choose(std::uint32_t n, const char* label) {
    // The engine chooses among 256 at most; more are chosen digit by digit.
    constexpr std::uint32_t base = 256;
    detail::session& s = detail::session_for("choose");
    if (n <= base) {
        return n <= 1 ? 0 : s.machine().choose(n, label);
    }
    const std::uint32_t high = choose((n - 1) / base + 1, label);
    const std::uint32_t low_values = high == (n - 1) / base ? (n - 1) % base + 1 : base;
    return high * base + (low_values == 1 ? 0 : s.machine().choose(low_values, label));
}

}  // namespace tenthrule
