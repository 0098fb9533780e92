#include "scenarios/kernel_name.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule::scenarios {

namespace {

constexpr std::string_view with_word = "with";
constexpr std::string_view without_word = "without";

// Where the next " with " or " without " begins, from `from` on; the end if there is none.
std::size_t next_word(std::string_view text, std::size_t from) {
    return std::min({text.find(" with ", from), text.find(" without ", from), text.size()});
}

// Up to the next of our words, or a later one: titles may contain them, too.
std::string_view patch_at_the_beginning(std::string_view text) {
    std::size_t end = next_word(text, 0);
    const std::string_view shortest = text.substr(0, end);
    while (kernel::find_patch(text.substr(0, end)) == nullptr) {
        if (end == text.size()) {
            return shortest;
        }
        end = next_word(text, end + 1);
    }
    return text.substr(0, end);
}

}  // namespace

name_problem unknown_version(std::string_view name) {
    std::vector<std::string_view> names;
    for (const kernel::version& v : kernel::all_versions()) {
        names.emplace_back(v.name);
    }
    return {fmt::format("unknown kernel version '{}'; expected one of 'tenthrule list versions'", name),
            std::string(nearest(name, names))};
}

name_problem unknown_patch(std::string_view name) {
    std::vector<std::string_view> names;
    for (const kernel::patch_info& p : kernel::all_patches()) {
        names.emplace_back(p.commit);
        names.emplace_back(p.title);
    }
    return {fmt::format("unknown patch '{}'; expected one of 'tenthrule list patches'", name),
            std::string(nearest(name, names))};
}

name_problem contradictory_patch(const kernel::patch_info& p) {
    return {fmt::format("patch {} is asked for and ruled out; expected one of the two", p.commit), {}};
}

kernel_or_problem parse_kernel_name(std::string_view text) {
    kernel_choice k;
    std::size_t end = std::min(text.find(' '), text.size());
    k.version = text.substr(0, end);
    if (kernel::find_version(k.version) == nullptr) {
        return {std::nullopt, unknown_version(k.version)};
    }
    while (end != text.size()) {
        text.remove_prefix(end + 1);
        const std::size_t space = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, space);
        if (word != with_word && word != without_word) {
            static constexpr std::string_view words[] = {with_word, without_word};
            return {std::nullopt,
                    {fmt::format("'{}' in the name of a kernel; expected 'with' or 'without' and a patch "
                                 "after each",
                                 word),
                     std::string(nearest(word, words))}};
        }
        text.remove_prefix(std::min(space + 1, text.size()));
        const std::string_view name = patch_at_the_beginning(text);
        const kernel::patch_info* const p = kernel::find_patch(name);
        if (p == nullptr) {
            return {std::nullopt, unknown_patch(name)};
        }
        (word == with_word ? k.with : k.without).insert(p->id);
        if (k.with.contains(p->id) && k.without.contains(p->id)) {
            return {std::nullopt, contradictory_patch(*p)};
        }
        end = name.size();
    }
    return {std::move(k), {}};
}

std::vector<idle_patch> idle_patches(const kernel_choice& k) {
    std::vector<idle_patch> list;
    const kernel::version* const v = kernel::find_version(k.version);
    if (v == nullptr) {
        return list;
    }
    for (const kernel::patch_info& p : kernel::all_patches()) {
        const bool added = k.with.contains(p.id);
        const bool removed = k.without.contains(p.id);
        const bool there = v->patches.contains(p.id);
        if (added && !removed && there) {
            list.push_back({true, fmt::format("{} is part of {} already", p.commit, v->name)});
        } else if (removed && !added && !there) {
            list.push_back({false, fmt::format("{} is no part of {}", p.commit, v->name)});
        }
    }
    return list;
}

}  // namespace tenthrule::scenarios
