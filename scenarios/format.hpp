#pragma once

/// The scenario format as tables: every key and every word that a file may contain, except what the
/// kernel model itself lists (operations, their arguments, versions, patches, rules). The loader obeys
/// these tables; documentation and JSON Schema are tested against them.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/operations.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios::format {

enum class section : std::uint8_t {
    scenario,
    kernel,
    machine,
    futex,
    task,
    sched,
    step,
    signal,
    rules,
    explore,
    vary
};

struct section_info {
    section id;
    std::string_view title;  ///< as messages and documentation call it: "[kernel]"
};

struct key_info {
    section in;
    std::string_view name;
    std::string_view type;       ///< in words: "a name", "an integer, 1 to 99"
    std::string_view otherwise;  ///< what holds if it is left out; "required" if it cannot be
    std::string_view about;

    constexpr bool required() const {
        return otherwise == "required";
    }
};

/// The sections `[futex]` and `[expect]` have keys of the author's choice: names of futexes, kernels.
/// In section `step` come, besides the keys of this table, the arguments of the operation.
std::span<const section_info> all_sections();
std::span<const key_info> all_keys();
std::string_view title(section s);
/// nullptr if the section has no such key.
const key_info* find_key(section s, std::string_view name);

/// What an operation's argument has to be, in words: "a duration such as \"5ms\"".
std::string_view type_of(kernel::argument a);

/// Words of the format and what they stand for.
template <typename T>
struct word_of {
    std::string_view name;
    T value;
};

std::span<const word_of<kernel::preempt_model>> preempt_models();
std::span<const word_of<kernel::word_kind>> word_kinds();
std::span<const word_of<policy>> policies();
std::span<const word_of<task_start>> starts();
std::span<const word_of<kernel::clock_id>> clocks();
std::span<const word_of<kernel::wake_op_kind>> wake_operations();
std::span<const word_of<kernel::wake_op_compare>> wake_comparisons();
std::span<const word_of<kernel::page_access>> accesses();

template <typename T>
std::optional<T> find_word(std::span<const word_of<T>> table, std::string_view name) {
    for (const word_of<T>& w : table) {
        if (w.name == name) {
            return w.value;
        }
    }
    return std::nullopt;
}

template <typename T>
std::string_view name_of(std::span<const word_of<T>> table, T value) {
    for (const word_of<T>& w : table) {
        if (w.value == value) {
            return w.name;
        }
    }
    return {};
}

}  // namespace tenthrule::scenarios::format
