// `tenthrule replay`: see a recorded failure again.

#include <memory>
#include <string>

#include <fmt/format.h>

#include "campaign/page/page.hpp"
#include "campaign/story/perfetto.hpp"
#include "campaign/story/story_json.hpp"
#include "campaign/whole_file.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/event_table.hpp"
#include "cli/finding_json.hpp"
#include "cli/finding_view.hpp"
#include "cli/kernel_name.hpp"
#include "cli/paragraph.hpp"
#include "cli/recorded_failure.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

struct replay_request {
    std::string what;
    std::string scenario;
    std::string kernel;
    std::string html;
    std::string perfetto;
    bool events = false;
};

const char* verdict_of(const replay_report& report) {
    if (report.diverged) {
        return "diverged";
    }
    return report.run.result.end == verdict::violation ? "violation" : "clean";
}

json as_json(const recorded_failure& recorded, const replay_report& report, bool events) {
    const run_result& result = report.run.result;
    json object = subject_json(recorded.file(), recorded.scenario(), recorded.rules_off());
    object["verdict"] = verdict_of(report);
    object["rule"] = nullptr;
    object["message"] = nullptr;
    if (result.end == verdict::violation) {
        object["rule"] = result.failure.broken->name;
        object["message"] = result.failure.message;
        object["identity"] = result.failure.identity;
    }
    object["points"] = result.statistics.points;
    object["switches"] = result.statistics.switches;
    object["preemptions"] = result.statistics.preemptions;
    object["interleavings"] = result.statistics.interleavings;
    object["events"] = result.statistics.events;
    object["trace_digest"] = hexadecimal(report.run.trace_digest);
    object["diverged"] = nullptr;
    if (report.diverged) {
        object["diverged"] = {{"step", report.diverged->step},
                              {"exact", report.diverged->exact},
                              {"expected", report.diverged->expected},
                              {"actual", report.diverged->actual},
                              {"message", report.diverged->message}};
    }
    if (events) {
        object["log"] = events_json(report.run);
    }
    return object;
}

std::string divergence_words(const recorded_failure& recorded, const divergence& d, const terminal& where) {
    std::string text = fmt::format("{}  {}  {}\n", where.paint(ink::bad, "DIVERGED"),
                                   printable(recorded.file(), where.ascii),
                                   kernel_name(recorded.scenario().kernel, recorded.rules_off()));
    const std::string recorded_on = kernel_name(recorded.own_kernel());
    if (recorded_on != kernel_name(recorded.scenario().kernel)) {
        text += paragraph(fmt::format("It was recorded on {}.", recorded_on), 2, where);
    }
    text +=
        paragraph(d.step == 0 ? std::string("No step in particular differs.")
                              : fmt::format("The first step that differs is step {}{}.", thousands(d.step),
                                            d.exact ? "" : ", or one shortly before it"),
                  2, where);
    if (!d.expected.empty()) {
        text += labelled("expected", 8, d.expected, where);
    }
    text += labelled("actual", 8, d.actual, where);
    return text;
}

std::string in_words(const recorded_failure& recorded, const replay_report& report, const terminal& where) {
    const run_result& result = report.run.result;
    const scenarios::scenario& s = recorded.scenario();
    if (report.diverged) {
        return divergence_words(recorded, *report.diverged, where) + "\nWhat happens instead:\n" +
               show_chart(report.run, s, where);
    }
    if (result.end == verdict::violation) {
        return show_failure(
            report.run, s,
            {"REPLAYED", recorded.file(), "the same, step for step", "", "", recorded.rules_off()}, where);
    }
    return fmt::format("{}  {}  {}\n  The execution ends without a violation.\n\n{}",
                       where.paint(ink::good, "CLEAN"), printable(recorded.file(), where.ascii),
                       kernel_name(s.kernel, recorded.rules_off()), show_chart(report.run, s, where));
}

finding as_finding(const recorded_failure& recorded, const replay_report& report) {
    finding f;
    f.failure = report.run.result.failure;
    f.of = recorded.what();
    f.decisions = report.run.result.decisions;
    f.run = report.run;
    f.trace_digest = report.run.trace_digest;
    f.points_max = recorded.points_max();
    f.token = recorded.token();
    f.original = f.shrunk = figures_of({f.of, f.decisions, report.run.result.statistics, f.of->size()});
    return f;
}

void write_file(const std::string& path, const std::string& text) {
    if (const std::string problem = write_whole_file(path, text); !problem.empty()) {
        throw input_error(problem);
    }
}

// What was asked for besides what is printed.
void write_files(console& out, const replay_request& asked, const recorded_failure& recorded,
                 const replay_report& report) {
    if (asked.html.empty() && asked.perfetto.empty()) {
        return;
    }
    if (report.diverged) {
        out.note("nothing is written to a file: the replay diverged\n");
        return;
    }
    const finding f = as_finding(recorded, report);
    if (!asked.html.empty()) {
        write_file(asked.html, campaign::html_page(campaign::report_of(f, "tenthrule " TENTHRULE_VERSION)));
    }
    if (!asked.perfetto.empty()) {
        write_file(asked.perfetto, perfetto_trace(story_or_throw(f)).dump());
    }
}

exit_status replay(console& out, const replay_request& asked, bool json_wanted) {
    if (asked.what.empty()) {
        throw usage_error("there is no token and no reproducer to replay");
    }
    recorded_failure recorded(asked.what, asked.scenario);
    if (!asked.kernel.empty()) {
        recorded.change_kernel(asked.kernel);
    }
    if (!recorded.warning().empty()) {
        out.note(fmt::format("{}\n", recorded.warning()));
    }
    const replay_report report = recorded.replay();
    write_files(out, asked, recorded, report);
    if (json_wanted) {
        print_json(out, as_json(recorded, report, asked.events));
    } else {
        out.print(in_words(recorded, report, out.out_terminal()));
        if (asked.events) {
            out.print("\nAll events:\n" + event_table(report.run, out.out_terminal()));
        }
    }
    if (report.diverged) {
        return exit_status::diverged;
    }
    return report.run.result.end == verdict::violation ? exit_status::violation_found
                                                       : exit_status::nothing_found;
}

}  // namespace

command make_replay(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("replay", "See a recorded failure again, step for step");
    c.usage = "replay TOKEN|FILE [OPTION]...";
    c.examples = {"tenthrule replay TOKEN",
                  "tenthrule replay found/my-lock-v4.14-owner-on-return.repro.toml --events",
                  "tenthrule replay TOKEN --scenario my-lock.toml --kernel v4.15"};
    auto asked = std::make_shared<replay_request>();
    CLI::App& p = *c.parser;
    p.add_option("what", asked->what, "What 'fuzz' or 'shrink' has printed or written");
    p.add_option("--scenario", asked->scenario,
                 "File or folder with the token's scenario [this folder, then the shipped scenarios]")
        ->type_name("PATH");
    p.add_option("--kernel", asked->kernel, "On another version than it was recorded on")->type_name("V");
    add_switch(p, "--events", asked->events, "Show every event, not only those that tell the story");
    p.add_option("--html", asked->html, "Write it as a page to step through, in one file")
        ->type_name("FILE");
    p.add_option("--perfetto", asked->perfetto, "Write it as a trace that ui.perfetto.dev opens")
        ->type_name("FILE");
    c.common = add_common_options(p);
    c.run = [asked, common = c.common](console& out) { return replay(out, *asked, common->json); };
    return c;
}

}  // namespace tenthrule::cli
