#include "campaign/plan/subjects.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "campaign/kernel_words.hpp"
#include "campaign/plan/scenario_paths.hpp"
#include "runtime/random.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/kernel_name.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/text_file.hpp"
#include "scenarios/variation.hpp"

namespace tenthrule {

using scenarios::severity;

namespace {

std::string strategy_problem(std::string_view name) {
    return make_strategy(name).error;
}

// By which two ways of writing a path are told to be one.
std::string identity_of(const std::string& path) {
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical.string();
}

class source_reader {
public:
    explicit source_reader(const campaign_plan& plan) : plan_(plan) {}

    sources_or_problems read() {
        std::set<std::string> taken;
        for (const std::string& pattern : plan_.exclude) {
            const std::vector<std::string> paths = scenario_paths(pattern);
            if (paths.empty()) add(severity::warning, pattern, "'exclude' fits no scenario");
            for (const std::string& path : paths) {
                taken.insert(identity_of(path));
            }
        }
        for (const std::string& pattern : plan_.scenarios) {
            const std::vector<std::string> paths = scenario_paths(pattern);
            if (paths.empty()) {
                add(severity::error, pattern,
                    is_glob(pattern)
                        ? "no scenario fits; expected a pattern that fits at least one *.toml file"
                        : "there is no scenario; expected a file, or a folder with *.toml files");
            }
            for (const std::string& path : paths) {
                if (taken.insert(identity_of(path)).second) read_file(path);
            }
        }
        if (result_.sources.empty() && !result_.has_errors && !plan_.scenarios.empty()) {
            add(severity::error, plan_.name, "no scenario is left; expected 'exclude' to leave one");
        }
        return std::move(result_);
    }

private:
    void add(severity level, const std::string& path, std::string message) {
        result_.diagnostics.push_back({level, path, {}, std::move(message), "", ""});
        result_.has_errors = result_.has_errors || level == severity::error;
    }

    void read_file(const std::string& path) {
        std::variant<std::string, scenarios::diagnostic> read =
            scenarios::read_text_file(path, "a scenario file");
        if (scenarios::diagnostic* const problem = std::get_if<scenarios::diagnostic>(&read)) {
            result_.diagnostics.push_back(std::move(*problem));
            result_.has_errors = true;
            return;
        }
        std::string& text = std::get<std::string>(read);
        scenarios::load_options options;
        options.check_strategy = strategy_problem;
        scenarios::load_result loaded = scenarios::load_text(text, path, options);
        for (scenarios::diagnostic& d : loaded.diagnostics) {
            result_.diagnostics.push_back(std::move(d));
        }
        if (!loaded.value) {
            result_.has_errors = true;
            return;
        }
        const std::uint64_t digest = scenarios::digest_on_any_kernel(*loaded.value);
        const auto [same_name, is_new_name] = by_name_.emplace(loaded.value->name, path);
        const auto [same_digest, is_new_digest] = by_digest_.emplace(digest, path);
        if (!is_new_name) {
            add(severity::error, path,
                fmt::format("the scenario '{}' is also in {}; expected names that differ", loaded.value->name,
                            same_name->second));
        } else if (!is_new_digest) {
            add(severity::error, path,
                fmt::format("the same scenario as in {}, under another name; expected each once",
                            same_digest->second));
        } else {
            result_.sources.push_back({path, std::move(text), digest, std::move(*loaded.value)});
        }
    }

    const campaign_plan& plan_;
    sources_or_problems result_;
    std::map<std::string, std::string> by_name_;
    std::map<std::uint64_t, std::string> by_digest_;
};

std::vector<scenarios::scenario> on_kernels(const campaign_plan& plan, const scenarios::scenario& s) {
    std::vector<scenarios::scenario> list;
    for (const std::string& name : plan.kernels) {
        if (name == kernel_as_written || (name == kernels_expected && s.expect.empty())) {
            list.push_back(s);
        } else if (name == kernels_expected) {
            for (const scenarios::expectation& e : s.expect) {
                list.push_back(scenarios::with_kernel(s, e));
            }
        } else if (scenarios::kernel_or_problem kernel = scenarios::parse_kernel_name(name); kernel.value) {
            list.push_back(s);
            kernel.value->preempt = s.kernel.preempt;
            list.back().kernel = *std::move(kernel.value);
        }
    }
    return list;
}

// No two with the same selection and codes.
class subject_list {
public:
    subject_list(const campaign_plan& plan, const scenario_source& source) : plan_(plan), source_(source) {}

    // False: it was there, or the codes do not apply.
    bool add(scenarios::scenario on_kernel, std::vector<std::uint32_t> codes, std::string variation) {
        auto written = std::make_shared<const scenario_case>(std::move(on_kernel), plan_.rules_off);
        subject_key key{source_.what.name,    source_.digest,       kernel_words(written->what().kernel),
                        std::move(variation), written->selection(), std::move(codes)};
        if (!seen_.emplace(key.selection, key.codes).second) {
            return false;
        }
        auto varied = std::dynamic_pointer_cast<const scenario_case>(reduce(std::move(written), key.codes));
        if (varied == nullptr) {
            return false;
        }
        list_.push_back({std::move(key), std::move(varied)});
        return true;
    }

    std::vector<subject> take() {
        return std::move(list_);
    }

private:
    const campaign_plan& plan_;
    const scenario_source& source_;
    std::vector<subject> list_;
    std::set<std::pair<std::string, std::vector<std::uint32_t>>> seen_;
};

}  // namespace

sources_or_problems load_sources(const campaign_plan& plan) {
    return source_reader(plan).read();
}

std::vector<subject> subjects_of(const campaign_plan& plan, const scenario_source& source) {
    if (source.program) {
        return {{{source.what.name, source.digest, kernel_of_programs, "", "", {}}, nullptr}};
    }
    subject_list list(plan, source);
    const std::vector<scenarios::scenario> kernels = on_kernels(plan, source.what);
    for (const scenarios::scenario& s : kernels) {
        list.add(s, {}, "");
    }
    if (!scenarios::can_vary(source.what)) {
        return list.take();
    }
    // Numbers may give what is there already; where there are few variations, there are no more to be had.
    const std::uint32_t wanted = plan.swarm.variations;
    for (const scenarios::scenario& s : kernels) {
        std::uint32_t drawn = 0;
        for (std::uint64_t n = 1; drawn < wanted && n <= std::uint64_t{wanted} * 8; ++n) {
            std::optional<scenarios::variation> v =
                scenarios::draw_variation(s, execution_seed(plan.seeds.front(), n));
            if (!v) {
                continue;
            }
            scenarios::scenario on_kernel = s;
            on_kernel.kernel = v->kernel;
            if (list.add(std::move(on_kernel), std::move(v->codes), std::move(v->about))) ++drawn;
        }
    }
    return list.take();
}

std::shared_ptr<const scenario_case> make_subject(std::string_view scenario_text, const subject_key& key) {
    scenarios::load_result loaded = scenarios::load_text(scenario_text, key.scenario);
    if (!loaded.value || scenarios::digest_on_any_kernel(*loaded.value) != key.digest) {
        return nullptr;
    }
    std::optional<selected_scenario> selected = with_selection(std::move(*loaded.value), key.selection);
    if (!selected) {
        return nullptr;
    }
    return std::dynamic_pointer_cast<const scenario_case>(reduce(
        std::make_shared<const scenario_case>(std::move(selected->what), selected->rules_off), key.codes));
}

}  // namespace tenthrule
