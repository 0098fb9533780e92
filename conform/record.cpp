#include "conform/record.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conform/step_text.hpp"

namespace tenthrule::conform {

namespace {

// In the order in which the fields were written: people read these files.
using json = nlohmann::ordered_json;

constexpr std::string_view policy_text(policy p) {
    switch (p) {
        case policy::fifo:
            return "fifo";
        case policy::rr:
            return "rr";
        default:
            return "other";
    }
}

std::string returned_text(const outcome::returned& r) {
    return r.has_second ? fmt::format("{},{}", result_text(r.result), result_text(r.second))
                        : result_text(r.result);
}

// ---- Reading: a line is right or it is refused as a whole

class line_reader {
public:
    line_reader(scenarios::diagnostics& problems, std::uint32_t line) : problems_(problems), at_{line, 1} {}

    bool read(std::string_view text, recording& to);

private:
    bool wrong(std::string message) {
        problems_.error(at_, std::move(message));
        return false;
    }
    const json* member(const json& of, const char* name, json::value_t type) {
        const auto found = of.find(name);
        if (found == of.end() || found->type() != type) {
            wrong(fmt::format("'{}' is missing or not {}", name,
                              type == json::value_t::object   ? "an object"
                              : type == json::value_t::array  ? "an array"
                              : type == json::value_t::string ? "a string"
                                                              : "what it should be"));
            return nullptr;
        }
        return &*found;
    }
    static std::string text_of(const json& value) {
        return value.is_string() ? value.get<std::string>() : value.dump();
    }
    bool read_threads(const json& threads, sequence& to);
    bool read_words(const json& words, sequence& to);
    bool read_step(const json& from, recording& to);
    bool read_after(const json& from, const sequence& of, outcome& to);
    bool read_returned(std::string_view text, outcome::returned& to);
    /// The number of the thread or word, or -1 after a complaint.
    int number_of(const std::vector<std::string>& names, const std::string& name, const char* kind) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            wrong(fmt::format("there is no {} '{}'", kind, name));
            return -1;
        }
        return static_cast<int>(found - names.begin());
    }

    scenarios::diagnostics& problems_;
    scenarios::place at_;
};

bool line_reader::read_threads(const json& threads, sequence& to) {
    if (threads.empty() || threads.size() > threads_max) {
        return wrong(fmt::format("{} threads; expected 1 to {}", threads.size(), threads_max));
    }
    for (const auto& [name, spec] : threads.items()) {
        thread_setup t;
        t.name = name;
        if (!is_usable_name(name)) {
            return wrong(fmt::format("'{}' is no name for a thread", name));
        }
        if (!spec.is_object()) {
            return wrong(fmt::format("thread '{}' is no object", name));
        }
        const std::string how = spec.value("policy", std::string("fifo"));
        if (how != "fifo" && how != "rr" && how != "other") {
            return wrong(
                fmt::format("thread '{}': policy is '{}'; expected 'fifo', 'rr' or 'other'", name, how));
        }
        t.sched = how == "fifo" ? policy::fifo : how == "rr" ? policy::rr : policy::other;
        const auto priority = spec.find("priority");
        const std::optional<std::int64_t> n =
            priority == spec.end() ? std::optional<std::int64_t>(0) : parse_number(text_of(*priority));
        const bool realtime = t.sched != policy::other;
        if (!n || *n < (realtime ? 1 : 0) || *n > (realtime ? 99 : 0)) {
            return wrong(fmt::format("thread '{}': priority is '{}'; expected {}", name,
                                     priority == spec.end() ? "missing" : text_of(*priority),
                                     realtime ? "1 to 99" : "0 for policy 'other'"));
        }
        t.priority = static_cast<int>(*n);
        to.threads.push_back(std::move(t));
    }
    return true;
}

bool line_reader::read_words(const json& words, sequence& to) {
    if (words.size() > words_max) {
        return wrong(fmt::format("{} words; expected at most {}", words.size(), words_max));
    }
    const std::vector<std::string> threads = to.thread_names();
    for (const auto& [name, value] : words.items()) {
        if (!is_usable_name(name)) {
            return wrong(fmt::format("'{}' is no name for a word", name));
        }
        const std::optional<word_value> v = parse_word_value(text_of(value), threads);
        if (!v) {
            return wrong(fmt::format("word '{}': no value: '{}'", name, text_of(value)));
        }
        to.words.push_back(name);
        to.initial.push_back(*v);
    }
    return true;
}

bool line_reader::read_returned(std::string_view text, outcome::returned& to) {
    const std::size_t comma = text.find(',');
    const std::optional<long> first = parse_result(text.substr(0, comma));
    const std::optional<long> second =
        comma == std::string_view::npos ? std::optional<long>(0) : parse_result(text.substr(comma + 1));
    if (!first || !second) {
        return wrong(fmt::format("no result of a call: '{}'", text));
    }
    to = {true, *first, comma != std::string_view::npos, *second};
    return true;
}

bool line_reader::read_after(const json& from, const sequence& of, outcome& to) {
    const std::vector<std::string> threads = of.thread_names();
    const json* const returned = member(from, "returned", json::value_t::object);
    const json* const asleep = member(from, "asleep", json::value_t::array);
    const json* const words = member(from, "words", json::value_t::object);
    const json* const priorities = member(from, "effective_priority", json::value_t::object);
    if (returned == nullptr || asleep == nullptr || words == nullptr || priorities == nullptr) {
        return false;
    }
    for (const auto& [name, result] : returned->items()) {
        const int t = number_of(threads, name, "thread");
        if (t < 0 || !read_returned(text_of(result), to.calls[static_cast<std::size_t>(t)])) {
            return false;
        }
    }
    for (const json& name : *asleep) {
        const int t = number_of(threads, text_of(name), "thread");
        if (t < 0) {
            return false;
        }
        to.asleep[static_cast<std::size_t>(t)] = true;
    }
    if (words->size() != of.words.size()) {
        return wrong(fmt::format("the values of {} words; expected all {}", words->size(), of.words.size()));
    }
    for (const auto& [name, value] : words->items()) {
        const int w = number_of(of.words, name, "word");
        const std::optional<word_value> v = parse_word_value(text_of(value), threads);
        if (w < 0 || !v) {
            return wrong(fmt::format("word '{}': no value: '{}'", name, text_of(value)));
        }
        to.words[static_cast<std::size_t>(w)] = *v;
    }
    std::fill_n(to.priority.begin(), of.threads.size(), outcome::gone);
    for (const auto& [name, priority] : priorities->items()) {
        const int t = number_of(threads, name, "thread");
        const std::optional<std::int64_t> n = parse_number(text_of(priority));
        if (t < 0 || !n || *n < 0 || *n > 99) {
            return wrong(fmt::format("thread '{}': no effective priority: '{}'", name, text_of(priority)));
        }
        to.priority[static_cast<std::size_t>(t)] = static_cast<int>(*n);
    }
    return true;
}

bool line_reader::read_step(const json& from, recording& to) {
    if (!from.is_object()) {
        return wrong("a step that is no object");
    }
    std::vector<field> fields;
    for (const auto& [name, value] : from.items()) {
        if (name != "after") {
            fields.push_back({name, text_of(value), at_});
        }
    }
    const std::optional<step> s = conform::read_step(fields, vocabulary_of(to.what), at_, problems_);
    const json* const after = member(from, "after", json::value_t::object);
    outcome seen;
    if (!s || after == nullptr || !read_after(*after, to.what, seen)) {
        return false;
    }
    to.what.steps.push_back(*s);
    to.after.push_back(seen);
    return true;
}

bool line_reader::read(std::string_view text, recording& to) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) {
        return wrong("no JSON object; expected one sequence a line");
    }
    to.what.id = object.value("id", fmt::format("line {}", at_.line));
    to.what.about = object.value("about", std::string());
    to.kernel = object.value("kernel", std::string());
    const std::string mapping = object.value("mapping", std::string("private"));
    if (mapping != "private" && mapping != "shared") {
        return wrong(fmt::format("mapping is '{}'; expected 'private' or 'shared'", mapping));
    }
    to.what.process_shared = mapping == "shared";
    const json* const threads = member(object, "threads", json::value_t::object);
    const json* const words = member(object, "words", json::value_t::object);
    const json* const steps = member(object, "steps", json::value_t::array);
    if (threads == nullptr || words == nullptr || steps == nullptr || !read_threads(*threads, to.what) ||
        !read_words(*words, to.what)) {
        return false;
    }
    for (std::size_t i = 0; i < steps->size(); ++i) {
        if (!read_step((*steps)[i], to)) {
            return wrong(fmt::format("in step {} of '{}'", i + 1, to.what.id));
        }
    }
    return true;
}

// ---- Writing

json as_json(const outcome& o, const vocabulary& names) {
    json returned = json::object();
    json asleep = json::array();
    json words = json::object();
    json priorities = json::object();
    for (std::size_t t = 0; t < names.threads.size(); ++t) {
        if (o.calls[t].any) {
            returned[names.threads[t]] = returned_text(o.calls[t]);
        }
        if (o.asleep[t]) {
            asleep.push_back(names.threads[t]);
        }
        if (o.priority[t] != outcome::gone) {
            priorities[names.threads[t]] = o.priority[t];
        }
    }
    for (std::size_t w = 0; w < names.words.size(); ++w) {
        words[names.words[w]] = to_string(o.words[w], names.threads);
    }
    return {{"returned", std::move(returned)},
            {"asleep", std::move(asleep)},
            {"words", std::move(words)},
            {"effective_priority", std::move(priorities)}};
}

}  // namespace

std::variant<recording, std::vector<scenarios::diagnostic>> read_recording(std::string_view line,
                                                                           std::string_view file,
                                                                           std::uint32_t line_number) {
    // The place says it all: a line of a recording is too long to be shown.
    scenarios::diagnostics problems(file, {});
    recording r;
    try {
        if (line_reader(problems, line_number).read(line, r)) {
            return r;
        }
    } catch (const json::exception&) {
        problems.error({line_number, 1}, "a value of a type that is not expected there");
    }
    return problems.take();
}

std::string to_json_line(const recording& r) {
    const vocabulary names = vocabulary_of(r.what);
    json object{{"id", r.what.id}};
    if (!r.what.about.empty()) {
        object["about"] = r.what.about;
    }
    if (!r.kernel.empty()) {
        object["kernel"] = r.kernel;
    }
    json threads = json::object();
    for (const thread_setup& t : r.what.threads) {
        threads[t.name] = {{"policy", policy_text(t.sched)}, {"priority", t.priority}};
    }
    json words = json::object();
    for (std::size_t w = 0; w < names.words.size(); ++w) {
        words[names.words[w]] = to_string(r.what.initial[w], names.threads);
    }
    object["threads"] = std::move(threads);
    object["words"] = std::move(words);
    object["mapping"] = r.what.process_shared ? "shared" : "private";
    json steps = json::array();
    for (std::size_t i = 0; i < r.after.size(); ++i) {
        json s = json::object();
        for (const field& f : to_fields(r.what.steps[i], names)) {
            s[f.name] = f.text;
        }
        s["after"] = as_json(r.after[i], names);
        steps.push_back(std::move(s));
    }
    object["steps"] = std::move(steps);
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tenthrule::conform
