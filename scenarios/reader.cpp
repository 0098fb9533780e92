#include "scenarios/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule::scenarios::loader {

place place_map::find(locus where) const {
    for (;;) {
        if (const auto found = places_.find(key_of(where)); found != places_.end()) {
            return found->second;
        }
        if (where.key.empty()) {
            return {1, 1};
        }
        where.key = {};
    }
}

std::string one_of(std::span<const std::string_view> names) {
    constexpr std::size_t shown_max = 8;
    std::string text;
    const std::size_t shown = std::min(names.size(), shown_max);
    for (std::size_t i = 0; i < shown; ++i) {
        const bool last = i + 1 == names.size();
        text += fmt::format("{}'{}'", i == 0 ? "" : last ? " or " : ", ", names[i]);
    }
    if (shown < names.size()) text += ", ...";
    return text;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= name_length_max &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

table_reader::table_reader(const node& table, format::section in, locus where, place_map& places,
                           diagnostics& problems)
    : table_(table), in_(in), problems_(problems) {
    places.set(where, table.at);
    for (const member& m : table.members) {
        // The key must outlive the map: only keys of the format do, and no others are asked for.
        if (const format::key_info* k = format::find_key(in, m.key)) {
            where.key = k->name;
            places.set(where, m.value.at);
        }
        for (const kernel::argument_info& a : kernel::all_arguments()) {
            if (in == format::section::step && m.key == a.name) {
                where.key = a.name;
                places.set(where, m.value.at);
            }
        }
    }
}

// " (it belongs in sched)", if another section has such a key.
static std::string where_it_belongs(std::string_view key) {
    for (const format::key_info& k : format::all_keys()) {
        if (k.name == key && k.name != "name") {
            return fmt::format(" (it belongs in {})", format::title(k.in));
        }
    }
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (key == a.name) {
            return fmt::format(" (it belongs in {})", format::title(format::section::step));
        }
    }
    return {};
}

void table_reader::refuse_unknown_keys(std::span<const std::string_view> more) const {
    for (const member& m : table_.members) {
        if (format::find_key(in_, m.key) != nullptr ||
            std::find(more.begin(), more.end(), m.key) != more.end()) {
            continue;
        }
        std::vector<std::string_view> names;
        for (const format::key_info& k : format::all_keys()) {
            if (k.in == in_) names.push_back(k.name);
        }
        names.insert(names.end(), more.begin(), more.end());
        problems_.error(m.at,
                        fmt::format("unknown key '{}' in {}{}; expected {}", m.key, format::title(in_),
                                    where_it_belongs(m.key), one_of(names)),
                        nearest(m.key, names));
    }
}

const node* table_reader::get(std::string_view key) const {
    if (const member* m = table_.find(key)) {
        return &m->value;
    }
    const format::key_info* const k = format::find_key(in_, key);
    if (k != nullptr && k->required()) {
        problems_.error(table_.at, fmt::format("{} without '{}'; expected {} = {}", format::title(in_), key,
                                               key, k->type));
    }
    return nullptr;
}

std::optional<std::string> table_reader::text(std::string_view key) const {
    const node* const n = get(key);
    if (n == nullptr) {
        return std::nullopt;
    }
    if (n->is != node::kind::text) {
        wrong(key, *n);
        return std::nullopt;
    }
    return n->text;
}

std::optional<std::string> table_reader::name(std::string_view key) const {
    const node* const n = get(key);
    if (n == nullptr) {
        return std::nullopt;
    }
    if (n->is != node::kind::text || !is_name(n->text)) {
        wrong(key, *n);
        return std::nullopt;
    }
    return n->text;
}

std::optional<std::int64_t> table_reader::integer(std::string_view key, std::int64_t min,
                                                  std::int64_t max) const {
    const node* const n = get(key);
    if (n == nullptr) {
        return std::nullopt;
    }
    if (n->is != node::kind::integer || n->integer < min || n->integer > max) {
        wrong(key, *n);
        return std::nullopt;
    }
    return n->integer;
}

std::optional<bool> table_reader::boolean(std::string_view key) const {
    const node* const n = get(key);
    if (n == nullptr) {
        return std::nullopt;
    }
    if (n->is != node::kind::boolean) {
        wrong(key, *n);
        return std::nullopt;
    }
    return n->boolean;
}

const node* table_reader::table(std::string_view key) const {
    const node* const n = get(key);
    if (n != nullptr && n->is != node::kind::table) {
        wrong(key, *n);
        return nullptr;
    }
    return n;
}

const node* table_reader::list(std::string_view key) const {
    const node* const n = get(key);
    if (n != nullptr && n->is != node::kind::array) {
        wrong(key, *n);
        return nullptr;
    }
    return n;
}

std::vector<const node*> table_reader::texts(std::string_view key) const {
    std::vector<const node*> result;
    const node* const n = list(key);
    if (n == nullptr) {
        return result;
    }
    for (const node& item : n->items) {
        if (item.is == node::kind::text) {
            result.push_back(&item);
        } else {
            problems_.error(item.at,
                            fmt::format("{} in '{}'; expected {}", kind_text(item), key, type_of(key)));
        }
    }
    return result;
}

void table_reader::wrong(std::string_view key, const node& n) const {
    problems_.error(n.at, fmt::format("{}; expected {}", found(key, n), type_of(key)));
}

void table_reader::wrong_word(std::string_view key, const node& n,
                              std::span<const std::string_view> words) const {
    problems_.error(n.at, fmt::format("{}; expected {}", found(key, n), type_of(key)),
                    n.is == node::kind::text ? nearest(n.text, words) : std::string_view{});
}

std::string table_reader::found(std::string_view key, const node& n) {
    if (n.is == node::kind::integer) {
        return fmt::format("'{}' is {}", key, n.integer);
    }
    if (n.is == node::kind::text && n.text.size() <= name_length_max) {
        return fmt::format("'{}' is \"{}\"", key, n.text);
    }
    return fmt::format("'{}' is {}", key, kind_text(n));
}

std::string_view table_reader::type_of(std::string_view key) const {
    if (const format::key_info* k = format::find_key(in_, key)) {
        return k->type;
    }
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (key == a.name) {
            return format::type_of(a.id);
        }
    }
    return "something else";
}

}  // namespace tenthrule::scenarios::loader
