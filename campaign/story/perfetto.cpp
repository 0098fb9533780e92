#include "campaign/story/perfetto.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "campaign/story/story_json.hpp"

namespace tenthrule {

namespace {

using nlohmann::json;

constexpr int tasks_process = 1;
constexpr int cpus_process = 2;

class trace_writer {
public:
    explicit trace_writer(const story& told) : told_(told) {}

    json write() {
        names();
        calls();
        for (std::size_t i = 0; i < told_.steps.size(); ++i) {
            step(i);
        }
        for (const actor a : told_.tasks) {
            sleeps(a);
        }
        for (std::size_t c = 0; c < told_.before.cpus.size(); ++c) {
            occupancy(c);
        }
        arrows();
        ending();
        return {{"traceEvents", std::move(events_)}, {"displayTimeUnit", "ns"}};
    }

private:
    std::string name(actor a) const {
        return a < told_.names.size() ? told_.names[a] : "outside";
    }

    const machine_state& state_before(std::size_t i) const {
        return i == 0 ? told_.before : told_.steps[i - 1].after;
    }

    void metadata(const char* what, int process, std::size_t thread, json arguments) {
        events_.push_back(
            {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", std::move(arguments)}});
    }

    void names() {
        metadata("process_name", tasks_process, 0, {{"name", "tasks"}});
        metadata("process_sort_index", tasks_process, 0, {{"sort_index", 0}});
        metadata("process_name", cpus_process, 0, {{"name", "CPUs"}});
        metadata("process_sort_index", cpus_process, 0, {{"sort_index", 1}});
        std::size_t order = 0;
        for (const actor a : told_.tasks) {
            metadata("thread_name", tasks_process, track(a), {{"name", name(a)}});
            metadata("thread_sort_index", tasks_process, track(a), {{"sort_index", order++}});
        }
        for (std::size_t c = 0; c < told_.before.cpus.size(); ++c) {
            metadata("thread_name", cpus_process, c + 1, {{"name", fmt::format("CPU {}", c)}});
            metadata("thread_sort_index", cpus_process, c + 1, {{"sort_index", c}});
        }
    }

    // A thread of number 0 is the process itself to some viewers.
    static std::size_t track(actor a) {
        return std::size_t{a} + 1;
    }

    void slice(int process, std::size_t thread, std::size_t begin, std::size_t end, const std::string& what,
               const char* category, json arguments) {
        events_.push_back({{"name", what},
                           {"cat", category},
                           {"ph", "X"},
                           {"pid", process},
                           {"tid", thread},
                           {"ts", begin},
                           {"dur", end - begin},
                           {"args", std::move(arguments)}});
    }

    // From the row that begins a call to the one in which it returns, or to the end.
    void calls() {
        std::vector<std::size_t> ends(told_.rows.size(), told_.steps.size());
        for (std::size_t r = 0; r < told_.rows.size(); ++r) {
            if (told_.rows[r].returns_from) {
                ends[*told_.rows[r].returns_from] = told_.step_of_row[r] + 1;
            }
        }
        for (std::size_t r = 0; r < told_.rows.size(); ++r) {
            const drawn_row& row = told_.rows[r];
            // A call that follows on another one in the same step begins behind that one's return.
            const std::size_t begin = told_.step_of_row[r] + (follows_on(r) ? 1 : 0);
            if (row.begins_call && begin < ends[r]) {
                slice(tasks_process, track(told_.columns[row.column].task), begin, ends[r],
                      told_.told[r].text, "call", json::object());
            }
        }
    }

    bool follows_on(std::size_t r) const {
        for (std::size_t i = r; i-- > 0 && told_.step_of_row[i] == told_.step_of_row[r];) {
            if (told_.rows[i].column == told_.rows[r].column && told_.rows[i].returns_from) {
                return true;
            }
        }
        return false;
    }

    void step(std::size_t i) {
        const story_step& s = told_.steps[i];
        json arguments{{"step", s.point},
                       {"came", arrival_name(s.came)},
                       {"virtual_time_ns", s.after.time},
                       {"by", name(s.who)}};
        if (s.cpu >= 0) {
            arguments["cpu"] = s.cpu;
        }
        if (!s.detail.empty()) {
            arguments["detail"] = s.detail;
        }
        if (!s.lines.empty()) {
            arguments["told"] = s.lines;
        }
        if (is_event(s.who)) {
            interrupt(i, std::move(arguments));
            return;
        }
        slice(tasks_process, track(s.task), i, i + 1, words(s), s.marked ? "step,switch" : "step",
              std::move(arguments));
        if (s.marked) {
            instant(tasks_process, track(s.task), i, "switch that matters", "t");
        }
    }

    // What happens to a task from outside is no part of what it does: a moment on its track.
    void interrupt(std::size_t i, json arguments) {
        const story_step& s = told_.steps[i];
        instant(tasks_process, track(s.task), i, words(s), "t");
        events_.back()["args"] = std::move(arguments);
    }

    static std::string words(const story_step& s) {
        const std::string text = fmt::format("{} {}", to_string(s.kind), s.label);
        return s.label.empty() && !s.lines.empty() ? s.lines.front() : text;
    }

    void instant(int process, std::size_t thread, std::size_t at, const std::string& what,
                 const char* scope) {
        events_.push_back({{"name", what},
                           {"cat", "event"},
                           {"ph", "i"},
                           {"s", scope},
                           {"pid", process},
                           {"tid", thread},
                           {"ts", at}});
    }

    // Where a task stays asleep, spinning or without a CPU from one step to a later one.
    void sleeps(actor a) {
        std::size_t begin = 0;
        std::string what;
        for (std::size_t i = 0; i <= told_.steps.size(); ++i) {
            const bool steps_itself = i < told_.steps.size() && told_.steps[i].who == a;
            const machine_state::task& t = state_before(i).tasks[a];
            std::string now;
            if (i < told_.steps.size() && !steps_itself) {
                now = t.waits.empty() && t.state == task_state::ready && t.cpu < 0 ? "waits for a CPU"
                                                                                   : t.waits;
            }
            if (now != what) {
                if (!what.empty()) {
                    slice(tasks_process, track(a), begin, i, what, "waiting", json::object());
                }
                begin = i;
                what = std::move(now);
            }
        }
    }

    // An interrupt takes the CPU from whoever has it when it begins. Who gets it meanwhile has it afterwards,
    // or the slices would lie across each other.
    void occupancy(std::size_t c) {
        std::vector<actor> tasks;
        std::vector<actor> interrupts;
        for (std::size_t i = 0; i < told_.steps.size(); ++i) {
            const story_step& s = told_.steps[i];
            const bool steps_here = s.cpu == static_cast<int>(c);
            const bool goes_on = !interrupts.empty() && interrupts.back() != no_actor;
            interrupts.push_back(steps_here && is_event(s.who) ? s.who : s.after.cpus[c].interrupt);
            if (interrupts.back() != no_actor) {
                tasks.push_back(goes_on ? tasks.back() : state_before(i).cpus[c].task);
            } else {
                tasks.push_back(steps_here && is_task(s.who) ? s.who : s.after.cpus[c].task);
            }
        }
        stretches(c, tasks);
        stretches(c, interrupts);
    }

    // Who has the CPU in a step that gives it away is whoever takes the step.
    void stretches(std::size_t c, const std::vector<actor>& holders) {
        std::size_t begin = 0;
        actor holder = no_actor;
        for (std::size_t i = 0; i <= holders.size(); ++i) {
            const actor now = i < holders.size() ? holders[i] : no_actor;
            if (now != holder) {
                if (holder != no_actor) {
                    slice(cpus_process, c + 1, begin, i, name(holder), "cpu", json::object());
                }
                begin = i;
                holder = now;
            }
        }
    }

    void arrows() {
        std::map<std::pair<actor, std::string>, std::size_t> armed;  // by task and timer: where
        for (std::size_t i = 0; i < told_.steps.size(); ++i) {
            const story_step& s = told_.steps[i];
            if (s.kind == op_kind::wake) {
                wake_arrow(i);
            } else if (s.kind == op_kind::arm) {
                armed[{s.task, s.label}] = i;
            } else if (s.kind == op_kind::fire) {
                const auto from = armed.find({s.task, s.label});
                if (from != armed.end()) {
                    arrow("timer", track(told_.steps[from->second].task), from->second, track(s.task), i);
                }
            }
        }
    }

    // To the first step of the woken task that comes after.
    void wake_arrow(std::size_t i) {
        const story_step& s = told_.steps[i];
        for (const actor a : told_.tasks) {
            const bool was_asleep = state_before(i).tasks[a].state == task_state::sleeping;
            const bool is_asleep = s.after.tasks[a].state == task_state::sleeping;
            if (!was_asleep || is_asleep) {
                continue;
            }
            for (std::size_t next = i + 1; next < told_.steps.size(); ++next) {
                if (told_.steps[next].who == a) {
                    arrow("wake", track(s.task), i, track(a), next);
                    break;
                }
            }
        }
    }

    void arrow(const char* what, std::size_t from, std::size_t begin, std::size_t to, std::size_t end) {
        const std::size_t id = ++arrows_;
        json start{{"name", what},         {"cat", what}, {"ph", "s"},  {"id", id},
                   {"pid", tasks_process}, {"tid", from}, {"ts", begin}};
        json finish = start;
        finish["ph"] = "f";
        finish["bp"] = "e";  // binds to the slice around it
        finish["tid"] = to;
        finish["ts"] = end;
        events_.push_back(std::move(start));
        events_.push_back(std::move(finish));
    }

    void ending() {
        if (told_.failure) {
            instant(tasks_process, track(told_.steps.back().task), told_.steps.size(),
                    fmt::format("*** {}", told_.failure->broken->name), "g");
            events_.back()["args"] = {{"message", told_.failure->message}};
        }
    }

    const story& told_;
    json events_ = json::array();
    std::size_t arrows_ = 0;
};

}  // namespace

json perfetto_trace(const story& told) {
    return trace_writer(told).write();
}

}  // namespace tenthrule
