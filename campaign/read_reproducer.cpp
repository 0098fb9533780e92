// From the text of a reproducer back to its parts. The file is a scenario with one more table at its end, so
// it is cut in two, and each half is read by those who know it.

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "campaign/actor_roles.hpp"
#include "campaign/reproducer.hpp"
#include "scenarios/document.hpp"
#include "scenarios/load.hpp"

namespace tenthrule {

namespace {

using scenarios::diagnostics;
using scenarios::node;
using scenarios::severity;

constexpr std::string_view header = "[reproducer]";

// Where the line `[reproducer]` begins; npos if there is none.
std::size_t find_header(std::string_view text) {
    for (std::size_t at = text.find(header); at != std::string_view::npos; at = text.find(header, at + 1)) {
        if (at == 0 || text[at - 1] == '\n') {
            return at;
        }
    }
    return std::string_view::npos;
}

class table_of_failure {
public:
    table_of_failure(const node& root, diagnostics& problems, reproducer& to)
        : problems_(problems), to_(to), roles_(roles_of(to.what)) {
        const scenarios::member* const found = root.find("reproducer");
        table_ = found == nullptr ? &root : &found->value;
    }

    void read() {
        refuse_unknown(
            *table_, {"tool", "rule", "identity", "message", "token", "trace_digest", "points_max", "turn"});
        to_.tool = text(*table_, "tool", false);
        to_.rule = text(*table_, "rule", false);
        to_.identity = text(*table_, "identity", true);
        to_.message = text(*table_, "message", false);
        to_.token = text(*table_, "token", false);
        to_.trace_digest = text(*table_, "trace_digest", false);
        to_.points_max = static_cast<std::uint32_t>(integer(*table_, "points_max", 0, 0, 1'000'000'000));
        const scenarios::member* const turns = table_->find("turn");
        if (turns == nullptr) {
            return;  // the default schedule
        }
        if (turns->value.is != node::kind::array) {
            problems_.error(turns->at,
                            "'turn' is no list of tables; expected tables that begin with "
                            "[[reproducer.turn]]");
            return;
        }
        for (const node& turn : turns->value.items) {
            read_turn(turn);
        }
    }

private:
    void read_turn(const node& from) {
        if (from.is != node::kind::table) {
            problems_.error(from.at, "a turn that is no table; expected [[reproducer.turn]]");
            return;
        }
        refuse_unknown(from, {"who", "steps", "does", "chooses"});
        scripted_turn turn;
        const std::string who = text(from, "who", true);
        turn.who = find_actor(roles_, who);
        if (turn.who == no_actor && !who.empty()) {
            problems_.error(
                from.find("who")->value.at,
                fmt::format("'{}' is nobody in this scenario; expected a task's name, or 'arrival of', "
                            "'timer of' and a task's name, or 'signal' and a signal's",
                            who));
        }
        if (const scenarios::member* const does = from.find("does")) {
            for (const node& item : items(*does)) {
                if (item.is == node::kind::text) {
                    turn.does.push_back(item.text);
                } else {
                    problems_.error(item.at, "a step that is no text; expected one such as \"load lock\"");
                }
            }
        }
        turn.steps = static_cast<std::uint32_t>(
            integer(from, "steps", static_cast<std::int64_t>(turn.does.size()), 1, 1'000'000));
        if (const scenarios::member* const chooses = from.find("chooses")) {
            for (const node& item : items(*chooses)) {
                if (item.is == node::kind::integer && item.integer >= 0 && item.integer <= 255) {
                    turn.chooses.push_back(static_cast<std::uint8_t>(item.integer));
                } else {
                    problems_.error(item.at, "what was chosen is a number from 0 to 255");
                }
            }
        }
        to_.schedule.push_back(std::move(turn));
    }

    std::string text(const node& from, std::string_view key, bool required) {
        const scenarios::member* const m = from.find(key);
        if (m != nullptr && m->value.is == node::kind::text) {
            return m->value.text;
        }
        if (m != nullptr) {
            problems_.error(m->value.at,
                            fmt::format("'{}' is {}; expected a text", key, kind_text(m->value)));
        } else if (required) {
            problems_.error(from.at, fmt::format("'{}' is missing; expected a text", key));
        }
        return {};
    }

    std::int64_t integer(const node& from, std::string_view key, std::int64_t otherwise, std::int64_t min,
                         std::int64_t max) {
        const scenarios::member* const m = from.find(key);
        if (m == nullptr) {
            return otherwise;
        }
        if (m->value.is == node::kind::integer && m->value.integer >= min && m->value.integer <= max) {
            return m->value.integer;
        }
        problems_.error(m->value.at,
                        fmt::format("'{}' is {}; expected an integer, {} to {}", key,
                                    m->value.is == node::kind::integer ? std::to_string(m->value.integer)
                                                                       : std::string(kind_text(m->value)),
                                    min, max));
        return otherwise;
    }

    const std::vector<node>& items(const scenarios::member& m) {
        if (m.value.is != node::kind::array) {
            problems_.error(m.value.at,
                            fmt::format("'{}' is {}; expected a list", m.key, kind_text(m.value)));
        }
        return m.value.items;
    }

    void refuse_unknown(const node& from, std::initializer_list<std::string_view> known) {
        for (const scenarios::member& m : from.members) {
            if (std::find(known.begin(), known.end(), m.key) == known.end()) {
                problems_.error(
                    m.at, fmt::format("unknown key '{}'; expected one of {}", m.key, fmt::join(known, ", ")));
            }
        }
    }

    diagnostics& problems_;
    reproducer& to_;
    std::vector<actor_role> roles_;
    const node* table_;
};

}  // namespace

bool is_reproducer(std::string_view text) {
    return find_header(text) != std::string_view::npos;
}

reproducer_or_problems read_reproducer(std::string_view text, std::string_view file) {
    const std::size_t cut = std::min(find_header(text), text.size());
    scenarios::load_result loaded = scenarios::load_text(text.substr(0, cut), file);
    reproducer_or_problems result;
    result.diagnostics = std::move(loaded.diagnostics);
    if (!loaded.value) {
        return result;
    }
    // Empty lines in place of the scenario: places in the file stay what they are.
    std::string rest(static_cast<std::size_t>(
                         std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n')),
                     '\n');
    rest += text.substr(cut);
    reproducer r;
    r.what = std::move(*loaded.value);
    diagnostics problems(file, rest);
    if (const std::optional<node> root = parse_document(rest, problems)) {
        table_of_failure(*root, problems, r).read();
    }
    const bool sound = !problems.has_errors();
    for (scenarios::diagnostic& d : problems.take()) {
        result.diagnostics.push_back(std::move(d));
    }
    if (sound) {
        result.read = std::move(r);
    }
    return result;
}

reproducer_or_problems read_reproducer_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!(file && text << file.rdbuf())) {
        return {std::nullopt,
                {{severity::error, path, {}, "cannot be read; expected a reproducer file", "", ""}}};
    }
    return read_reproducer(text.str(), path);
}

}  // namespace tenthrule
