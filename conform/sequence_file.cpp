#include "conform/sequence_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "conform/operations.hpp"
#include "runtime/nearest.hpp"
#include "scenarios/document.hpp"
#include "scenarios/text_file.hpp"

namespace tenthrule::conform {

namespace {

using scenarios::kind_text;
using scenarios::member;
using scenarios::node;

constexpr std::array<std::string_view, 6> top_level_keys{"name",    "about", "mapping",
                                                         "threads", "words", "steps"};
constexpr std::array<std::string_view, 4> after_keys{"returned", "asleep", "words", "effective_priority"};

class sequence_reader {
public:
    sequence_reader(const node& root, scenarios::diagnostics& problems) : root_(root), problems_(problems) {}

    written_sequence read();

private:
    const node* get(std::string_view key, node::kind kind, bool required);
    std::string text_of(const node& value);
    void read_threads(const node& threads);
    void read_thread(const member& m);
    void read_words(const node& words);
    void read_step(const node& from);
    expectation read_after(const node& from);
    void read_returned(const node& from, expectation& to);
    void check_fires();

    template <std::size_t N>
    bool known(const member& m, const std::array<std::string_view, N>& keys) {
        if (std::find(keys.begin(), keys.end(), m.key) != keys.end()) {
            return true;
        }
        problems_.error(m.at, fmt::format("unknown key '{}'", m.key), nearest(m.key, keys));
        return false;
    }
    /// The number of the thread or word, or nothing after a complaint.
    std::optional<std::size_t> number_of(const std::vector<std::string>& names, const member& m,
                                         const char* what) {
        const auto found = std::find(names.begin(), names.end(), m.key);
        if (found == names.end()) {
            const std::vector<std::string_view> views(names.begin(), names.end());
            problems_.error(m.at, fmt::format("there is no {} '{}'", what, m.key), nearest(m.key, views));
            return std::nullopt;
        }
        return static_cast<std::size_t>(found - names.begin());
    }
    bool is_table(const node& n, const char* what) {
        if (n.is != node::kind::table) {
            problems_.error(n.at, fmt::format("{} is {}; expected a table", what, kind_text(n)));
        }
        return n.is == node::kind::table;
    }

    const node& root_;
    scenarios::diagnostics& problems_;
    written_sequence result_;
    vocabulary names_;
    std::vector<scenarios::place> places_;  ///< of the steps
};

const node* sequence_reader::get(std::string_view key, node::kind kind, bool required) {
    const member* const m = root_.find(key);
    if (m == nullptr) {
        if (required) {
            problems_.error(root_.at, fmt::format("'{}' is missing", key));
        }
        return nullptr;
    }
    if (m->value.is != kind) {
        node wanted;
        wanted.is = kind;
        problems_.error(m->value.at,
                        fmt::format("'{}' is {}; expected {}", key, kind_text(m->value), kind_text(wanted)));
        return nullptr;
    }
    return &m->value;
}

// Numbers may stand without quotes.
std::string sequence_reader::text_of(const node& value) {
    switch (value.is) {
        case node::kind::text:
            return value.text;
        case node::kind::integer:
            return fmt::format("{}", value.integer);
        case node::kind::boolean:
            return value.boolean ? "yes" : "no";
        default:
            problems_.error(value.at, fmt::format("{}; expected a name or a number", kind_text(value)));
            return "0";
    }
}

void sequence_reader::read_thread(const member& m) {
    constexpr std::array<std::string_view, 2> keys{"policy", "priority"};
    constexpr std::array<std::string_view, 3> policies{"fifo", "rr", "other"};
    if (!is_usable_name(m.key)) {
        problems_.error(m.at,
                        fmt::format("'{}' is no name for a thread; expected letters, digits, '_' and '-', "
                                    "and none of the names that mean something else",
                                    m.key));
    }
    thread_setup t;
    t.name = m.key;
    if (is_table(m.value, "a thread")) {
        for (const member& each : m.value.members) {
            known(each, keys);
        }
        const member* const how = m.value.find("policy");
        const std::string name = how == nullptr ? "fifo" : text_of(how->value);
        const auto* const found = std::find(policies.begin(), policies.end(), name);
        if (how != nullptr && found == policies.end()) {
            problems_.error(how->value.at,
                            fmt::format("policy is '{}'; expected 'fifo', 'rr' or 'other'", name),
                            nearest(name, policies));
        }
        t.sched = name == "other" ? policy::other : name == "rr" ? policy::rr : policy::fifo;
        const member* const priority = m.value.find("priority");
        const bool realtime = t.sched != policy::other;
        const std::optional<std::int64_t> n =
            priority == nullptr ? std::optional<std::int64_t>(0) : parse_number(text_of(priority->value));
        if (!n || *n < (realtime ? 1 : 0) || *n > (realtime ? 98 : 0)) {
            problems_.error(priority == nullptr ? m.at : priority->value.at,
                            realtime ? "a realtime thread has a priority from 1 to 98"
                                     : "a thread with policy 'other' has no priority");
        }
        t.priority = static_cast<int>(n.value_or(0));
    }
    result_.what.threads.push_back(std::move(t));
}

void sequence_reader::read_threads(const node& threads) {
    for (const member& m : threads.members) {
        read_thread(m);
    }
    if (threads.members.empty() || threads.members.size() > threads_max) {
        problems_.error(threads.at,
                        fmt::format("{} threads; expected 1 to {}", threads.members.size(), threads_max));
        result_.what.threads.resize(std::min<std::size_t>(threads.members.size(), threads_max));
    }
    names_.threads = result_.what.thread_names();
}

void sequence_reader::read_words(const node& words) {
    for (const member& m : words.members) {
        const std::string text = text_of(m.value);
        const std::optional<word_value> v = parse_word_value(text, names_.threads);
        if (!v) {
            problems_.error(m.value.at, fmt::format("'{}' is no value of a word", text));
        }
        if (!is_usable_name(m.key)) {
            problems_.error(m.at,
                            fmt::format("'{}' is no name for a word; expected letters, digits, '_' and '-', "
                                        "and none of the names that mean something else",
                                        m.key));
        }
        result_.what.words.push_back(m.key);
        result_.what.initial.push_back(v.value_or(word_value{}));
    }
    if (words.members.empty() || words.members.size() > words_max) {
        problems_.error(words.at, fmt::format("{} words; expected 1 to {}", words.members.size(), words_max));
        const std::size_t kept = std::min<std::size_t>(words.members.size(), words_max);
        result_.what.words.resize(kept);
        result_.what.initial.resize(kept);
    }
    names_.words = result_.what.words;
}

void sequence_reader::read_returned(const node& from, expectation& to) {
    for (const member& m : from.members) {
        const std::optional<std::size_t> t = number_of(names_.threads, m, "thread");
        const std::string text = text_of(m.value);
        const std::size_t comma = text.find(',');
        const std::optional<long> first = parse_result(std::string_view(text).substr(0, comma));
        const std::optional<long> second = comma == std::string::npos
                                               ? std::optional<long>(0)
                                               : parse_result(std::string_view(text).substr(comma + 1));
        if (!first || !second) {
            problems_.error(m.value.at,
                            fmt::format("'{}' is no result; expected a number, the name of an error, "
                                        "'held', or two of them with a comma between",
                                        text));
        } else if (t) {
            to.calls[*t] = outcome::returned{true, *first, comma != std::string::npos, *second};
        }
    }
}

expectation sequence_reader::read_after(const node& from) {
    expectation e;
    for (const member& m : from.members) {
        if (!known(m, after_keys)) {
            continue;
        }
        if (m.key == "asleep") {
            e.asleep.emplace();
            for (const node& name : m.value.items) {
                const member as_member{text_of(name), name.at, {}};
                if (const auto t = number_of(names_.threads, as_member, "thread")) {
                    (*e.asleep)[*t] = true;
                }
            }
            if (m.value.is != node::kind::array) {
                problems_.error(m.value.at, fmt::format("'asleep' is {}; expected an array of threads",
                                                        kind_text(m.value)));
            }
            continue;
        }
        if (!is_table(m.value, m.key.c_str())) {
            continue;
        }
        if (m.key == "returned") {
            read_returned(m.value, e);
            continue;
        }
        for (const member& each : m.value.members) {
            const std::string text = text_of(each.value);
            if (m.key == "words") {
                const std::optional<std::size_t> w = number_of(names_.words, each, "word");
                const std::optional<word_value> v = parse_word_value(text, names_.threads);
                if (!v) {
                    problems_.error(each.value.at, fmt::format("'{}' is no value of a word", text));
                } else if (w) {
                    e.words[*w] = *v;
                }
            } else {
                const std::optional<std::size_t> t = number_of(names_.threads, each, "thread");
                const std::optional<std::int64_t> n = parse_number(text);
                if (!n || *n < 0 || *n > 99) {
                    problems_.error(each.value.at,
                                    fmt::format("'{}' is no priority; expected 0 to 99", text));
                } else if (t) {
                    e.priority[*t] = static_cast<int>(*n);
                }
            }
        }
    }
    return e;
}

void sequence_reader::read_step(const node& from) {
    if (!is_table(from, "a step")) {
        return;
    }
    std::vector<field> fields;
    expectation expected;
    for (const member& m : from.members) {
        if (m.key == "after") {
            if (is_table(m.value, "'after'")) {
                expected = read_after(m.value);
            }
        } else {
            fields.push_back({m.key, text_of(m.value), m.value.at});
        }
    }
    if (const std::optional<step> s = conform::read_step(fields, names_, from.at, problems_)) {
        result_.what.steps.push_back(*s);
        result_.expected.push_back(expected);
        places_.push_back(from.at);
    }
}

// A timeout that is to fire needs the step that lets it.
void sequence_reader::check_fires() {
    const std::vector<step>& steps = result_.what.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool fires =
            std::any_of(steps.begin() + static_cast<std::ptrdiff_t>(i), steps.end(), [&](const step& s) {
                return s.op == operation_id::fire && static_cast<int>(s.thread) == steps[i].by;
            });
        if (steps[i].timeout == timeout_kind::fire && !fires) {
            problems_.error(places_[i],
                            "a timeout that is to fire, and no step 'fire' for that thread behind it; "
                            "expected one, or timeout 'far'");
        }
    }
}

written_sequence sequence_reader::read() {
    if (root_.find("task") != nullptr) {
        problems_.error(
            root_.find("task")->at,
            "this is a scenario for 'tenthrule fuzz'; expected a sequence: threads, words and steps");
        return std::move(result_);
    }
    for (const member& m : root_.members) {
        known(m, top_level_keys);
    }
    sequence& s = result_.what;
    if (const node* const name = get("name", node::kind::text, true)) {
        s.id = name->text;
    }
    if (const node* const about = get("about", node::kind::text, false)) {
        s.about = about->text;
    }
    if (const node* const mapping = get("mapping", node::kind::text, false)) {
        constexpr std::array<std::string_view, 2> kinds{"private", "shared"};
        if (std::find(kinds.begin(), kinds.end(), mapping->text) == kinds.end()) {
            problems_.error(mapping->at,
                            fmt::format("mapping is '{}'; expected 'private' or 'shared'", mapping->text),
                            nearest(mapping->text, kinds));
        }
        s.process_shared = mapping->text == "shared";
    }
    const node* const threads = get("threads", node::kind::table, true);
    const node* const words = get("words", node::kind::table, true);
    const node* const steps = get("steps", node::kind::array, true);
    if (threads != nullptr && words != nullptr && steps != nullptr) {
        read_threads(*threads);
        read_words(*words);
        for (const node& each : steps->items) {
            read_step(each);
        }
        if (steps->items.empty()) {
            problems_.error(steps->at, "there are no steps; expected at least one");
        }
        if (!problems_.has_errors()) {
            check_fires();
        }
    }
    return std::move(result_);
}

}  // namespace

sequence_file read_sequence(std::string_view text, std::string_view file) {
    text = scenarios::without_byte_order_mark(text);
    scenarios::diagnostics problems(file, text);
    sequence_file result;
    if (const std::optional<node> root = scenarios::parse_document(text, problems)) {
        written_sequence s = sequence_reader(*root, problems).read();
        if (!problems.has_errors()) {
            result.value = std::move(s);
        }
    }
    result.diagnostics = problems.take();
    return result;
}

sequence_file load_sequence(const std::string& path) {
    std::variant<std::string, scenarios::diagnostic> read =
        scenarios::read_text_file(path, "a sequence file");
    if (auto* const problem = std::get_if<scenarios::diagnostic>(&read)) {
        return {std::nullopt, {std::move(*problem)}};
    }
    return read_sequence(std::get<std::string>(read), path);
}

// ---- Writing

namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string after_text(const outcome& o, const vocabulary& names) {
    std::string returned;
    std::string asleep;
    std::string words;
    std::string priorities;
    const auto put = [](std::string& to, const std::string& part) { to += (to.empty() ? "" : ", ") + part; };
    for (std::size_t t = 0; t < names.threads.size(); ++t) {
        const outcome::returned& r = o.calls[t];
        if (r.any) {
            put(returned, fmt::format("{} = {}", names.threads[t],
                                      quoted(result_text(r.result) +
                                             (r.has_second ? "," + result_text(r.second) : std::string()))));
        }
        if (o.asleep[t]) {
            put(asleep, quoted(names.threads[t]));
        }
        if (o.priority[t] != outcome::gone) {
            put(priorities, fmt::format("{} = {}", names.threads[t], o.priority[t]));
        }
    }
    for (std::size_t w = 0; w < names.words.size(); ++w) {
        put(words, fmt::format("{} = {}", names.words[w], quoted(to_string(o.words[w], names.threads))));
    }
    return fmt::format(
        "{{ returned = {{ {} }}, asleep = [{}], words = {{ {} }}, effective_priority = {{ {} }} }}", returned,
        asleep, words, priorities);
}

}  // namespace

std::string to_toml(const sequence& s, const std::vector<outcome>& after) {
    const vocabulary names = vocabulary_of(s);
    std::string text = fmt::format("name = {}\n", quoted(s.id));
    if (!s.about.empty()) {
        text += fmt::format("about = {}\n", quoted(s.about));
    }
    if (s.process_shared) {
        text += "mapping = \"shared\"\n";
    }
    text += "steps = [\n";
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
        std::string fields;
        for (const field& f : to_fields(s.steps[i], names)) {
            fields += fmt::format("{}{} = {}", fields.empty() ? "" : ", ", f.name, quoted(f.text));
        }
        if (i < after.size()) {
            fields += ", after = " + after_text(after[i], names);
        }
        text += fmt::format("  {{ {} }},\n", fields);
    }
    text += "]\n\n[threads]\n";
    for (const thread_setup& t : s.threads) {
        text += t.sched == policy::other ? fmt::format("{} = {{ policy = \"other\" }}\n", t.name)
                                         : fmt::format("{} = {{ policy = \"{}\", priority = {} }}\n", t.name,
                                                       t.sched == policy::rr ? "rr" : "fifo", t.priority);
    }
    text += "\n[words]\n";
    for (std::size_t w = 0; w < s.words.size(); ++w) {
        text += fmt::format("{} = {}\n", s.words[w], quoted(to_string(s.initial[w], names.threads)));
    }
    return text;
}

// ---- Expectations

namespace {

template <typename T, std::size_t N>
bool differs(const std::array<T, N>& is, const std::array<std::optional<T>, N>& expected) {
    for (std::size_t i = 0; i < N; ++i) {
        if (expected[i] && *expected[i] != is[i]) {
            return true;
        }
    }
    return false;
}

}  // namespace

aspects difference(const outcome& is, const expectation& expected) {
    return {differs(is.calls, expected.calls), expected.asleep && *expected.asleep != is.asleep,
            differs(is.words, expected.words), differs(is.priority, expected.priority)};
}

std::string in_words(const expectation& expected, const sequence& of) {
    std::string text;
    const auto put = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    const std::vector<std::string> names = of.thread_names();
    for (std::size_t t = 0; t < names.size(); ++t) {
        if (const auto& call = expected.calls[t]) {
            put(fmt::format("{} returns {}", names[t], result_text(call->result)));
            text += call->has_second ? ", then " + result_text(call->second) : "";
        }
    }
    if (expected.asleep) {
        std::string sleepers;
        for (std::size_t t = 0; t < names.size(); ++t) {
            if ((*expected.asleep)[t]) {
                sleepers += (sleepers.empty() ? "" : ", ") + names[t];
            }
        }
        put(sleepers.empty() ? "nobody sleeps" : "asleep: " + sleepers);
    }
    for (std::size_t w = 0; w < of.words.size(); ++w) {
        if (expected.words[w]) {
            put(fmt::format("{}={}", of.words[w], to_string(*expected.words[w], names)));
        }
    }
    for (std::size_t t = 0; t < names.size(); ++t) {
        if (expected.priority[t]) {
            put(fmt::format("{} at priority {}", names[t], *expected.priority[t]));
        }
    }
    return text;
}

}  // namespace tenthrule::conform
