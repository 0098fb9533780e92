#pragma once

/// What stands in a futex word, by name: TIDs differ from one run to the next, and between model and kernel.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tenthrule::conform {

inline constexpr unsigned threads_max = 8;

/// "A|WAITERS", "251", "0|OWNER_DIED", "NOBODY".
struct word_value {
    enum class kind : std::uint8_t {
        number,         ///< literally
        thread,         ///< the TID of a thread of the sequence, also of one that has ended
        nobody,         ///< a TID that no task has
        kernel_thread,  ///< the TID of a kernel thread
    };
    kind is = kind::number;
    std::uint32_t number = 0;  ///< the TID part, or which thread
    bool waiters = false;
    bool owner_died = false;

    friend bool operator==(const word_value&, const word_value&) = default;
};

/// The TID of kthreadd wherever it can be seen: written as a number it is KTHREAD all the same.
inline constexpr std::uint32_t usual_kernel_thread = 2;

/// A TID that no task has: far above any pid_max, and inside the part of a futex word that holds a TID.
inline constexpr std::uint32_t nobody_tid = 0x02000000;

/// The TIDs behind the names.
struct tid_names {
    std::array<std::uint32_t, threads_max> of_thread{};
    unsigned threads = 0;
    std::uint32_t nobody = 0;
    std::uint32_t kernel_thread = 0;
};

std::uint32_t encode(const word_value& value, const tid_names& names);
word_value decode(std::uint32_t value, const tid_names& names);

std::string to_string(const word_value& value, std::span<const std::string> threads);
/// Nothing if the text is none: names are separated by '|', numbers may be hexadecimal.
std::optional<word_value> parse_word_value(std::string_view text, std::span<const std::string> threads);

/// A whole number, decimal or, after "0x", hexadecimal; with a '-' it is that of the two's complement.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace tenthrule::conform
