#include "cli/campaign_data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "campaign/plan/load_plan.hpp"
#include "campaign/plan/plan_paths.hpp"
#include "campaign/plan/subjects.hpp"
#include "campaign/report/junit.hpp"
#include "campaign/report/summary_json.hpp"
#include "cli/campaign_page.hpp"
#include "cli/duration.hpp"
#include "cli/miss_bound.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "worker/coverage/coverage.hpp"

namespace tenthrule::cli {

namespace {

coverage_figures figures_of(const std::string& blob) {
    coverage_figures f;
    if (const std::optional<coverage> c = coverage::from_bytes(blob)) {
        const coverage::figures now = c->now();
        f.classes = now.classes;
        f.pairs = now.pairs;
        f.states = now.states;
        f.good_turing = now.unseen.good_turing;
        f.chao1 = static_cast<std::uint64_t>(now.unseen.chao1);
        f.estimated = now.watched > 0;
    }
    return f;
}

// PCT's guarantee for the executions of an arm: by subject, how many actors there are.
miss_bound_of miss_bounds(const campaign_store& store) {
    std::map<scenario_id, std::string> texts;
    for (stored_scenario& s : store.scenarios()) {
        texts[s.id] = std::move(s.text);
    }
    auto actors = std::make_shared<std::map<subject_id, std::uint32_t>>();
    return [texts = std::move(texts), actors](const stored_subject& subject,
                                              const arm_state& arm) -> std::optional<miss_chance> {
        const auto [known, fresh] = actors->emplace(subject.id, 0);
        const auto text = texts.find(subject.scenario);
        if (fresh && text != texts.end()) {
            if (const auto what = make_subject(text->second, subject.key)) {
                known->second = actors_of(what->what());
            }
        }
        const std::optional<miss_bound> b = bound_of(arm.strategy, known->second, arm.points, arm.executions);
        if (!b) {
            return std::nullopt;
        }
        return miss_chance{b->depth, b->missed,
                           fmt::format("{}, n = {:.0f}, k = {:.0f}, {}", arm.strategy, b->actors, b->points,
                                       counted(arm.executions, "execution"))};
    };
}

void write_file(const std::string& path, const std::string& text) {
    if (path.empty()) {
        return;
    }
    std::error_code ignored;
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) {
        std::filesystem::create_directories(parent, ignored);
    }
    // Nobody ever sees half a file: it gets its name when it is complete.
    const std::string unfinished = path + ".unfinished";
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    std::error_code error;
    if (file) {
        std::filesystem::rename(unfinished, path, error);
    }
    if (!file || error) {
        std::filesystem::remove(unfinished, ignored);
        throw input_error(fmt::format("{} cannot be written{}", path, error ? ": " + error.message() : ""));
    }
}

std::string share(double p) {
    return p >= 0.0995 ? fmt::format("{:.0f} %", 100 * p) : fmt::format("{:.2g} %", 100 * p);
}

std::string canary_words(const campaign_summary& s, const terminal& where) {
    if (!s.canary) {
        return "none";
    }
    if (s.canary->found) {
        return fmt::format("found in {}", format_duration(seconds(s.canary->seconds)));
    }
    return where.paint(ink::bad, "NOT FOUND: what this campaign did not find means nothing");
}

std::string cell_words(const summary_cell& c, const terminal& where) {
    switch (c.verdict) {
        case cell_verdict::not_run:
            return "not run";
        case cell_verdict::fails:
            return where.paint(ink::bad, fmt::format("FAILS  ({})", counted(c.findings.size(), "finding")));
        case cell_verdict::clean:
            break;
    }
    std::string words = where.paint(ink::good, "clean");
    if (c.missed) {
        words += fmt::format("  missed a bug of depth {} with probability {} at most", c.missed->depth,
                             share(c.missed->probability));
    }
    return words;
}

std::string finding_lines(const summary_finding& f, const terminal& where) {
    const stored_finding& what = f.what;
    std::string text =
        fmt::format("{}  {}  {}  {}\n", f.known ? "known" : where.paint(ink::bad, "NEW"), what.rule,
                    printable(f.scenario, where.ascii), printable(what.message, where.ascii));
    std::vector<std::string> on = f.fails_on;
    text +=
        fmt::format("  {} on {}\n", what.times == 1 ? "once" : counted(what.times, "time"), enumerated(on));
    return text + fmt::format("  {}\n", f.replay());
}

}  // namespace

std::string show(const campaign_summary& s, const terminal& where) {
    std::string text =
        fmt::format("campaign {}: {}, {} in {}", printable(s.name, where.ascii), name_of(s.state),
                    counted(s.executions, "execution"), format_duration(seconds(s.seconds)));
    text += fmt::format(" ({}/s), {}\n", scaled(s.executions_per_second), counted(s.sessions, "session"));
    text += fmt::format("findings: {} new, {} known; canary: {}\n", s.new_findings(), s.known_findings(),
                        canary_words(s, where));
    if (s.coverage.classes != 0) {
        text += fmt::format(
            "coverage (one execution in {} watched): {} happens-before classes, {} ordered pairs, "
            "{} states\n",
            coverage::watch_interval, thousands(s.coverage.classes), thousands(s.coverage.pairs),
            thousands(s.coverage.states));
    }
    if (s.coverage.estimated) {
        text += fmt::format(
            "unseen: the next execution is of a new class with probability {} (Good-Turing); "
            "at least {} classes in all (Chao1)\n",
            share(s.coverage.good_turing), thousands(s.coverage.chao1));
    }
    table cells;
    cells.header = {"scenario", "kernel", "executions", "classes", "verdict"};
    for (const summary_scenario& scenario : s.scenarios) {
        for (const summary_cell& c : scenario.cells) {
            cells.rows.push_back(
                {scenario.name, c.kernel, thousands(c.executions), thousands(c.classes), cell_words(c, {})});
        }
    }
    text += "\n" + render(cells, where);
    for (const summary_finding& f : s.findings) {
        text += "\n" + finding_lines(f, where);
    }
    return text;
}

campaign_store open_store(const campaign_request& asked) {
    const std::string path = asked.store.empty() ? store_by_default : asked.store;
    try {
        return campaign_store::open_for_reading(path);
    } catch (const store_error& e) {
        throw input_error(e.what());
    }
}

exit_status status_of(store_problem problem) {
    switch (problem) {
        case store_problem::full:
        case store_problem::io:
        case store_problem::corrupt:
            return exit_status::internal_error;
        case store_problem::not_a_store:
        case store_problem::newer:
        case store_problem::locked:
        case store_problem::missing:
        case store_problem::denied:
        case store_problem::refused:
            break;
    }
    return exit_status::bad_input;
}

baseline known_failures(const std::string& path) {
    if (path.empty()) {
        return {};
    }
    baseline_or_problems read = read_baseline_file(path);
    if (!read.value) {
        throw input_error("the baseline is not right\n" + scenarios::to_string(read.diagnostics));
    }
    return std::move(*read.value);
}

std::string baseline_of(const campaign_store& store) {
    const std::optional<campaign_facts> facts = store.facts();
    if (!facts) {
        return {};
    }
    const plan_or_problems plan = load_plan_text(facts->plan, store.path(), store_folder(store.path()));
    return plan.value ? plan.value->baseline : std::string();
}

campaign_summary summary_of(const campaign_store& store, const campaign_request& asked) {
    summary_options options;
    options.known = known_failures(asked.baseline.empty() ? baseline_of(store) : asked.baseline);
    options.coverage = figures_of;
    options.missed = miss_bounds(store);
    options.running = store_is_open(store.path()) != 0;
    return summarise(store, options);
}

std::string united_coverage(std::string_view one, std::string_view other, in_common shared) {
    std::optional<coverage> sum = coverage::from_bytes(one);
    const std::optional<coverage> more = coverage::from_bytes(other);
    if (!sum) {
        return std::string(other);
    }
    if (more && shared == in_common::some) {
        sum->merge_overlapping(*more);
    } else if (more) {
        sum->merge(*more);
    }
    return sum->to_bytes();
}

void write_reports(const campaign_summary& summary, const report_files& to) {
    const nlohmann::ordered_json data = to_json(summary);
    if (!to.json.empty()) {
        write_file(to.json, data.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    if (!to.junit.empty()) {
        write_file(to.junit, to_junit(summary));
    }
    if (!to.html.empty()) {
        const nlohmann::ordered_json with_stories =
            to_json(summary, [](const summary_finding& f) -> nlohmann::ordered_json {
                return f.what.shrunk ? story_of_reproducer(f.what.best.text) : nullptr;
            });
        write_file(to.html, campaign_page(with_stories));
    }
}

}  // namespace tenthrule::cli
