#include "scenarios/conditions.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule::scenarios {

namespace {

constexpr std::string_view owner_word_text = "owner";
constexpr std::string_view not_owner_word_text = "not-owner";

std::optional<std::uint8_t> find_futex(const scenario& s, std::string_view name) {
    for (std::size_t i = 0; i < s.words.size(); ++i) {
        if (s.words[i].name == name && !s.words[i].dropped) {
            return static_cast<std::uint8_t>(i);
        }
    }
    return std::nullopt;
}

condition_result unknown_futex(const scenario& s, std::string_view name) {
    std::vector<std::string_view> names;
    for (const word& w : s.words) {
        names.push_back(w.name);
    }
    return {std::nullopt, fmt::format("unknown futex '{}' in a condition; expected a name of [futex]", name),
            std::string(nearest(name, names))};
}

// `of`: the futex that the text names, if it does.
condition_result ownership(condition_kind kind, std::optional<std::string_view> of, const scenario& s,
                           const kernel::call& c) {
    condition made{kind, 0, 0, 0};
    if (!of) {
        const std::optional<std::uint8_t> w = owned_word(s, c);
        if (!w) {
            const std::string_view word =
                kind == condition_kind::owner ? owner_word_text : not_owner_word_text;
            return {std::nullopt,
                    fmt::format("'{0}' beside '{1}', which names no pi futex; expected \"{0} of FUTEX\"",
                                word, kernel::info(c.op).name),
                    {}};
        }
        made.word = *w;
        return {made, {}, {}};
    }
    const std::optional<std::uint8_t> w = find_futex(s, *of);
    if (!w) {
        return unknown_futex(s, *of);
    }
    if (s.words[*w].kind != kernel::word_kind::pi) {
        return {std::nullopt,
                fmt::format("'{}' is a plain futex, which nobody owns; expected a pi futex", *of),
                {}};
    }
    made.word = *w;
    return {made, {}, {}};
}

// "W is N" and "W is not N"; nothing if it has another form.
std::optional<condition_result> comparison(std::string_view text, const scenario& s) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view name = text.substr(0, space);
    std::string_view rest = text.substr(space + 1);
    constexpr std::string_view is = "is ";
    constexpr std::string_view is_not = "is not ";
    condition made{condition_kind::word_is, 0, 0, 0};
    if (rest.substr(0, is_not.size()) == is_not) {
        made.kind = condition_kind::word_is_not;
        rest.remove_prefix(is_not.size());
    } else if (rest.substr(0, is.size()) == is) {
        rest.remove_prefix(is.size());
    } else {
        return std::nullopt;
    }
    const std::optional<std::uint8_t> w = find_futex(s, name);
    if (!w) {
        return unknown_futex(s, name);
    }
    made.word = *w;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), made.value);
    if (error != std::errc{} || end != rest.data() + rest.size()) {
        return condition_result{
            std::nullopt, fmt::format("'{}' in a condition; expected an integer, 0 to 4294967295", rest), {}};
    }
    return condition_result{made, {}, {}};
}

}  // namespace

condition_result parse_condition(std::string_view text, const scenario& s, const kernel::call& c) {
    if (text == "ok") {
        return {condition{condition_kind::ok, 0, 0, 0}, {}, {}};
    }
    if (text == "failed") {
        return {condition{condition_kind::failed, 0, 0, 0}, {}, {}};
    }
    if (const int error = kernel::errno_of(text); error > 0) {
        return {condition{condition_kind::returned, 0, error, 0}, {}, {}};
    }
    constexpr std::string_view of = " of ";
    for (const auto& [name, kind] : {std::pair{owner_word_text, condition_kind::owner},
                                     std::pair{not_owner_word_text, condition_kind::not_owner}}) {
        if (text == name) {
            return ownership(kind, std::nullopt, s, c);
        }
        if (text.substr(0, name.size()) == name && text.substr(name.size(), of.size()) == of) {
            return ownership(kind, text.substr(name.size() + of.size()), s, c);
        }
    }
    if (std::optional<condition_result> compared = comparison(text, s)) {
        return *std::move(compared);
    }
    std::vector<std::string_view> names{owner_word_text, not_owner_word_text, "ok", "failed"};
    for (const std::string_view error : kernel::error_names()) {
        names.push_back(error);
    }
    return {std::nullopt,
            fmt::format("unknown condition '{}'; expected owner, not-owner, ok, failed, an error such as "
                        "ETIMEDOUT, or \"FUTEX is VALUE\"",
                        text),
            std::string(nearest(text, names))};
}

std::string condition_text(const condition& c, const scenario& s, const kernel::call& what) {
    switch (c.kind) {
        case condition_kind::always:
            return {};
        case condition_kind::ok:
            return "ok";
        case condition_kind::failed:
            return "failed";
        case condition_kind::returned:
            return kernel::result_name(-c.error);
        case condition_kind::owner:
        case condition_kind::not_owner: {
            const std::string_view text =
                c.kind == condition_kind::owner ? owner_word_text : not_owner_word_text;
            return owned_word(s, what) == c.word ? std::string(text)
                                                 : fmt::format("{} of {}", text, s.words[c.word].name);
        }
        case condition_kind::word_is:
            return fmt::format("{} is {}", s.words[c.word].name, c.value);
        case condition_kind::word_is_not:
            return fmt::format("{} is not {}", s.words[c.word].name, c.value);
    }
    return {};
}

}  // namespace tenthrule::scenarios
