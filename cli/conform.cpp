// `tenthrule conform`: is the model true? The same sequences on the model and on the kernel of this machine,
// or on the model and a recording of one.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/conform_report.hpp"
#include "cli/conform_request.hpp"
#include "cli/interrupt.hpp"
#include "cli/live_line.hpp"
#include "cli/recording_file.hpp"
#include "cli/scenario_files.hpp"
#include "cli/text.hpp"
#include "conform/host/supervise.hpp"
#include "conform/operations.hpp"
#include "conform/record.hpp"

namespace tenthrule::cli {

namespace {

using conform::comparison_end;
using steady_clock = std::chrono::steady_clock;

// ---- What was asked for

std::string operation_names() {
    std::string names;
    for (const conform::operation_info& o : conform::all_operations()) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", o.name);
    }
    return names;
}

void understand(conform_request& asked) {
    for (const std::string& name : asked.operations) {
        const conform::operation_info* const o = conform::find_operation(name);
        if (o == nullptr) {
            std::vector<std::string_view> names;
            for (const conform::operation_info& each : conform::all_operations()) {
                names.emplace_back(each.name);
            }
            throw usage_error(fmt::format("--ops: there is no operation '{}'{}; there are: {}", name,
                                          did_you_mean(name, names), operation_names()));
        }
        asked.only.push_back(o->id);
    }
    const std::map<std::string, conform::watching> ways{{"best", conform::watching::best},
                                                        {"strict", conform::watching::strict},
                                                        {"polled", conform::watching::polled}};
    const auto way = ways.find(asked.watch);
    if (way == ways.end()) {
        throw usage_error(fmt::format("--watch is '{}'; expected best, strict or polled", asked.watch));
    }
    asked.how = way->second;
    if (!asked.kernel.empty()) {
        const kernel::version* const v = kernel::find_version(asked.kernel);
        const kernel::release r = conform::parse_release(asked.kernel.substr(asked.kernel.starts_with('v')));
        if (v == nullptr && r == kernel::release{}) {
            throw usage_error(
                fmt::format("--kernel: there is no version '{}'; expected one of 'tenthrule list "
                            "versions', or a release such as v6.12",
                            asked.kernel));
        }
        asked.patches = v != nullptr ? v->patches : kernel::patches_of(r);
    }
    const int modes =
        (asked.random ? 1 : 0) + (asked.against.empty() ? 0 : 1) + (asked.paths.empty() ? 0 : 1);
    if (modes > 1) {
        throw usage_error(
            "sequence files, --random and --against are three different things to do; expected one");
    }
    if (!asked.against.empty() && (!asked.record.empty() || asked.model_only)) {
        throw usage_error(
            "--against compares a recording with the model; it goes with neither --record nor "
            "--model-only");
    }
    if (!asked.record.empty() && asked.model_only) {
        throw usage_error("--record writes what a kernel does; it does not go with --model-only");
    }
    if ((asked.seed || !asked.operations.empty()) && !asked.random) {
        throw usage_error("--seed and --ops say what --random draws; --random N is missing");
    }
}

std::string model_name(const conform_request& asked, const kernel::release& r) {
    if (!asked.kernel.empty()) {
        return "model of " + asked.kernel;
    }
    return r == kernel::release{} ? "model with all patches"
                                  : fmt::format("model of v{}.{}", r.major, r.minor);
}

kernel::patch_set patches_for(const conform_request& asked, const kernel::release& r) {
    if (asked.patches) {
        return *asked.patches;
    }
    return kernel::patches_of(r == kernel::release{} ? kernel::newest_release : r);
}

// ---- A recording

// "Linux 6.18.44"
kernel::release release_of(const conform::recording& r) {
    const std::size_t number = r.kernel.find_first_of("0123456789");
    return number == std::string::npos ? kernel::release{} : conform::parse_release(r.kernel.substr(number));
}

exit_status compare_with_recording(console& out, const conform_request& asked, bool as_json) {
    const std::vector<conform::recording> all = read_recordings(out, asked.against);
    std::map<kernel::release, std::unique_ptr<conform::model>> models;
    kernel::release newest;
    for (const conform::recording& r : all) {
        const kernel::release of = release_of(r);
        newest = std::max(newest, of);
        std::unique_ptr<conform::model>& m = models[of];
        if (m == nullptr) {
            m = std::make_unique<conform::model>(patches_for(asked, of));
        }
    }
    conform::model later(kernel::patches_of(kernel::newest_release));
    conform_report report(out, as_json, asked.against, model_name(asked, newest));
    for (const conform::recording& r : all) {
        const kernel::release of = release_of(r);
        const conform::model_run run = models[of]->play(r.what);
        conform::comparison_result v;
        const auto where = conform::first_mismatch(r.after, run.after);
        const bool corrected = where && !asked.patches &&
                               !conform::first_mismatch(r.after, later.play(r.what).after).has_value();
        if (corrected) {
            v.is = comparison_end::agree_later;
        } else if (where) {
            v.is = comparison_end::differ;
            v.shown = r.what;
            v.real = r.after;
            v.model = run.after;
            v.where = *where;
        }
        report.add(r.what.id, v, "", false);
    }
    report.finish("recorded sequence");
    return report.any_difference() ? exit_status::violation_found : exit_status::nothing_found;
}

// ---- This machine

/// One run, in a process of its own.
class conform_run {
public:
    conform_run(console& out, const conform_request& asked, bool as_json, const conform::abilities& machine,
                conform::progress_counter& progress)
        : out_(out),
          asked_(asked),
          machine_(machine),
          progress_(progress),
          comparison_(patches_for(asked, machine.release), asked.model_only ? nullptr : &machine, asked.how),
          report_(out, as_json, asked.model_only ? "" : machine.kernel, model_name(asked, machine.release)),
          recorded_(asked.record),
          line_(out.err(), out.err_terminal()) {}

    int run() {
        if (asked_.random) {
            play_random();
        } else {
            play_files();
        }
        line_.clear();
        report_.finish("sequence");
        recorded_.finish();
        out_.flush();
        if (interrupt_guard::requested()) {
            return static_cast<int>(exit_status::interrupted);
        }
        return static_cast<int>(bad_files_                 ? exit_status::bad_input
                                : report_.any_difference() ? exit_status::violation_found
                                                           : exit_status::nothing_found);
    }

private:
    void take(const std::string& name, const conform::written_sequence& s, const conform::model_run* run,
              const std::string& again, bool tells_all) {
        const conform::comparison_result v = comparison_.compare(s, run);
        if (v.is != comparison_end::undecided) {
            recorded_.add({s.what, comparison_.last_real(), machine_.kernel});
        }
        if (v.is != comparison_end::agree) {
            line_.clear();
        }
        report_.add(name, v, again, tells_all);
        if (v.is == comparison_end::differ) {
            save(v);
        }
        ++progress_.value;
    }

    // A difference is worth a file: it can be played again, and its expectations are what the kernel does.
    void save(const conform::comparison_result& v) {
        if (asked_.out.empty()) {
            return;
        }
        std::string name = v.shown.id;
        std::replace(name.begin(), name.end(), '/', '-');
        const std::filesystem::path path = std::filesystem::path(asked_.out) / (name + ".toml");
        std::ofstream file(path);
        file << conform::to_toml(v.shown, v.real);
        if (!file.flush()) {
            out_.note(fmt::format("tenthrule: {} cannot be written\n", path.string()));
        }
    }

    void play_files() {
        std::vector<std::string> paths = asked_.paths;
        if (paths.empty()) {
            paths = shipped_sequences();
        }
        for (const std::string& path : expand_paths(paths)) {
            if (interrupt_guard::requested()) {
                return;
            }
            const conform::sequence_file file = conform::load_sequence(path);
            if (!file.value) {
                bad_files_ = true;
                out_.note(scenarios::to_string(file.diagnostics));
                continue;
            }
            take(path, *file.value, nullptr, "", true);
        }
    }

    void play_random() {
        conform::random_options options;
        options.only = asked_.only;
        options.realtime_only = asked_.how == conform::watching::strict;
        options.kernel_threads = asked_.model_only || machine_.kernel_thread != 0;
        const std::uint64_t first = asked_.seed.value_or(1);
        const auto start = steady_clock::now();
        for (std::uint64_t i = 0; i < *asked_.random && !interrupt_guard::requested(); ++i) {
            conform::random_sequence drawn =
                conform::make_random_sequence(first + i, options, comparison_.on_model());
            const conform::written_sequence s{std::move(drawn.what), {}};
            take(s.what.id, s, &drawn.run, again(first + i), false);
            const double seconds_so_far = std::chrono::duration<double>(steady_clock::now() - start).count();
            if (asked_.time && seconds_so_far > asked_.time->count()) {
                return;
            }
            if (line_.due()) {
                line_.show(fmt::format("{} of {} sequences, {}/s", thousands(i + 1),
                                       thousands(*asked_.random),
                                       scaled(static_cast<double>(i + 1) / seconds_so_far)));
            }
        }
    }
    std::string again(std::uint64_t seed) const {
        std::string text = fmt::format("tenthrule conform --random 1 --seed {}", seed);
        for (std::size_t i = 0; i < asked_.operations.size(); ++i) {
            text += (i == 0 ? " --ops " : ",") + asked_.operations[i];
        }
        if (!asked_.kernel.empty()) {
            text += " --kernel " + asked_.kernel;
        }
        return asked_.watch == "best" ? text : text + " --watch " + asked_.watch;
    }

    console& out_;
    const conform_request& asked_;
    const conform::abilities& machine_;
    conform::progress_counter& progress_;
    conform::comparison comparison_;
    conform_report report_;
    recording_writer recorded_;
    live_line line_;
    bool bad_files_ = false;
};

exit_status compare_with_host(console& out, const conform_request& asked, bool as_json) {
    if (!asked.record.empty() && std::filesystem::exists(asked.record)) {
        throw input_error(
            fmt::format("'{}' is there already; expected the name of a new file to record in", asked.record));
    }
    if (!asked.out.empty()) {
        std::error_code error;
        std::filesystem::create_directories(asked.out, error);
        if (error) {
            throw input_error(fmt::format("the folder '{}' cannot be made: {}", asked.out, error.message()));
        }
    }
    const interrupt_guard guard;
    out.flush();
    const auto body = [&](conform::progress_counter& progress) {
        const conform::abilities machine = conform::look_at_host();
        try {
            return conform_run(out, asked, as_json, machine, progress).run();
        } catch (const input_error& e) {
            out.note(fmt::format("tenthrule: {}\n", e.what()));
            return static_cast<int>(exit_status::bad_input);
        }
    };
    constexpr double patience = 10;
    const conform::supervised ended = conform::supervise(body, patience, &interrupt_guard::requested());
    if (ended.stuck) {
        out.note(fmt::format("tenthrule: no progress after {}; all threads of the comparison were killed\n",
                             counted(ended.progress, "sequence")));
        return exit_status::internal_error;
    }
    if (ended.signal == SIGPIPE) {
        // Nobody reads any more: end as programs do then.
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    }
    if (ended.signal != 0) {
        out.note(fmt::format("tenthrule: the comparison was ended by signal {} after {}\n", ended.signal,
                             counted(ended.progress, "sequence")));
        return exit_status::internal_error;
    }
    for (const exit_status s : {exit_status::nothing_found, exit_status::violation_found,
                                exit_status::bad_input, exit_status::interrupted}) {
        if (ended.status == static_cast<int>(s)) {
            return s;
        }
    }
    return exit_status::internal_error;
}

}  // namespace

command make_conform(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand(
        "conform", "Compare the model with the kernel of this machine, or with a recording of one");
    c.usage = "conform [SEQUENCE|FOLDER...] [OPTION]...";
    c.examples = {"tenthrule conform", "tenthrule conform --random 10k --seed 7",
                  "tenthrule conform --random 1000 --ops lock_pi,unlock_pi,exit --record my-kernel.jsonl",
                  "tenthrule conform --against my-kernel.jsonl"};
    auto asked = std::make_shared<conform_request>();
    CLI::App& p = *c.parser;
    p.add_option("sequence", asked->paths, "Files, or folders full of them");
    add_count(p, "--random", asked->random, 1, "Draw N sequences at random");
    add_count(p, "--seed", asked->seed, 0, "Seed of the first; the others follow [1]");
    p.add_option("--ops", asked->operations, "Draw only these operations of threads: O,O,...")
        ->type_name("O")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_duration(p, "--time", asked->time, "Draw no more after T, such as 10s or 2m [no limit]");
    p.add_option("--against", asked->against, "Compare the model with what was recorded in FILE")
        ->type_name("FILE");
    p.add_option("--record", asked->record, "Write what the kernel did to a new FILE, one JSON object a line")
        ->type_name("FILE");
    p.add_option("--out", asked->out, "Write sequences that differ to this folder, shrunk [none are written]")
        ->type_name("DIR");
    p.add_option("--kernel", asked->kernel,
                 "Compare this version of the model, or release such as v6.12 [the machine's]")
        ->type_name("V");
    p.add_option(
         "--watch", asked->watch,
         "How to know that all sleep: strict (priorities on one CPU), polled (through /proc), or the best "
         "that the sequence allows [best]")
        ->type_name("W");
    add_switch(p, "--model-only", asked->model_only,
               "Do not touch this machine's kernel: look at expectations only");
    c.common = add_common_options(p);
    c.run = [asked, common = c.common](console& out) {
        conform_request request = *asked;
        understand(request);
        return request.against.empty() ? compare_with_host(out, request, common->json)
                                       : compare_with_recording(out, request, common->json);
    };
    return c;
}

}  // namespace tenthrule::cli
