#include "scenarios/variation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/random.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/reductions.hpp"

namespace tenthrule::scenarios {

namespace {

class drawing {
public:
    drawing(const scenario& s, std::uint64_t number) : s_(s), random_(number) {
        result_.kernel = s.kernel;
    }

    // Every thing that may vary takes the same random numbers whatever the others come to.
    variation draw() {
        tasks();
        cpus();
        priorities();
        timeouts();
        kernel();
        result_.about = fmt::format("{}", fmt::join(words_, ", "));
        return std::move(result_);
    }

private:
    // Which of the choices; nothing: as written.
    std::optional<std::size_t> choose(std::size_t choices) {
        const std::uint32_t chosen = random_.below(static_cast<std::uint32_t>(choices) + 1);
        return chosen == 0 ? std::nullopt : std::optional<std::size_t>(chosen - 1);
    }

    void change(std::uint32_t code, std::string words) {
        result_.codes.push_back(code);
        words_.push_back(std::move(words));
    }

    void tasks() {
        for (const std::uint8_t t : s_.vary.tasks) {
            if (choose(1)) {
                left_out_.push_back(t);
                change(encode(reduction_kind::drop_task, t), fmt::format("without {}", s_.tasks[t].name));
            }
        }
    }

    bool is_left_out(std::uint8_t t) const {
        return std::find(left_out_.begin(), left_out_.end(), t) != left_out_.end();
    }

    void cpus() {
        const std::optional<std::size_t> chosen = choose(s_.vary.cpus.size());
        if (!chosen || s_.vary.cpus[*chosen] == s_.cpus) {
            return;
        }
        const unsigned n = s_.vary.cpus[*chosen];
        change(encode(reduction_kind::machine, 0, n + 1),
               n == 0 ? "a CPU for every task" : fmt::format("{} CPU{}", n, n == 1 ? "" : "s"));
    }

    void priorities() {
        for (const variability::of_priority& v : s_.vary.priorities) {
            const std::optional<std::size_t> chosen = choose(v.priorities.size());
            const task& t = s_.tasks[v.task];
            if (!chosen || is_left_out(v.task) || v.priorities[*chosen] == t.priority) {
                continue;
            }
            const int p = v.priorities[*chosen];
            change(encode(reduction_kind::same_priority, v.task, 0, static_cast<unsigned>(p)),
                   fmt::format("{} at priority {}", t.name, p));
        }
    }

    void timeouts() {
        for (const variability::of_timeout& v : s_.vary.timeouts) {
            const std::optional<std::size_t> chosen = choose(v.timeouts.size());
            if (!chosen || is_left_out(v.task)) {
                continue;
            }
            const nanoseconds timeout = v.timeouts[*chosen];
            const task& t = s_.tasks[v.task];
            bool any = false;
            for (unsigned i = 0; i < t.steps.size(); ++i) {
                if (t.steps[i].what.has_timeout && t.steps[i].what.timeout != timeout) {
                    result_.codes.push_back(
                        encode(reduction_kind::drop_timeout, v.task, i, code_of_timeout(timeout)));
                    any = true;
                }
            }
            if (any) words_.push_back(fmt::format("{} with timeout {}", t.name, duration_text(timeout)));
        }
    }

    void kernel() {
        const std::optional<std::size_t> model = choose(s_.vary.preempt.size());
        if (model) result_.kernel.preempt = s_.vary.preempt[*model];
        const tenthrule::kernel::version* const base = tenthrule::kernel::find_version(s_.kernel.version);
        for (const tenthrule::kernel::patch_info& p : tenthrule::kernel::all_patches()) {
            if (!s_.vary.patches.contains(p.id)) {
                continue;
            }
            const bool wanted = choose(1).has_value();
            const bool there = base != nullptr && base->patches.contains(p.id);
            result_.kernel.with.erase(p.id);
            result_.kernel.without.erase(p.id);
            if (wanted && !there) result_.kernel.with.insert(p.id);
            if (!wanted && there) result_.kernel.without.insert(p.id);
        }
    }

    const scenario& s_;
    random_source random_;
    variation result_;
    std::vector<std::string> words_;
    std::vector<std::uint8_t> left_out_;
};

}  // namespace

bool can_vary(const scenario& s) {
    const variability& v = s.vary;
    return !(v.cpus.empty() && v.preempt.empty() && v.patches.bits == 0 && v.tasks.empty() &&
             v.priorities.empty() && v.timeouts.empty());
}

std::optional<variation> draw_variation(const scenario& s, std::uint64_t number) {
    variation drawn = drawing(s, number).draw();
    if (!with_variation(s, drawn)) {
        return std::nullopt;
    }
    return drawn;
}

std::optional<scenario> with_variation(const scenario& s, const variation& v) {
    std::optional<scenario> varied = s;
    varied->kernel = v.kernel;
    varied->vary = {};
    for (const std::uint32_t code : v.codes) {
        if (varied) varied = apply(*varied, code);
    }
    return varied;
}

}  // namespace tenthrule::scenarios
