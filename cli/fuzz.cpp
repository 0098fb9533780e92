// `tenthrule fuzz`: search scenarios for violations.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/expectation.hpp"
#include "cli/finding_json.hpp"
#include "cli/finding_view.hpp"
#include "cli/interrupt.hpp"
#include "cli/kernel_name.hpp"
#include "cli/live_line.hpp"
#include "cli/output_folder.hpp"
#include "cli/token_command.hpp"
#include "cli/scenario_files.hpp"
#include "cli/search_report.hpp"
#include "cli/text.hpp"
#include "scenarios/kernel_override.hpp"

namespace tenthrule::cli {

namespace {

constexpr std::uint64_t schedules_by_default = 100'000;

struct fuzz_request {
    std::vector<std::string> paths;
    std::string strategy;
    std::optional<std::uint64_t> schedules;
    std::optional<seconds> time;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> from;
    std::string kernel;
    std::vector<std::string> with;
    std::vector<std::string> without;
    std::optional<std::uint64_t> jobs;
    bool keep_going = false;
    bool no_shrink = false;
    std::string out;
};

/// One scenario, ready to be searched.
struct subject {
    std::string path;
    std::shared_ptr<const scenario_case> what;
    search_options options;
};

std::string in_words(const scenarios::name_problem& p) {
    return p.message + (p.nearest.empty() ? "" : fmt::format(", did you mean '{}'?", p.nearest));
}

scenarios::scenario on_kernel(const scenarios::scenario& s, const fuzz_request& asked) {
    scenarios::kernel_override result = scenarios::with_kernel(s, asked.kernel, asked.with, asked.without);
    if (!result.value) {
        throw usage_error(in_words(result.problem));
    }
    return std::move(*result.value);
}

// Flags first, then the scenario, then the tool.
search_options options_for(const scenarios::scenario& s, const fuzz_request& asked) {
    search_options options;
    if (!asked.strategy.empty()) {
        options.strategy = asked.strategy;
    } else if (!s.explore.strategy.empty()) {
        options.strategy = s.explore.strategy;
    }
    if (asked.schedules) {
        options.schedules_max = *asked.schedules;
    } else if (asked.time) {
        options.schedules_max = 0;
    } else {
        options.schedules_max = s.explore.schedules != 0 ? s.explore.schedules : schedules_by_default;
    }
    if (asked.time) {
        options.time_max = std::chrono::duration_cast<std::chrono::nanoseconds>(*asked.time);
    }
    options.seed = asked.seed.value_or(1);
    options.first = asked.from.value_or(1) - 1;
    const std::uint64_t cpus = std::max(1U, std::thread::hardware_concurrency());
    options.jobs = static_cast<unsigned>(std::min<std::uint64_t>(asked.jobs.value_or(1), 1'024));
    options.jobs = options.jobs == 0 ? static_cast<unsigned>(cpus) : options.jobs;
    options.keep_going = asked.keep_going;
    options.shrink = !asked.no_shrink;
    options.selection = kernel_selection(s);
    options.stop = &interrupt_guard::requested();
    return options;
}

std::vector<subject> subjects_of(const std::vector<scenario_file>& files, const fuzz_request& asked) {
    std::vector<subject> subjects;
    for (const scenario_file& file : files) {
        scenarios::scenario s = on_kernel(*file.loaded.value, asked);
        search_options options = options_for(s, asked);
        subjects.push_back({file.path, std::make_shared<scenario_case>(std::move(s)), std::move(options)});
    }
    return subjects;
}

/// Searches one scenario after the other and shows what comes of it.
class fuzzer {
public:
    fuzzer(console& out, const fuzz_request& asked, bool as_json)
        : out_(out), asked_(asked), folder_(asked.out), line_(out.err(), out.err_terminal()), as_json_(as_json) {}

    exit_status run(std::vector<subject>& subjects) {
        const interrupt_guard guard;
        for (subject& s : subjects) {
            search_one(s, subjects.size() > 1);
            if (interrupt_guard::requested() || failed_) {
                break;
            }
        }
        if (subjects.size() > 1 && !as_json_) {
            out_.print(summary(subjects.size()));
        }
        if (failed_) {
            return exit_status::internal_error;
        }
        if (interrupt_guard::requested()) {
            return exit_status::interrupted;
        }
        return violations_ > 0 ? exit_status::violation_found : exit_status::nothing_found;
    }

private:
    void search_one(subject& s, bool one_of_many) {
        const scenarios::scenario& what = s.what->what();
        out_.note(out_.err_terminal().paint(
                      ink::faint, fmt::format("{}: {}", printable(s.path, out_.err_terminal().ascii),
                                              search_parameters(what, s.options))) +
                  "\n");
        s.options.on_progress = [this](const search_progress& p) {
            if (line_.due()) {
                line_.show(progress_line(p));
            }
        };
        s.options.on_found = [this, &s](const finding& f) { announce(s, f); };

        search_outcome outcome = search(s.what, s.options);
        line_.clear();
        if (!outcome.internal_error.empty()) {
            out_.note(fmt::format("tenthrule: internal error: {}: {}\n", s.path, outcome.internal_error));
            failed_ = true;
        }
        for (finding& f : outcome.findings) {
            save(s, f);
            f.reproducer = folder_.path_of(f, s.path);
        }
        (outcome.violation() ? violations_ : clean_) += 1;
        if (as_json_) {
            print_json(out_, search_json(s.path, what, s.options, outcome, compare(what, outcome.findings)));
        } else {
            show_outcome(s, outcome);
            out_.print(one_of_many ? "\n" : "");
        }
        if (outcome.end == search_end::interrupted) {
            out_.note(how_to_go_on(s, outcome, asked_));
        } else if (interrupt_guard::requested() && outcome.violation() && s.options.shrink) {
            out_.note(fmt::format("interrupted while shrinking\nto go on:  {}\n",
                                  command_for_token("shrink", outcome.findings.back().token, s.path)));
        }
    }

    // Before anything that can fail: whatever happens while shrinking, this much is known.
    void announce(const subject& s, const finding& f) {
        line_.clear();
        save(s, f);
        out_.note(out_.err_terminal().paint(
                      ink::faint, fmt::format("{} in execution {}{}: {}", f.failure.broken->name,
                                              thousands(f.found_at), s.options.shrink ? ", before shrinking" : "",
                                              command_for_token("replay", f.original_token, s.path))) +
                  "\n");
    }

    void save(const subject& s, const finding& f) {
        const std::string problem = folder_.save(f, s.path);
        if (!problem.empty()) {
            out_.note(fmt::format("tenthrule: {}\n", problem));
            failed_ = true;
        }
    }

    void show_outcome(const subject& s, const search_outcome& outcome) {
        const scenarios::scenario& what = s.what->what();
        const terminal& where = out_.out_terminal();
        const comparison expected = compare(what, outcome.findings);
        for (const finding& f : outcome.findings) {
            const std::string found =
                fmt::format("execution {} of {}", thousands(f.found_at), strategy_words(s.options, outcome));
            out_.print(show(f, {"VIOLATION", s.path, expected.words, found, command_for_token("replay", f.token, s.path)}, where));
            if (s.options.keep_going) {
                out_.print("\n");
            }
        }
        if (outcome.end == search_end::interrupted && !outcome.violation()) {
            out_.print(fmt::format("{}  {}  {}  nothing found so far\n", where.paint(ink::heading, "INTERRUPTED"),
                                   printable(s.path, where.ascii), kernel_name(what.kernel)));
        } else if (!outcome.violation() && outcome.internal_error.empty()) {
            out_.print(fmt::format("{}  {}  {}{}{}\n", where.paint(ink::good, "CLEAN"),
                                   printable(s.path, where.ascii), kernel_name(what.kernel),
                                   expected.words.empty() ? "" : "  ", expected.words));
        }
        // After a violation that ended the search there is nothing to say of what was not found.
        if (!outcome.violation() || s.options.keep_going) {
            out_.print(search_report(what, s.options, outcome, where));
        }
    }

    static std::string how_to_go_on(const subject& s, const search_outcome& outcome, const fuzz_request& asked) {
        const std::uint64_t next = s.options.first + outcome.totals.schedules + 1;
        std::string words = fmt::format("interrupted in {} before execution {} of {}, seed {}\n", s.path,
                                        thousands(next), outcome.strategy, s.options.seed);
        if (outcome.strategy.starts_with("exhaustive")) {
            return words + "it cannot go on from there, only begin again\n";
        }
        return words + fmt::format("to go on:  {}\n", command_to_go_on(s, outcome, asked, next));
    }

    static std::string command_to_go_on(const subject& s, const search_outcome& outcome, const fuzz_request& asked,
                                        std::uint64_t next) {
        std::string line = fmt::format("tenthrule fuzz {} --strategy {} --seed {} --from {}", shell_quoted(s.path),
                                       outcome.strategy, s.options.seed, next);
        const auto add = [&line](const char* option, const std::string& value) {
            if (!value.empty()) {
                line += fmt::format(" {} {}", option, shell_quoted(value));
            }
        };
        if (s.options.schedules_max > outcome.totals.schedules) {
            add("--schedules", fmt::format("{}", s.options.schedules_max - outcome.totals.schedules));
        }
        add("--kernel", asked.kernel);
        for (const std::string& p : asked.with) {
            add("--with", p);
        }
        for (const std::string& p : asked.without) {
            add("--without", p);
        }
        if (outcome.jobs > 1) {
            add("--jobs", fmt::format("{}", outcome.jobs));
        }
        add("--out", asked.out);
        return line + (asked.keep_going ? " --keep-going" : "") + (asked.no_shrink ? " --no-shrink" : "");
    }

    std::string summary(std::size_t all) const {
        const std::size_t done = clean_ + violations_;
        return fmt::format("{}: {} clean, {} with a violation{}\n", counted(all, "scenario"), clean_, violations_,
                           done < all ? fmt::format(", {} not searched", all - done) : "");
    }

    console& out_;
    const fuzz_request& asked_;
    output_folder folder_;
    live_line line_;
    bool as_json_;
    bool failed_ = false;
    std::size_t clean_ = 0;
    std::size_t violations_ = 0;
};

exit_status fuzz(console& out, const fuzz_request& asked, bool as_json) {
    if (asked.paths.empty()) {
        throw usage_error("there is no scenario to search");
    }
    if (!asked.strategy.empty()) {
        if (const strategy_or_error s = make_strategy(asked.strategy); s.made == nullptr) {
            throw usage_error(s.error);
        }
        if (asked.from && asked.strategy.starts_with("exhaustive")) {
            throw usage_error("--from needs a strategy with a seed: exhaustive can only begin at the beginning");
        }
    }
    const std::vector<scenario_file> files = load_scenarios(asked.paths);
    // All of them are read before the first one runs: a mistake in the last one is not to be found out at night.
    if (report_diagnostics(out, files)) {
        return exit_status::bad_input;
    }
    std::vector<subject> subjects = subjects_of(files, asked);
    return fuzzer(out, asked, as_json).run(subjects);
}

}  // namespace

command make_fuzz(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("fuzz", "Search scenarios for schedules that break a rule, and shrink them");
    c.usage = "fuzz SCENARIO|FOLDER... [OPTION]...";
    c.examples = {"tenthrule fuzz my-lock.toml", "tenthrule fuzz my-lock.toml --kernel v4.15 --schedules 5M --jobs 0",
                  "tenthrule fuzz my-lock.toml --strategy random:stay=7/8 --time 2m --keep-going --out found/",
                  "tenthrule fuzz scenarios/ --json > results.jsonl"};
    auto asked = std::make_shared<fuzz_request>();
    CLI::App& p = *c.parser;
    p.add_option("scenario", asked->paths, "Files, or folders full of them");
    p.add_option("--strategy", asked->strategy,
                 fmt::format("How to search [the scenario's, else {}]; see 'tenthrule list strategies'", default_strategy))
        ->type_name("S");
    add_count(p, "--schedules", asked->schedules, 1,
              fmt::format("Stop after N executions [the scenario's, else {}; with --time: no limit]",
                          thousands(schedules_by_default)));
    add_duration(p, "--time", asked->time, "Stop each scenario after T, such as 10s or 2m [no limit]");
    add_count(p, "--seed", asked->seed, 0, "Seed of the random choices [1]");
    add_count(p, "--from", asked->from, 1, "Begin with execution N of that seed, to go on with a search [1]");
    p.add_option("--kernel", asked->kernel, "Another version than the scenario's; see 'tenthrule list versions'")
        ->type_name("V");
    p.add_option("--with", asked->with, "Add a patch by commit id; may be repeated")
        ->type_name("P")
        ->allow_extra_args(false);
    p.add_option("--without", asked->without, "Take a patch away; may be repeated")
        ->type_name("P")
        ->allow_extra_args(false);
    add_count(p, "--jobs", asked->jobs, 0, "Search with N threads; 0: one for each CPU [1]");
    add_switch(p, "--keep-going", asked->keep_going, "Do not stop at the first violation: collect different ones");
    add_switch(p, "--no-shrink", asked->no_shrink, "Show violations as they were found");
    p.add_option("--out", asked->out, "Write reproducers (*.repro.toml) to this folder [none are written]")
        ->type_name("DIR");
    c.common = add_common_options(p);
    c.run = [asked, common = c.common](console& out) { return fuzz(out, *asked, common->json); };
    return c;
}

}  // namespace tenthrule::cli
