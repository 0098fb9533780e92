#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule {

/// The part of a strategy's name from the colon on, `:key=value,key=value`, read piece by piece. The first
/// mistake is remembered in words; after it every reading gives its default.
class parameters {
public:
    /// `text` is empty or begins with the colon; both must outlive this object.
    parameters(std::string_view strategy, std::string_view text);

    /// A whole number between `least` and `most`.
    std::uint32_t number(std::string_view key, std::uint32_t default_value, std::uint32_t least,
                         std::uint32_t most);

    struct fraction {
        std::uint32_t p = 0;
        std::uint32_t q = 1;
    };
    /// P/Q with 0 < P < Q <= 65536, in lowest terms.
    std::optional<fraction> proper_fraction(std::string_view key);

    /// To be called when everything known has been read: what is left is a mistake. Empty: none.
    const std::string& finish(std::string_view syntax);

    /// What was read, in canonical form: "" or ":key=value,key=value", in the order of reading.
    const std::string& canonical() const {
        return canonical_;
    }

private:
    struct entry {
        std::string_view key;
        std::string_view value;
        bool read = false;
    };

    std::optional<std::string_view> take(std::string_view key);
    void bad_value(std::string_view key, std::string_view value, const std::string& expected);
    void add_canonical(std::string_view key, const std::string& value);

    std::string_view strategy_;
    std::vector<entry> entries_;
    std::vector<std::string_view> known_;
    std::string error_;
    std::string canonical_;
};

}  // namespace tenthrule
