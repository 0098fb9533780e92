#pragma once

/// Reads the keys of one table by the rules of the format; what is wrong with them becomes a diagnostic.
/// Only the loader uses this.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "scenarios/diagnostics.hpp"
#include "scenarios/document.hpp"
#include "scenarios/format.hpp"
#include "scenarios/validate.hpp"

namespace tenthrule::scenarios::loader {

/// Where the parts of a scenario stand in the file.
class place_map {
public:
    void set(const locus& where, place at) {
        places_[key_of(where)] = at;
    }
    /// The part's own place if the key has none.
    place find(locus where) const;

private:
    using key = std::tuple<locus::part, unsigned, unsigned, std::string_view>;
    static key key_of(const locus& l) {
        return {l.of, l.index, l.step, l.key};
    }
    std::map<key, place> places_;
};

/// "'x', 'y' or 'z'", shortened if there are many.
std::string one_of(std::span<const std::string_view> names);

/// A name of letters, digits, '-' and '_', not too long.
bool is_name(std::string_view text);

class table_reader {
public:
    /// Everything must outlive the reader. `where` is the part that the table describes.
    table_reader(const node& table, format::section in, locus where, place_map& places,
                 diagnostics& problems);

    /// Reports keys that the section does not have; `more` are allowed besides.
    void refuse_unknown_keys(std::span<const std::string_view> more = {}) const;

    /// The value of a key; reports a missing one if it is required.
    const node* get(std::string_view key) const;
    bool has(std::string_view key) const {
        return table_.find(key) != nullptr;
    }

    // Nothing if the key is missing or its value is not what it has to be; the latter is reported.
    std::optional<std::string> text(std::string_view key) const;
    std::optional<std::string> name(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max) const;
    std::optional<bool> boolean(std::string_view key) const;
    const node* table(std::string_view key) const;
    const node* list(std::string_view key) const;
    /// Items of a list that are texts; the others are reported.
    std::vector<const node*> texts(std::string_view key) const;
    template <typename T>
    std::optional<T> word(std::string_view key, std::span<const format::word_of<T>> words) const {
        const node* const n = get(key);
        if (n == nullptr) {
            return std::nullopt;
        }
        const std::optional<T> found =
            n->is == node::kind::text ? format::find_word(words, n->text) : std::nullopt;
        if (!found) {
            std::vector<std::string_view> names;
            for (const format::word_of<T>& w : words) {
                names.push_back(w.name);
            }
            wrong_word(key, *n, names);
        }
        return found;
    }

    /// Reports that a value is not what it has to be.
    void wrong(std::string_view key, const node& n) const;
    void wrong_word(std::string_view key, const node& n, std::span<const std::string_view> words) const;
    /// How messages show a value: "'cpus' is a text".
    static std::string found(std::string_view key, const node& n);

    diagnostics& problems() const {
        return problems_;
    }
    const node& source() const {
        return table_;
    }

private:
    std::string_view type_of(std::string_view key) const;

    const node& table_;
    format::section in_;
    diagnostics& problems_;
};

}  // namespace tenthrule::scenarios::loader
