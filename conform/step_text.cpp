#include "conform/step_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "conform/operations.hpp"
#include "runtime/nearest.hpp"

namespace tenthrule::conform {

namespace {

// ---- Words that stand for values of an enumeration, in the order of the enumeration

constexpr std::array<std::string_view, 6> timeout_names{"none", "expired", "far",
                                                        "fire", "invalid", "negative"};
constexpr std::array<std::string_view, 6> wake_op_names{"set", "add", "or", "andn", "xor", "bad"};
constexpr std::array<std::string_view, 7> compare_names{"eq", "ne", "lt", "le", "gt", "ge", "bad"};
constexpr std::array<std::string_view, 2> clock_names{"monotonic", "realtime"};
constexpr std::array<std::string_view, 2> kind_names{"plain", "pi"};
constexpr std::array<std::string_view, 2> yes_no{"no", "yes"};
constexpr std::array<std::string_view, 3> places{"NULL", "UNMAPPED", "READONLY"};

std::string quoted_list(std::span<const std::string_view> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += fmt::format("{}'{}'", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
    }
    return text;
}

std::vector<std::string_view> views(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

bool is_name(std::string_view text) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    };
    const bool digit_first = !text.empty() && text.front() >= '0' && text.front() <= '9';
    return !text.empty() && !digit_first && std::all_of(text.begin(), text.end(), good);
}

// Names that values and places give to something else.
bool is_taken(std::string_view name) {
    constexpr std::array<std::string_view, 9> taken{"NOBODY",   "KTHREAD",  "WAITERS", "OWNER_DIED", "NULL",
                                                    "UNMAPPED", "READONLY", "outside", "self"};
    return std::find(taken.begin(), taken.end(), name) != taken.end();
}

// ---- Reading

class step_reader {
public:
    step_reader(const vocabulary& names, scenarios::diagnostics& problems)
        : names_(names), problems_(problems) {}

    std::optional<step> read(const std::vector<field>& fields, scenarios::place at);

private:
    void read_taker(const field& f, const operation_info& o);
    void read_field(const field& f, field_id id, const operation_info& o);
    void read_target(const field& f, const operation_info& o);
    void read_then(const field& f);
    void read_of(const field& f);
    void read_vector(const field* words, const field* values);

    void wrong(const field& f, const std::string& expected) {
        problems_.error(f.at, fmt::format("{} is '{}'; expected {}", f.name, f.text, expected));
    }
    template <std::size_t N>
    std::size_t choice(const field& f, const std::array<std::string_view, N>& of) {
        const auto* const found = std::find(of.begin(), of.end(), f.text);
        if (found == of.end()) {
            problems_.error(f.at, fmt::format("{} is '{}'; expected {}", f.name, f.text, quoted_list(of)),
                            nearest(f.text, of));
            return 0;
        }
        return static_cast<std::size_t>(found - of.begin());
    }
    std::int64_t number(const field& f, std::int64_t least, std::int64_t most) {
        const std::optional<std::int64_t> n = parse_number(f.text);
        if (!n || *n < least || *n > most) {
            wrong(f, fmt::format("a whole number from {} to {}", least, most));
            return least;
        }
        return *n;
    }
    unsigned thread(const field& f) {
        const auto found = std::find(names_.threads.begin(), names_.threads.end(), f.text);
        if (found == names_.threads.end()) {
            const auto all = views(names_.threads);
            problems_.error(f.at,
                            fmt::format("there is no thread '{}'; expected {}", f.text, quoted_list(all)),
                            nearest(f.text, all));
            return 0;
        }
        return static_cast<unsigned>(found - names_.threads.begin());
    }
    address place(const field& f, std::string_view text);
    word_value value(const field& f, std::string_view text) {
        const std::optional<word_value> v = parse_word_value(text, names_.threads);
        if (!v) {
            wrong(f, "a number, a thread, 'NOBODY' or 'KTHREAD', and '|WAITERS' or '|OWNER_DIED' behind it");
        }
        return v.value_or(word_value{});
    }

    const vocabulary& names_;
    scenarios::diagnostics& problems_;
    step step_;
};

address step_reader::place(const field& f, std::string_view text) {
    address a;
    const auto* const special = std::find(places.begin(), places.end(), text);
    if (special != places.end()) {
        a.is = static_cast<address::place>(1 + (special - places.begin()));
        return a;
    }
    std::string_view name = text;
    if (text.size() > 2 && text[text.size() - 2] == '+' && text.back() >= '1' && text.back() <= '3') {
        a.offset = static_cast<std::uint8_t>(text.back() - '0');
        name.remove_suffix(2);
    }
    const auto found = std::find(names_.words.begin(), names_.words.end(), name);
    if (found == names_.words.end()) {
        std::vector<std::string_view> all = views(names_.words);
        all.insert(all.end(), places.begin(), places.end());
        problems_.error(
            f.at,
            fmt::format("there is no word '{}'; expected {}, or one of the words with '+1' to '+3' "
                        "behind it",
                        text, quoted_list(all)),
            nearest(name, all));
        return a;
    }
    a.word = static_cast<std::uint8_t>(found - names_.words.begin());
    return a;
}

void step_reader::read_taker(const field& f, const operation_info& o) {
    const bool outside = f.text == "outside";
    if (outside != (o.by == taker::outside) && o.by != taker::either) {
        problems_.error(f.at, fmt::format("'{}' is done by '{}'; expected {}", o.name, f.text,
                                          o.by == taker::outside ? "'outside'" : "a thread"));
        return;
    }
    step_.by = outside ? step::outside : static_cast<int>(thread(f));
}

void step_reader::read_target(const field& f, const operation_info& o) {
    if (o.id == operation_id::set_priority) {
        step_.priority = static_cast<int>(number(f, 0, 98));
    } else {
        step_.target = place(f, f.text);
    }
}

void step_reader::read_then(const field& f) {
    const operation_info* const next = find_operation(f.text);
    if (next == nullptr || !may_follow(next->id)) {
        std::vector<std::string_view> all;
        for (const operation_info& o : all_operations()) {
            if (may_follow(o.id)) {
                all.emplace_back(o.name);
            }
        }
        problems_.error(f.at, fmt::format("then is '{}'; expected {}", f.text, quoted_list(all)),
                        nearest(f.text, all));
        return;
    }
    step_.then = next->id;
}

void step_reader::read_of(const field& f) {
    if (f.text == "self") {
        step_.of = whose::own;
    } else if (f.text == "NOBODY") {
        step_.of = whose::nobody;
    } else {
        step_.of = whose::thread;
        step_.thread = thread(f);
    }
}

void step_reader::read_field(const field& f, field_id id, const operation_info& o) {
    switch (id) {
        case field_id::word:
            step_.word = place(f, f.text);
            break;
        case field_id::target:
            read_target(f, o);
            break;
        case field_id::value:
            step_.value = value(f, f.text);
            break;
        case field_id::bits:
            step_.bits = static_cast<std::uint32_t>(number(f, INT32_MIN, UINT32_MAX));
            break;
        case field_id::wake_count:
            step_.wake_count = static_cast<int>(number(f, INT32_MIN, INT32_MAX));
            break;
        case field_id::move_count:
            step_.move_count = static_cast<int>(number(f, INT32_MIN, INT32_MAX));
            break;
        case field_id::timeout:
            step_.timeout = static_cast<timeout_kind>(choice(f, timeout_names));
            break;
        case field_id::clock:
            step_.realtime = choice(f, clock_names) == 1;
            break;
        case field_id::operation:
            step_.operation = static_cast<kernel::wake_op_kind>(choice(f, wake_op_names));
            break;
        case field_id::operand:
            step_.operand = value(f, f.text);
            break;
        case field_id::compare:
            step_.compare = static_cast<kernel::wake_op_compare>(choice(f, compare_names));
            break;
        case field_id::compare_with:
            step_.compare_with = value(f, f.text);
            break;
        case field_id::kind:
            step_.pi = choice(f, kind_names) == 1;
            break;
        case field_id::of:
            read_of(f);
            break;
        case field_id::into:
            if (f.text != "NULL") {
                wrong(f, "'NULL'");
            }
            step_.into_null = true;
            break;
        case field_id::thread:
            step_.thread = thread(f);
            break;
        case field_id::restart:
            step_.restart = choice(f, yes_no) == 1;
            break;
        case field_id::then:
            read_then(f);
            break;
    }
}

// "f,g" and "0,0".
void step_reader::read_vector(const field* words, const field* values) {
    std::string_view places_left = words->text;
    std::string_view values_left = values == nullptr ? std::string_view() : values->text;
    const auto next = [](std::string_view& from) {
        const std::size_t comma = from.find(',');
        const std::string_view part = from.substr(0, comma);
        from.remove_prefix(comma == std::string_view::npos ? from.size() : comma + 1);
        return part;
    };
    for (const field* const list : {words, values}) {
        if (list != nullptr && list->text.ends_with(',')) {
            wrong(*list, "something behind the last comma");
            return;
        }
    }
    while (!places_left.empty()) {
        waited_word w;
        w.at = place(*words, next(places_left));
        if (!values_left.empty()) {
            w.value = value(*values, next(values_left));
        } else if (values != nullptr) {
            wrong(*values, "as many values as there are words");
            return;
        }
        step_.vector.push_back(w);
    }
    if (!values_left.empty()) {
        wrong(*values, "as many values as there are words");
    }
    if (step_.vector.empty() || step_.vector.size() > kernel::waitv_max) {
        wrong(*words, fmt::format("1 to {} words", kernel::waitv_max));
    }
}

std::optional<step> step_reader::read(const std::vector<field>& fields, scenarios::place at) {
    const std::size_t errors = problems_.errors();
    const auto named = [&](std::string_view name) -> const field* {
        const auto found =
            std::find_if(fields.begin(), fields.end(), [&](const field& f) { return f.name == name; });
        return found == fields.end() ? nullptr : &*found;
    };
    const field* const op = named("op");
    const field* const by = named("by");
    if (op == nullptr || by == nullptr) {
        problems_.error(at, fmt::format("a step without '{}'", op == nullptr ? "op" : "by"));
        return std::nullopt;
    }
    const operation_info* const o = find_operation(op->text);
    if (o == nullptr) {
        std::vector<std::string_view> all;
        for (const operation_info& each : all_operations()) {
            all.emplace_back(each.name);
        }
        problems_.error(op->at, fmt::format("unknown operation '{}'", op->text), nearest(op->text, all));
        return std::nullopt;
    }
    step_.op = o->id;
    read_taker(*by, *o);
    for (const field& f : fields) {
        if (&f == op || &f == by) {
            continue;
        }
        const std::optional<field_id> id = find_field(f.name);
        if (!id || !o->takes(*id)) {
            problems_.error(f.at, fmt::format("'{}' takes no '{}'", o->name, f.name),
                            id ? std::string_view() : nearest(f.name, field_names()));
        } else if (o->id != operation_id::waitv || (*id != field_id::word && *id != field_id::value)) {
            read_field(f, *id, *o);
        }
    }
    for (unsigned i = 0; i < field_names().size(); ++i) {
        const auto id = static_cast<field_id>(i);
        if (o->requires_field(id) && named(name_of(id)) == nullptr) {
            problems_.error(at, fmt::format("'{}' without '{}'", o->name, name_of(id)));
        }
    }
    const bool plain_access =
        o->takes(field_id::word) && (!is_system_call(o->id) || (step_.then && !is_system_call(*step_.then)));
    if (plain_access && named("word") != nullptr &&
        (step_.word.is != address::place::word || step_.word.offset != 0)) {
        problems_.error(
            named("word")->at,
            fmt::format("'{}' works on '{}'; expected one of the words: user space itself does "
                        "not get away with anything else",
                        is_system_call(o->id) ? info(*step_.then).name : o->name, named("word")->text));
    }
    if (o->id == operation_id::waitv && named("word") != nullptr) {
        read_vector(named("word"), named("value"));
    }
    return problems_.errors() == errors ? std::optional(step_) : std::nullopt;
}

}  // namespace

bool is_usable_name(std::string_view name) {
    return is_name(name) && !is_taken(name);
}

std::optional<step> read_step(const std::vector<field>& fields, const vocabulary& names, scenarios::place at,
                              scenarios::diagnostics& problems) {
    return step_reader(names, problems).read(fields, at);
}

vocabulary vocabulary_of(const sequence& s) {
    return {s.thread_names(), s.words};
}

std::string to_string(const address& a, const vocabulary& names) {
    if (a.is != address::place::word) {
        return std::string(places[static_cast<std::size_t>(a.is) - 1]);
    }
    return a.offset == 0 ? names.words[a.word] : fmt::format("{}+{}", names.words[a.word], a.offset);
}

namespace {

std::string joined(const step& s, const vocabulary& names, bool values) {
    std::string text;
    for (const waited_word& w : s.vector) {
        text += text.empty() ? "" : ",";
        text += values ? to_string(w.value, names.threads) : to_string(w.at, names);
    }
    return text;
}

std::string whose_list(const step& s, const vocabulary& names) {
    switch (s.of) {
        case whose::own:
            return "self";
        case whose::nobody:
            return "NOBODY";
        case whose::thread:
            return names.threads[s.thread];
    }
    return {};
}

// The text of a field, or nothing if it has its default.
std::string field_text(const step& s, field_id id, const vocabulary& names) {
    const step fresh;
    const bool vector = s.op == operation_id::waitv;
    const auto unless_default = [](bool is_default, auto text) {
        return is_default ? std::string() : std::string(text);
    };
    switch (id) {
        case field_id::word:
            return vector ? joined(s, names, false) : to_string(s.word, names);
        case field_id::target:
            return s.op == operation_id::set_priority ? fmt::format("{}", s.priority)
                                                      : to_string(s.target, names);
        case field_id::value:
            return vector ? joined(s, names, true) : to_string(s.value, names.threads);
        case field_id::bits:
            return unless_default(s.bits == fresh.bits, fmt::format("{:#x}", s.bits));
        case field_id::wake_count:
            return fmt::format("{}", s.wake_count);
        case field_id::move_count:
            return fmt::format("{}", s.move_count);
        case field_id::timeout:
            return unless_default(s.timeout == timeout_kind::none,
                                  timeout_names[static_cast<std::size_t>(s.timeout)]);
        case field_id::clock:
            return unless_default(!s.realtime, "realtime");
        case field_id::operation:
            return std::string(wake_op_names[static_cast<std::size_t>(s.operation)]);
        case field_id::operand:
            return to_string(s.operand, names.threads);
        case field_id::compare:
            return std::string(compare_names[static_cast<std::size_t>(s.compare)]);
        case field_id::compare_with:
            return to_string(s.compare_with, names.threads);
        case field_id::kind:
            return unless_default(s.pi, "plain");
        case field_id::of:
            return whose_list(s, names);
        case field_id::into:
            return unless_default(!s.into_null, "NULL");
        case field_id::thread:
            return names.threads[s.thread];
        case field_id::restart:
            return s.restart ? "yes" : "no";
        case field_id::then:
            return unless_default(!s.then, s.then ? info(*s.then).name : "");
    }
    return {};
}

}  // namespace

std::vector<field> to_fields(const step& s, const vocabulary& names) {
    const operation_info& o = info(s.op);
    std::vector<field> fields;
    fields.push_back(
        {"by", s.by == step::outside ? "outside" : names.threads[static_cast<std::size_t>(s.by)], {}});
    fields.push_back({"op", o.name, {}});
    for (unsigned i = 0; i < field_names().size(); ++i) {
        const auto id = static_cast<field_id>(i);
        if (!o.takes(id)) {
            continue;
        }
        std::string text = field_text(s, id, names);
        if (!text.empty()) {
            fields.push_back({std::string(name_of(id)), std::move(text), {}});
        }
    }
    return fields;
}

std::string to_string(const step& s, const vocabulary& names) {
    std::string text;
    for (const field& f : to_fields(s, names)) {
        const bool bare = f.name == "by" || f.name == "op" || f.name == "word";
        text += text.empty() ? "" : " ";
        text += bare ? f.text : fmt::format("{}={}", f.name, f.text);
    }
    return text;
}

}  // namespace tenthrule::conform
