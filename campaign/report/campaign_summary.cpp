#include "campaign/report/campaign_summary.hpp"

#include <algorithm>
#include <map>

#include "campaign/plan/plan_paths.hpp"
#include "campaign/store/writer_lock.hpp"

namespace tenthrule {

namespace {

template <typename T>
void add_once(std::vector<T>& to, const T& what) {
    if (std::find(to.begin(), to.end(), what) == to.end()) to.push_back(what);
}

class summariser {
public:
    summariser(const campaign_store& store, const summary_options& options)
        : store_(store), options_(options) {}

    campaign_summary summarise() {
        about_campaign();
        about_sessions();
        for (const stored_scenario& s : store_.scenarios()) {
            result_.scenarios.push_back({s.id, s.name, s.about, s.path, s.digest, s.current, {}});
            if (std::optional<program_test> test = program_test_from(s.text)) {
                test->program = as_seen_from_here(test->program, store_.path());
                programs_.emplace(s.id, *std::move(test));
            }
        }
        about_subjects();
        about_findings();
        result_.growth = store_.growth();
        result_.canary = store_.canary();
        result_.executions_per_second =
            result_.seconds > 0 ? static_cast<double>(result_.executions) / result_.seconds : 0;
        return std::move(result_);
    }

private:
    void about_campaign() {
        if (const std::optional<campaign_facts> facts = store_.facts()) {
            result_.tool = facts->tool;
            result_.name = facts->name;
            result_.plan = facts->plan;
            result_.started = result_.ended = facts->created;
        }
    }

    void about_sessions() {
        const std::vector<stored_session> sessions = store_.sessions();
        result_.sessions = sessions.size();
        for (const stored_session& s : sessions) {
            result_.seconds += s.seconds;
            result_.workers = s.workers;
            result_.ended = std::max(result_.ended, s.last_sign);
            result_.ended_because = s.ended;
        }
        const bool ended = result_.ended_because == "budget" || result_.ended_because == "complete";
        result_.state = options_.running ? campaign_state::running
                        : ended          ? campaign_state::ended
                                         : campaign_state::interrupted;
    }

    void about_subjects() {
        std::map<subject_id, std::vector<const arm_state*>> arms_of;
        const std::vector<arm_state> arms = store_.arms();
        for (const arm_state& arm : arms) {
            arms_of[arm.subject].push_back(&arm);
            arm_subject_[arm.id] = arm.subject;
            add_once(result_.seeds, arm.seed);
            result_.executions += arm.executions;
            result_.step_bounds += arm.step_bounds;
            result_.crashes += arm.crashes;
            result_.hangs += arm.hangs;
        }
        std::sort(result_.seeds.begin(), result_.seeds.end());
        double unseen = 0;
        std::uint64_t weighed = 0;
        for (const stored_subject& subject : store_.subjects()) {
            summary_cell& cell = cell_of(subject);
            subject_cell_[subject.id] = {subject.scenario, subject.key.kernel};
            subject_variation_[subject.id] = subject.key.variation;
            std::uint64_t executions = 0;
            for (const arm_state* arm : arms_of[subject.id]) {
                executions += arm->executions;
                if (options_.missed) improve(cell.missed, options_.missed(subject, *arm));
            }
            cell.executions += executions;
            if (!subject.key.variation.empty() && executions != 0) ++cell.variations;
            if (options_.coverage && !subject.coverage.empty()) {
                const coverage_figures f = options_.coverage(subject.coverage);
                cell.classes += f.classes;
                result_.coverage.classes += f.classes;
                result_.coverage.pairs += f.pairs;
                result_.coverage.states += f.states;
                result_.coverage.chao1 += f.estimated ? f.chao1 : f.classes;
                if (f.estimated) {
                    unseen += f.good_turing * static_cast<double>(executions);
                    weighed += executions;
                }
            }
        }
        if (weighed != 0) {
            result_.coverage.good_turing = unseen / static_cast<double>(weighed);
            result_.coverage.estimated = true;
        }
    }

    static void improve(std::optional<miss_chance>& to, std::optional<miss_chance> by) {
        if (by && (!to || by->probability < to->probability)) to = std::move(by);
    }

    summary_scenario& scenario_of(scenario_id id) {
        return *std::find_if(result_.scenarios.begin(), result_.scenarios.end(),
                             [id](const summary_scenario& s) { return s.id == id; });
    }

    summary_cell& cell_of(const stored_subject& subject) {
        std::vector<summary_cell>& cells = scenario_of(subject.scenario).cells;
        for (summary_cell& cell : cells) {
            if (cell.kernel == subject.key.kernel) {
                return cell;
            }
        }
        cells.emplace_back();
        cells.back().kernel = subject.key.kernel;
        return cells.back();
    }

    void about_findings() {
        for (stored_finding& f : store_.findings()) {
            summary_finding made;
            summary_scenario& scenario = scenario_of(f.scenario);
            made.scenario = scenario.name;
            if (const auto test = programs_.find(f.scenario); test != programs_.end()) {
                made.program = test->second;
            }
            made.known = options_.known.knows(scenario.name, f.identity);
            for (const finding_occurrence& o : f.occurrences) {
                const subject_id subject = arm_subject_[o.arm];
                add_once(made.fails_on, subject_cell_[subject].second);
                add_once(made.variations, subject_variation_[subject]);
            }
            for (summary_cell& cell : scenario.cells) {
                const bool fails =
                    std::find(made.fails_on.begin(), made.fails_on.end(), cell.kernel) != made.fails_on.end();
                if (fails) {
                    cell.findings.push_back(f.id);
                } else if (cell.executions != 0) {
                    made.clean_on.push_back({cell.kernel, cell.executions});
                }
            }
            made.what = std::move(f);
            result_.findings.push_back(std::move(made));
        }
        for (summary_scenario& s : result_.scenarios) {
            for (summary_cell& cell : s.cells) {
                cell.verdict = !cell.findings.empty() ? cell_verdict::fails
                               : cell.executions != 0 ? cell_verdict::clean
                                                      : cell_verdict::not_run;
            }
        }
        std::stable_sort(
            result_.findings.begin(), result_.findings.end(),
            [](const summary_finding& a, const summary_finding& b) { return !a.known && b.known; });
    }

    const campaign_store& store_;
    const summary_options& options_;
    campaign_summary result_;
    std::map<arm_id, subject_id> arm_subject_;
    std::map<subject_id, std::pair<scenario_id, std::string>> subject_cell_;
    std::map<subject_id, std::string> subject_variation_;
    std::map<scenario_id, program_test> programs_;
};

}  // namespace

std::string summary_finding::replay() const {
    const std::string& token = what.shrunk ? what.best.token : what.token;
    return program ? replay_command(*program, token) : "tenthrule replay " + token;
}

std::size_t campaign_summary::new_findings() const {
    return findings.size() - known_findings();
}

std::size_t campaign_summary::known_findings() const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(), [](const summary_finding& f) { return f.known; }));
}

campaign_summary summarise(const campaign_store& store, const summary_options& options) {
    return summariser(store, options).summarise();
}

std::int64_t store_is_open(const std::string& path) {
    return writer_lock::holder(path);
}

}  // namespace tenthrule
