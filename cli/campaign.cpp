// `tenthrule campaign`: its verbs and their options.

#include <memory>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/campaign_request.hpp"
#include "cli/command.hpp"

namespace tenthrule::cli {

namespace {

using action = exit_status (*)(console&, const campaign_request&, bool);

command make_verb(CLI::App& group, const std::string& name, const std::string& about, action does,
                  const std::shared_ptr<campaign_request>& asked) {
    command c;
    c.parser = group.add_subcommand(name, about);
    c.parser
        ->add_option("--store", asked->store,
                     name == "run" ? "File to keep everything in [tenthrule.db]"
                                   : "The campaign's file [tenthrule.db]")
        ->type_name("FILE");
    c.run = [asked, does, &parser = *c.parser](console& out) {
        const CLI::Option* const json = parser.get_option("--json");
        return does(out, *asked, json->count() != 0);
    };
    return c;
}

void add_running_options(CLI::App& p, campaign_request& asked, bool resumes) {
    add_duration(p, "--time", asked.time,
                 resumes ? "Give it so much more time, such as 30m or 8h [what is left of its budget]"
                         : "Run for T, such as 30m or 8h [no limit]");
    add_count(p, "--executions", asked.executions, 1,
              resumes ? "Give it so many more executions [what is left of its budget]"
                      : "Run for N executions in all [no limit]");
    add_count(p, "--workers", asked.workers, 0, "Processes that execute; 0: one for each core [0]");
    add_switch(p, "--accept-edits", asked.accept_edits,
               "Treat scenarios that were edited since as new ones, beside the old");
    add_switch(p, "--no-coverage", asked.no_coverage, "Do not measure coverage");
    add_switch(p, "--quiet", asked.quiet, "Show nothing but mistakes and the result");
}

void add_baseline(CLI::App& p, campaign_request& asked) {
    p.add_option("--baseline", asked.baseline, "File of failures that are known [the plan's, else none]")
        ->type_name("FILE");
}

}  // namespace

std::vector<command> make_campaign(CLI::App& app) {
    command group;
    group.parser =
        app.add_subcommand("campaign", "Search many scenarios for hours, on all cores, and report");
    group.parser->require_subcommand(0, 1);
    group.usage = "campaign run|resume|status|report|merge|export [OPTION]...";
    group.examples = {"tenthrule campaign run scenarios/ --time 8h",
                      "tenthrule campaign run --config night.toml", "tenthrule campaign status",
                      "tenthrule campaign resume --time 1h", "tenthrule campaign report --out report/"};
    group.common = add_common_options(*group.parser);
    group.run = [](console&) -> exit_status {
        throw usage_error("say what to do: run, resume, status, report, merge or export");
    };
    std::vector<command> all{group};
    CLI::App& g = *group.parser;
    const auto finish = [&all](command c, std::string usage, std::vector<std::string> examples) {
        c.usage = "campaign " + std::move(usage);
        c.examples = std::move(examples);
        c.common = add_common_options(*c.parser);
        all.push_back(std::move(c));
    };

    auto asked = std::make_shared<campaign_request>();
    command run = make_verb(g, "run", "Begin a campaign", campaign_run, asked);
    run.parser->add_option("scenario", asked->paths,
                           "Scenarios (files, folders or globs), and programs built on the library");
    run.parser->add_option("--config", asked->config, "Take everything else from a TOML file")
        ->type_name("FILE");
    add_running_options(*run.parser, *asked, false);
    run.parser->add_option("--name", asked->name, "What reports call it")->type_name("NAME");
    run.parser->add_option("--kernel", asked->kernels, "Cross with this kernel; can be repeated [expected]")
        ->type_name("V");
    run.parser->add_option("--strategy", asked->strategies, "Search with this strategy; can be repeated")
        ->type_name("S");
    add_count(*run.parser, "--seed", asked->seed, 0, "Seed of the random choices [1]");
    run.parser
        ->add_option("--canary", asked->canary, "A scenario that must be found to fail; 'none' [built-in]")
        ->type_name("FILE");
    add_baseline(*run.parser, *asked);
    finish(run, "run SCENARIO|FOLDER|GLOB|PROGRAM... | --config FILE [OPTION]...",
           {"tenthrule campaign run scenarios/ --time 8h",
            "tenthrule campaign run --config night.toml --store night.db --quiet"});

    asked = std::make_shared<campaign_request>();
    command resume = make_verb(g, "resume", "Go on with a campaign that was interrupted, or give it more",
                               campaign_resume, asked);
    add_running_options(*resume.parser, *asked, true);
    add_baseline(*resume.parser, *asked);
    finish(resume, "resume [OPTION]...", {"tenthrule campaign resume --store night.db --time 1h"});

    asked = std::make_shared<campaign_request>();
    command status =
        make_verb(g, "status", "Say how a campaign is doing, also while it runs", campaign_status, asked);
    add_baseline(*status.parser, *asked);
    finish(status, "status [OPTION]...", {"tenthrule campaign status --store night.db --json"});

    asked = std::make_shared<campaign_request>();
    command report =
        make_verb(g, "report", "Write the report: HTML, JSON and JUnit XML", campaign_report, asked);
    report.parser->add_option("--out", asked->out, "Folder to write to [campaign-report]")->type_name("DIR");
    add_baseline(*report.parser, *asked);
    finish(report, "report [OPTION]...", {"tenthrule campaign report --store night.db --out report/"});

    asked = std::make_shared<campaign_request>();
    command merge = make_verb(g, "merge", "Join the stores of several machines, counting nothing twice",
                              campaign_merge, asked);
    merge.parser->add_option("from", asked->paths, "Stores to take from");
    finish(merge, "merge FROM... --store INTO [OPTION]...",
           {"tenthrule campaign merge monday.db tuesday.db --store all.db"});

    asked = std::make_shared<campaign_request>();
    command exported = make_verb(g, "export", "Write reproducers, tokens, corpus and a baseline as files",
                                 campaign_export, asked);
    exported.parser->add_option("--out", asked->out, "Folder to write to [campaign-export]")
        ->type_name("DIR");
    add_baseline(*exported.parser, *asked);
    finish(exported, "export [OPTION]...", {"tenthrule campaign export --store night.db --out corpus/"});
    return all;
}

}  // namespace tenthrule::cli
