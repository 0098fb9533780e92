#include "campaign/story/story_json.hpp"

#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace tenthrule {

namespace {

using nlohmann::json;

class state_writer {
public:
    explicit state_writer(const story& told) : told_(told) {}

    json write(const machine_state& state) const {
        json result{{"tasks", json::object()}, {"cpus", json::array()}, {"time", state.time}};
        for (const actor a : told_.tasks) {
            result["tasks"][told_.names[a]] = task(state, a);
        }
        for (const machine_state::cpu& c : state.cpus) {
            json entry = json::object();
            put_name(entry, "task", c.task);
            put_name(entry, "interrupt", c.interrupt);
            result["cpus"].push_back(std::move(entry));
        }
        if (state.kernel) {
            words_and_locks(*state.kernel, result);
        }
        return result;
    }

private:
    std::string name(actor a) const {
        return a < told_.names.size() ? told_.names[a] : "nobody";
    }

    void put_name(json& to, const char* key, actor a) const {
        if (a != no_actor) {
            to[key] = name(a);
        }
    }

    json task(const machine_state& state, actor a) const {
        const machine_state::task& t = state.tasks[a];
        json result{{"state", state_name(t)}};
        if (t.cpu >= 0) {
            result["cpu"] = t.cpu;
        }
        if (!t.waits.empty()) {
            result["waits"] = t.waits;
        }
        if (state.kernel && a < state.kernel->tasks.size()) {
            const kernel::snapshot::task& k = state.kernel->tasks[a];
            const bool boosted = k.prio != k.normal_prio;
            result["tid"] = k.tid;
            result["normal"] = kernel::priority_words(k.sched, k.normal_prio);
            result["effective"] = kernel::priority_words(k.sched, k.prio, boosted);
            result["boosted"] = boosted;
            if (!k.blocked_on.empty()) {
                result["blocked_on"] = k.blocked_on;
            }
            if (boosted && !k.lenders.empty()) {
                result["lender"] = name(k.lenders.front());
            }
        }
        return result;
    }

    void words_and_locks(const kernel::snapshot& kernel, json& to) const {
        to["words"] = to["locks"] = json::object();
        for (const kernel::snapshot::word& w : kernel.words) {
            const bool pi = w.kind == kernel::word_kind::pi;
            json entry{{"kind", pi ? "pi" : "plain"},
                       {"value", w.value},
                       {"text", w.text},
                       {"queue", queue(kernel, w.queue)}};
            if (pi) {
                entry["waiters"] = w.waiters;
                entry["owner_died"] = w.owner_died;
                put_name(entry, "owner", w.owner);
            }
            to["words"][w.name] = std::move(entry);
        }
        for (const kernel::snapshot::lock& l : kernel.locks) {
            json entry{{"kind", l.of_bucket ? "bucket" : "pi_state"},
                       {"name", l.name},
                       {"owner", name(l.owner)},
                       {"has_waiters", l.has_waiters},
                       {"waiters", queue(kernel, l.waiters)}};
            if (l.owner_pending) {
                entry["owner_pending"] = true;
            }
            if (!l.of_bucket) {
                entry["pi_state_owner"] = name(l.pi_state_owner);
                entry["references"] = l.references;
            }
            // A futex can have several for a moment, where the kernel is wrong even for longer.
            std::string key = l.name;
            for (unsigned n = 2; to["locks"].contains(key); ++n) {
                key = fmt::format("{} ({})", l.name, n);
            }
            to["locks"][key] = std::move(entry);
        }
    }

    json queue(const kernel::snapshot& kernel, const std::vector<kernel::snapshot::waiter>& waiters) const {
        json list = json::array();
        for (const kernel::snapshot::waiter& w : waiters) {
            const policy sched = w.task < kernel.tasks.size() ? kernel.tasks[w.task].sched : policy::other;
            list.push_back({{"task", name(w.task)}, {"priority", kernel::priority_words(sched, w.prio)}});
        }
        return list;
    }

    const story& told_;
};

json columns_json(const story& told) {
    json list = json::array();
    for (std::size_t i = 0; i < told.columns.size(); ++i) {
        json column{{"task", told.columns[i].title}, {"about", told.columns[i].subtitle}, {"cpu", nullptr}};
        if (told.homes[i] >= 0) {
            column["cpu"] = told.homes[i];
        }
        list.push_back(std::move(column));
    }
    return list;
}

json rows_json(const story& told) {
    json list = json::array();
    for (std::size_t i = 0; i < told.rows.size(); ++i) {
        const drawn_row& row = told.rows[i];
        list.push_back({{"step", row.step},
                        {"at", told.step_of_row[i]},
                        {"column", row.column},
                        {"text", row.text},
                        {"marked", row.marked},
                        {"outside", told.told[i].outside},
                        {"changes", row.changes}});
    }
    return list;
}

json step_json(const story& told, const story_step& s) {
    json step{{"step", s.point},
              {"who", s.who < told.names.size() ? told.names[s.who] : "outside"},
              {"task", s.task < told.names.size() ? told.names[s.task] : "outside"},
              {"cpu", nullptr},
              {"came", arrival_name(s.came)},
              {"marked", s.marked},
              {"needed", nullptr},
              {"kind", to_string(s.kind)},
              {"label", s.label},
              {"detail", s.detail},
              {"lines", s.lines}};
    if (s.cpu >= 0) {
        step["cpu"] = s.cpu;
    }
    if (s.needed) {
        step["needed"] = *s.needed;
    }
    return step;
}

json names_of(const story& told) {
    json list = json::array();
    for (const actor a : told.tasks) {
        list.push_back(told.names[a]);
    }
    return list;
}

json word_names(const machine_state& state) {
    json list = json::array();
    if (state.kernel) {
        for (const kernel::snapshot::word& w : state.kernel->words) {
            list.push_back(w.name);
        }
    }
    return list;
}

}  // namespace

const char* arrival_name(arrival_kind came) {
    switch (came) {
        case arrival_kind::stayed:
            return "stayed";
        case arrival_kind::handed_over:
            return "handed over";
        case arrival_kind::interleaved:
            return "interleaved";
        case arrival_kind::preempted:
            return "preempted";
        case arrival_kind::external:
            return "external";
    }
    return "stayed";
}

json merge_patch_between(const json& before, const json& after) {
    json patch = json::object();
    for (const auto& [key, value] : before.items()) {
        if (!after.contains(key)) {
            patch[key] = nullptr;
        }
    }
    for (const auto& [key, value] : after.items()) {
        const auto old = before.find(key);
        if (old == before.end()) {
            patch[key] = value;
        } else if (*old != value) {
            const bool both_objects = old->is_object() && value.is_object();
            patch[key] = both_objects ? merge_patch_between(*old, value) : value;
        }
    }
    return patch;
}

json to_json(const story& told) {
    const state_writer states(told);
    json state = states.write(told.before);
    json result{{"columns", columns_json(told)},
                {"rows", rows_json(told)},
                {"tasks", names_of(told)},
                {"words", word_names(told.before)},
                {"initial", state},
                {"steps", json::array()},
                {"steps_left_out", told.steps_left_out},
                {"ending", nullptr}};
    for (const story_step& s : told.steps) {
        json step = step_json(told, s);
        json after = states.write(s.after);
        step["changes"] = merge_patch_between(state, after);
        state = std::move(after);
        result["steps"].push_back(std::move(step));
    }
    if (told.failure) {
        result["ending"] = {{"rule", told.failure->broken->name},
                            {"about", told.failure->broken->about},
                            {"message", told.failure->message}};
    }
    return result;
}

story story_or_throw(const finding& f) {
    const bool explained = f.shrink_executions != 0;
    const auto why = explained ? std::optional(f.why) : explain_briefly(f.of, f.run, f.points_max);
    story_or_error told =
        tell_story({f.of, f.decisions, f.points_max, f.trace_digest, why ? &*why : nullptr});
    if (!told.value) {
        throw std::runtime_error(told.error);
    }
    return std::move(*told.value);
}

json story_of(const finding& f) {
    return to_json(story_or_throw(f));
}

}  // namespace tenthrule
