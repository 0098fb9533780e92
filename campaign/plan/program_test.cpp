#include "campaign/plan/program_test.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "campaign/shell_quoted.hpp"
#include "scenarios/diagnostics.hpp"
#include "scenarios/document.hpp"
#include "scenarios/facts.hpp"
#include "shrink/attempts.hpp"

namespace tenthrule {

namespace {

using scenarios::node;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

// Words joined by "-".
std::string in_one_word(std::string_view text) {
    std::string word;
    for (const char c : text) {
        if (is_plain(c)) {
            word += c;
        } else if (!word.empty() && word.back() != '-') {
            word += '-';
        }
    }
    while (word.ends_with('-')) {
        word.pop_back();
    }
    return word;
}

const std::string* text_in(const node& table, std::string_view key) {
    const scenarios::member* const m = table.find(key);
    return m != nullptr && m->value.is == node::kind::text ? &m->value.text : nullptr;
}

std::optional<std::uint64_t> digest_in(const node& table, std::string_view key) {
    const std::string* const text = text_in(table, key);
    std::uint64_t digest = 0;
    if (text == nullptr ||
        std::from_chars(text->data(), text->data() + text->size(), digest, 16).ec != std::errc()) {
        return std::nullopt;
    }
    return digest;
}

}  // namespace

std::string name_of(const program_test& t) {
    const std::string file = in_one_word(std::filesystem::path(t.program).filename().string());
    const std::string test = in_one_word(t.test);
    return test.empty() ? file : file + "/" + test;
}

std::uint64_t digest_of(const program_test& t) {
    return shrinking::mix(shrinking::mix(0, t.digest), t.build);
}

std::string to_text(const program_test& t) {
    return fmt::format(
        "# A test of a program, not a scenario.\n[program]\npath = {}\ntest = {}\ndigest = \"{:016x}\"\n"
        "build = \"{:016x}\"\n",
        scenarios::quoted(t.program), scenarios::quoted(t.test), t.digest, t.build);
}

std::optional<program_test> program_test_from(std::string_view text) {
    scenarios::diagnostics ignored("", text);
    const std::optional<node> root = scenarios::parse_document(text, ignored);
    const scenarios::member* const table = root ? root->find("program") : nullptr;
    if (table == nullptr || table->value.is != node::kind::table) {
        return std::nullopt;
    }
    const std::string* const path = text_in(table->value, "path");
    const std::string* const test = text_in(table->value, "test");
    const std::optional<std::uint64_t> digest = digest_in(table->value, "digest");
    const std::optional<std::uint64_t> build = digest_in(table->value, "build");
    if (path == nullptr || test == nullptr || !digest || !build) {
        return std::nullopt;
    }
    return program_test{*path, *test, *digest, *build};
}

std::string replay_command(const program_test& t, std::string_view token) {
    const bool needs_folder = t.program.find('/') == std::string::npos;
    return fmt::format("TENTHRULE_REPLAY={} {}", token,
                       shell_quoted(needs_folder ? "./" + t.program : t.program));
}

}  // namespace tenthrule
