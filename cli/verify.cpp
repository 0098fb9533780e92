// `tenthrule verify`: explore every schedule of scenarios.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "campaign/verification.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/expectation.hpp"
#include "cli/finding_view.hpp"
#include "cli/interrupt.hpp"
#include "cli/kernel_name.hpp"
#include "cli/kernel_request.hpp"
#include "cli/live_line.hpp"
#include "cli/output_folder.hpp"
#include "cli/scenario_files.hpp"
#include "cli/text.hpp"
#include "cli/token_command.hpp"
#include "cli/verification_report.hpp"

namespace tenthrule::cli {

namespace {

struct verify_request : kernel_request {
    std::vector<std::string> paths;
    std::optional<std::uint64_t> bound;
    std::optional<std::uint64_t> executions;
    std::optional<seconds> time;
    std::optional<std::uint64_t> jobs;
    std::string save;
    std::string resume;
    bool no_shrink = false;
    std::string out;
};

verification_options options_for(const scenario_case& what, const verify_request& asked) {
    verification_options o;
    if (asked.bound) {
        o.bound = static_cast<std::uint32_t>(*asked.bound);
    }
    o.executions_max = asked.executions.value_or(0);
    if (asked.time) {
        o.time_max = std::chrono::duration_cast<std::chrono::nanoseconds>(*asked.time);
    }
    o.jobs = jobs_for(asked.jobs);
    o.selection = what.selection();
    o.shrink = !asked.no_shrink;
    o.resume = asked.resume;
    o.save = asked.save;
    o.stop = &interrupt_guard::requested();
    return o;
}

class verifier {
public:
    verifier(console& out, const verify_request& asked, bool as_json)
        : out_(out),
          asked_(asked),
          folder_(asked.out),
          line_(out.err(), out.err_terminal()),
          as_json_(as_json) {}

    exit_status run(const std::vector<scenario_file>& files) {
        const interrupt_guard guard;
        for (const scenario_file& file : files) {
            const std::shared_ptr<const scenario_case> what = case_on(*file.loaded.value, asked_);
            verify_one(file.path, what);
            if (status_ == exit_status::internal_error || interrupt_guard::requested()) {
                break;
            }
        }
        if (status_ != exit_status::internal_error && interrupt_guard::requested()) {
            return exit_status::interrupted;
        }
        return status_;
    }

private:
    void verify_one(const std::string& path, const std::shared_ptr<const scenario_case>& what) {
        verification_options options = options_for(*what, asked_);
        options.on_progress = [this](const verification_progress& p) {
            if (line_.due()) {
                line_.show(progress_line(p, asked_.bound.has_value()));
            }
        };
        options.on_found = [this, &path](const finding& f) {
            line_.clear();
            out_.note(out_.err_terminal().paint(
                          ink::faint,
                          fmt::format("{} in execution {}{}: {}", f.failure.broken->name,
                                      thousands(f.found_at), asked_.no_shrink ? "" : ", before shrinking",
                                      command_for_token("replay", f.original_token, path))) +
                      "\n");
        };
        verification_outcome outcome = verify(what, options);
        line_.clear();
        if (!outcome.input_error.empty()) {
            throw input_error(outcome.input_error);
        }
        if (!outcome.internal_error.empty()) {
            fail(fmt::format("internal error: {}: {}", path, outcome.internal_error));
        }
        if (outcome.failure) {
            if (const std::string problem = folder_.save(*outcome.failure, path); !problem.empty()) {
                fail(problem);
            }
            outcome.failure->reproducer = folder_.path_of(*outcome.failure, path);
            if (status_ == exit_status::nothing_found) {
                status_ = exit_status::violation_found;
            }
        }
        show(path, *what, options, outcome);
        if (outcome.end == verification_end::interrupted && !asked_.save.empty()) {
            out_.note(fmt::format("to go on:  add --resume {}\n", asked_.save));
        }
    }

    void fail(const std::string& words) {
        out_.note(fmt::format("tenthrule: {}\n", words));
        status_ = exit_status::internal_error;
    }

    void show(const std::string& path, const scenario_case& what, const verification_options& options,
              const verification_outcome& outcome) {
        const std::span<const finding> findings(outcome.failure ? &*outcome.failure : nullptr,
                                                outcome.failure ? 1U : 0U);
        const comparison expected = compare(what, findings);
        if (as_json_) {
            print_json(out_, verification_json(path, what, options, outcome, expected));
            return;
        }
        const terminal& where = out_.out_terminal();
        if (outcome.failure) {
            const finding& f = *outcome.failure;
            out_.print(tenthrule::cli::show(
                f,
                {"VIOLATION", path, expected.words,
                 fmt::format("execution {} of {}", thousands(f.found_at), outcome.found_by),
                 command_for_token("replay", f.token, path), what.rules_off()},
                where));
            return;
        }
        const bool good = outcome.verified();
        const std::string head =
            good ? where.paint(ink::good, "VERIFIED") : where.paint(ink::heading, "NOT VERIFIED");
        out_.print(fmt::format("{}  {}  {}{}{}\n", head, printable(path, where.ascii), where_it_runs(what),
                               good && !expected.words.empty() ? "  " : "", good ? expected.words : ""));
        out_.print(verification_report(outcome, where));
    }

    console& out_;
    const verify_request& asked_;
    output_folder folder_;
    live_line line_;
    bool as_json_;
    exit_status status_ = exit_status::nothing_found;
};

exit_status verify_all(console& out, const verify_request& asked, bool as_json) {
    if (asked.paths.empty()) {
        throw usage_error("there is no scenario to verify");
    }
    check_rules(asked);
    const std::vector<scenario_file> files = load_scenarios(asked.paths);
    if (report_diagnostics(out, files)) {
        return exit_status::bad_input;
    }
    if (files.size() > 1 && !(asked.save.empty() && asked.resume.empty())) {
        throw usage_error("--save and --resume are for one scenario at a time");
    }
    return verifier(out, asked, as_json).run(files);
}

void add_options(CLI::App& p, verify_request& asked) {
    p.add_option("scenario", asked.paths, "Files, or folders full of them");
    add_count(
        p, "--bound", asked.bound, 0,
        "Only schedules with at most N switches away from a task that could have gone on: 0 first, then 1, "
        "and so on [all schedules]");
    add_duration(p, "--time", asked.time, "Stop each scenario after T, such as 10s or 2m [no limit]");
    add_count(p, "--executions", asked.executions, 1, "Stop each scenario after N executions [no limit]");
    add_kernel_options(p, asked);
    add_count(p, "--jobs", asked.jobs, 0, "Search with N threads; 0: one for each CPU [1]");
    p.add_option("--save", asked.save, "Write to this file how far it got, if it does not get to the end")
        ->type_name("FILE");
    p.add_option("--resume", asked.resume, "Go on from there")->type_name("FILE");
    add_switch(p, "--no-shrink", asked.no_shrink, "Show a violation as it was found");
    p.add_option("--out", asked.out, "Write a reproducer (*.repro.toml) to this folder [none is written]")
        ->type_name("DIR");
}

}  // namespace

command make_verify(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("verify", "Explore every schedule of scenarios, or all with few switches");
    c.usage = "verify SCENARIO|FOLDER... [OPTION]...";
    c.examples = {"tenthrule verify my-lock.toml --kernel v4.15",
                  "tenthrule verify my-lock.toml --bound 2 --jobs 0",
                  "tenthrule verify my-lock.toml --time 1h --save lock.progress"};
    auto asked = std::make_shared<verify_request>();
    add_options(*c.parser, *asked);
    c.common = add_common_options(*c.parser);
    c.run = [asked, common = c.common](console& out) { return verify_all(out, *asked, common->json); };
    return c;
}

}  // namespace tenthrule::cli
