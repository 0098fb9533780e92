#include "cli/fuzzer.hpp"

#include <fmt/format.h>

#include "cli/finding_json.hpp"
#include "cli/finding_view.hpp"
#include "cli/interrupt.hpp"
#include "cli/kernel_name.hpp"
#include "cli/search_report.hpp"
#include "cli/text.hpp"
#include "cli/token_command.hpp"

namespace tenthrule::cli {

fuzzer::fuzzer(console& out, const fuzz_request& asked, bool as_json)
    : out_(out), asked_(asked), folder_(asked.out), line_(out.err(), out.err_terminal()), as_json_(as_json) {}

exit_status fuzzer::run(std::vector<fuzz_subject>& subjects) {
    const interrupt_guard guard;
    const bool many = subjects.size() > 1;
    for (fuzz_subject& s : subjects) {
        search_one(s, many);
        if (interrupt_guard::requested() || failed_) {
            break;
        }
    }
    if (many && !as_json_) {
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

void fuzzer::search_one(fuzz_subject& s, bool one_of_many) {
    const std::string name = printable(s.path, out_.err_terminal().ascii);
    if (!one_of_many) {
        faint_note(fmt::format("{}: {}", name, search_parameters(*s.what, s.options)));
    }
    s.options.on_progress = [this, one_of_many, &name](const search_progress& p) {
        if (line_.due()) {
            line_.show((one_of_many ? name + ": " : "") + progress_line(p));
        }
    };
    s.options.on_found = [this, &s](const finding& f) { announce(s, f); };

    search_outcome outcome = search(s.what, s.options);
    line_.clear();
    if (!outcome.internal_error.empty()) {
        out_.note(fmt::format("tenthrule: internal error: {}: {}\n", name, outcome.internal_error));
        failed_ = true;
    }
    for (finding& f : outcome.findings) {
        save(s, f);
    }
    (outcome.violation() ? violations_ : clean_) += 1;
    if (as_json_) {
        print_json(out_,
                   search_json(s.path, *s.what, s.options, outcome, compare(*s.what, outcome.findings)));
    } else {
        show_outcome(s, outcome, one_of_many);
    }
    say_if_interrupted(s, outcome);
}

// Before anything that can fail: whatever happens while shrinking, this much is known.
void fuzzer::announce(const fuzz_subject& s, const finding& f) {
    line_.clear();
    finding unshrunk = f;
    save(s, unshrunk);
    faint_note(fmt::format("{} in execution {}{}: {}", f.failure.broken->name, thousands(f.found_at),
                           s.options.shrink ? ", before shrinking" : "",
                           command_for_token("replay", f.original_token, s.path)));
    if (s.options.shrink && out_.err_terminal().interactive) {
        line_.show("shrinking");
    }
}

void fuzzer::save(const fuzz_subject& s, finding& f) {
    const std::string problem = folder_.save(f, s.path);
    if (!problem.empty()) {
        out_.note(fmt::format("tenthrule: {}\n", problem));
        failed_ = true;
        return;
    }
    f.reproducer = folder_.path_of(f, s.path);
}

void fuzzer::show_outcome(const fuzz_subject& s, const search_outcome& outcome, bool one_of_many) {
    const scenarios::scenario& what = s.what->what();
    const terminal& where = out_.out_terminal();
    const comparison expected = compare(*s.what, outcome.findings);
    for (const finding& f : outcome.findings) {
        const std::string found =
            fmt::format("execution {} of {}", thousands(f.found_at), strategy_words(s.options, outcome));
        out_.print(show(f,
                        {"VIOLATION", s.path, expected.words, found,
                         command_for_token("replay", f.token, s.path), s.what->rules_off()},
                        where));
        out_.print(one_of_many || asked_.keep_going ? "\n" : "");
    }
    if (!outcome.violation() && outcome.internal_error.empty()) {
        show_clean(s, outcome, one_of_many);
    } else if (asked_.keep_going) {
        out_.print(search_report(what, s.options, outcome, where));
    }
}

void fuzzer::show_clean(const fuzz_subject& s, const search_outcome& outcome, bool one_of_many) {
    const scenarios::scenario& what = s.what->what();
    const terminal& where = out_.out_terminal();
    const bool interrupted = outcome.end == search_end::interrupted;
    const std::string expected = compare(*s.what, {}).words;
    const std::string remark = interrupted ? "nothing found so far" : expected;
    std::string head =
        fmt::format("{}  {}  {}",
                    interrupted ? where.paint(ink::heading, "INTERRUPTED") : where.paint(ink::good, "CLEAN"),
                    printable(s.path, where.ascii), where_it_runs(*s.what));
    head += remark.empty() ? "" : "  " + remark;
    if (one_of_many) {
        out_.print(fmt::format("{}  ({})\n", head, search_summary(what, outcome)));
    } else {
        out_.print(head + "\n" + search_report(what, s.options, outcome, where));
    }
}

void fuzzer::say_if_interrupted(const fuzz_subject& s, const search_outcome& outcome) {
    if (outcome.end == search_end::interrupted) {
        out_.note(how_to_go_on(s, outcome, asked_));
    } else if (interrupt_guard::requested() && outcome.violation() && s.options.shrink) {
        out_.note(fmt::format("interrupted while shrinking\nto go on:  {}\n",
                              command_for_token("shrink", outcome.findings.back().token, s.path)));
    }
}

std::string fuzzer::summary(std::size_t all) const {
    const std::size_t done = clean_ + violations_;
    return fmt::format("{}, seed {}: {} clean, {} with a violation{}\n", counted(all, "scenario"),
                       asked_.seed.value_or(1), clean_, violations_,
                       done < all ? fmt::format(", {} not searched", all - done) : "");
}

void fuzzer::faint_note(const std::string& text) {
    out_.note(out_.err_terminal().paint(ink::faint, text) + "\n");
}

}  // namespace tenthrule::cli
