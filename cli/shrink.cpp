// `tenthrule shrink`: make a recorded failure smaller.

#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/finding_json.hpp"
#include "cli/finding_view.hpp"
#include "cli/interrupt.hpp"
#include "cli/output_folder.hpp"
#include "cli/recorded_failure.hpp"
#include "cli/token_command.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule::cli {

namespace {

struct shrink_request {
    std::string what;
    std::string scenario;
    std::string out;
};

// What is replayed is a failure only if it is still there.
exit_status refuse(console& out, const replay_report& report) {
    out.note(fmt::format("tenthrule shrink: {}\n", report.diverged
                                                       ? "it cannot be replayed: " + report.diverged->message
                                                       : std::string("it does not break a rule")));
    return report.diverged ? exit_status::diverged : exit_status::bad_input;
}

exit_status shrink(console& out, const shrink_request& asked, bool json_wanted) {
    if (asked.what.empty()) {
        throw usage_error("there is no token and no reproducer to shrink");
    }
    const recorded_failure recorded(asked.what, asked.scenario);
    output_folder folder(asked.out);
    const replay_report report = recorded.replay();
    if (report.diverged || report.run.result.end != verdict::violation) {
        return refuse(out, report);
    }

    const interrupt_guard guard;
    search_options options;
    options.selection = recorded.selection();
    options.points_max = recorded.points_max();
    options.stop = &interrupt_guard::requested();
    finding f;
    std::string problem = searching::confirm(recorded.what(), {0, 1, report.run.result}, options, f);
    if (problem.empty()) {
        problem = searching::shrink_finding(f, options);
    }
    if (problem.empty()) {
        problem = folder.save(f, recorded.file());
        f.reproducer = folder.path_of(f, recorded.file());
    }
    if (!problem.empty()) {
        out.note(fmt::format("tenthrule shrink: internal error: {}\n", problem));
        return exit_status::internal_error;
    }
    f.found_at = 0;  // nobody has counted

    if (json_wanted) {
        json object = subject_json(recorded.file(), recorded.scenario(), recorded.rules_off());
        object["verdict"] = "violation";
        object.update(finding_json(f));
        print_json(out, object);
    } else {
        out.print(show(f,
                       {"VIOLATION", recorded.file(), "", "",
                        command_for_token("replay", f.token, recorded.file()), recorded.rules_off()},
                       out.out_terminal()));
    }
    return interrupt_guard::requested() ? exit_status::interrupted : exit_status::violation_found;
}

}  // namespace

command make_shrink(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("shrink", "Make a recorded failure as small as it gets");
    c.usage = "shrink TOKEN|FILE [OPTION]...";
    c.examples = {"tenthrule shrink TOKEN", "tenthrule shrink TOKEN --out found/"};
    auto asked = std::make_shared<shrink_request>();
    CLI::App& p = *c.parser;
    p.add_option("what", asked->what, "What 'fuzz --no-shrink' has printed, or a reproducer");
    p.add_option("--scenario", asked->scenario,
                 "File or folder with the token's scenario [this folder, then the shipped scenarios]")
        ->type_name("PATH");
    p.add_option("--out", asked->out, "Write a reproducer (*.repro.toml) to this folder [none is written]")
        ->type_name("DIR");
    c.common = add_common_options(p);
    c.run = [asked, common = c.common](console& out) { return shrink(out, *asked, common->json); };
    return c;
}

}  // namespace tenthrule::cli
