#pragma once

/// What the steps of a sequence can do, and with which arguments: one table for readers, generator and
/// documentation.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "conform/sequence.hpp"

namespace tenthrule::conform {

enum class field_id : std::uint8_t {
    word,
    target,  ///< the second word; of set_priority: the new priority
    value,
    bits,
    wake_count,
    move_count,
    timeout,
    clock,
    operation,
    operand,
    compare,
    compare_with,
    kind,
    of,
    into,
    thread,
    restart,
    then,
};

/// Who may take a step.
enum class taker : std::uint8_t { thread, outside, either };

struct operation_info {
    operation_id id;
    kernel::op_code call;  ///< that the model makes of it; of no meaning for what only the outside can do
    const char* name;
    taker by;
    std::uint32_t required;  ///< a bit for each field
    std::uint32_t optional;
    const char* about;

    constexpr bool requires_field(field_id f) const {
        return ((required >> static_cast<unsigned>(f)) & 1U) != 0;
    }
    constexpr bool takes(field_id f) const {
        return (((required | optional) >> static_cast<unsigned>(f)) & 1U) != 0;
    }
};

std::span<const operation_info> all_operations();
const operation_info& info(operation_id id);
const operation_info* find_operation(std::string_view name);

std::string_view name_of(field_id f);
std::optional<field_id> find_field(std::string_view name);
std::span<const std::string_view> field_names();

/// Whether it goes through futex(2) or futex_waitv(2).
bool is_system_call(operation_id id);
/// May follow another call of the same thread as `then`.
bool may_follow(operation_id id);

}  // namespace tenthrule::conform
