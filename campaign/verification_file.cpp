#include "campaign/verification_file.hpp"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "shrink/crc32.hpp"

namespace tenthrule::verifying {

namespace {

// The number says how it searches, too: one search cannot go on with what another one has left out.
constexpr std::string_view kind = "tenthrule-verification ";
constexpr std::string_view format = "tenthrule-verification 4";

std::string_view next_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

// Nothing but what write_verification writes gets past the checksum, so this may be simple.
row numbers_in(std::string_view line) {
    row numbers;
    while (!line.empty()) {
        std::uint64_t n = 0;
        const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), n);
        if (problem != std::errc{}) {
            return {};
        }
        numbers.push_back(n);
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
        line.remove_prefix(line.empty() ? 0 : 1);
    }
    return numbers;
}

}  // namespace

std::string write_verification(const std::string& path, const saved_verification& what) {
    std::string body;
    for (const row& r : what.rows) {
        body += fmt::format("{}\n", fmt::join(r, " "));
    }
    const std::string text = fmt::format("{}\n{}\n{:08x}\n{}", format, what.subject, crc32(body), body);
    const std::string beside = path + ".new";
    std::FILE* const file = std::fopen(beside.c_str(), "wb");
    if (file == nullptr) {
        return fmt::format("'{}' cannot be written", beside);
    }
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) != 0 || !written || std::rename(beside.c_str(), path.c_str()) != 0) {
        std::remove(beside.c_str());
        return fmt::format("'{}' cannot be written", path);
    }
    return {};
}

std::string read_verification(const std::string& path, const std::string& subject, saved_verification& to) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fmt::format("there is no file '{}'", path);
    }
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    std::string_view rest = content;
    if (const std::string_view first = next_line(rest); first != format) {
        return first.substr(0, kind.size()) == kind
                   ? fmt::format("'{}' is of a version that searches otherwise: begin again", path)
                   : fmt::format("'{}' is no saved verification", path);
    }
    to.subject = next_line(rest);
    if (to.subject != subject) {
        return fmt::format("'{}' is about something else: it says '{}', this is '{}'", path, to.subject,
                           subject);
    }
    if (const std::string_view sum = next_line(rest); sum != fmt::format("{:08x}", crc32(rest))) {
        return fmt::format("'{}' is damaged", path);
    }
    to.rows.clear();
    while (!rest.empty()) {
        to.rows.push_back(numbers_in(next_line(rest)));
    }
    return {};
}

}  // namespace tenthrule::verifying
