#pragma once

/// A TOML document as a tree of values with their places. Everything behind it is free of the TOML library.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.hpp"

namespace tenthrule::scenarios {

/// Larger files are not read: the largest scenario that makes sense is a few KiB.
inline constexpr std::size_t document_size_max = std::size_t{1} << 20U;
/// Arrays and inline tables in each other.
inline constexpr unsigned document_depth_max = 16;
/// Parts of a dotted key.
inline constexpr unsigned key_parts_max = 8;

struct node;

struct member;

struct node {
    enum class kind : std::uint8_t { text, integer, real, boolean, time, array, table };

    kind is = kind::table;
    place at;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    std::vector<node> items;      ///< of an array
    std::vector<member> members;  ///< of a table, in the order of the file

    const member* find(std::string_view key) const;
};

struct member {
    std::string key;
    place at;
    node value;
};

/// "an integer", "a table".
std::string_view kind_text(const node& n);

/// The tree of a TOML text; nothing if it is none, and then `problems` says why. Takes any bytes.
std::optional<node> parse_document(std::string_view text, diagnostics& problems);

namespace detail {

/// Checks that need no grammar and keep the parser out of trouble: size, stray bytes, depth of keys.
bool text_is_sound(std::string_view text, diagnostics& problems);

/// Where `key` stands if its value (or the header of its table) begins at `value`: for versions of the TOML
/// library whose keys do not know it. `value` itself if it cannot be found.
place find_key_place(std::string_view text, std::string_view key, place value);

}  // namespace detail

}  // namespace tenthrule::scenarios
