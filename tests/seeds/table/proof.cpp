#include "tests/seeds/table/proof.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/text.hpp"
#include "tests/seeds/table/measure.hpp"

namespace tenthrule::seeds {

namespace {

using nlohmann::json;
using seconds = std::chrono::duration<double>;

constexpr const char* cured_kernel = "golden";
constexpr std::uint32_t bound_max = 1'000;
constexpr seconds least_worth_searching{1};

// ---- What is done so far

json to_json(const proof_part& p) {
    json o = {{"seconds", p.spent.count()}, {"ended", p.ended}, {"verified", p.verified},
              {"executions", p.executions}, {"cuts", p.cuts},   {"share", p.share}};
    if (p.bound) {
        o["bound"] = *p.bound;
    }
    return o;
}

proof_part part_from(const json& o) {
    proof_part p;
    p.spent = seconds(o.at("seconds").get<double>());
    p.ended = o.at("ended").get<bool>();
    p.verified = o.at("verified").get<bool>();
    p.executions = o.at("executions").get<std::uint64_t>();
    p.cuts = o.at("cuts").get<std::uint64_t>();
    p.share = o.at("share").get<double>();
    if (o.contains("bound")) {
        p.bound = o.at("bound").get<std::uint32_t>();
    }
    return p;
}

proof read_proof(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return {};
    }
    try {
        const json o = json::parse(file);
        return {part_from(o.at("everything")), part_from(o.at("bounds")), o.at("broken").get<std::string>()};
    } catch (const json::exception& e) {
        throw std::runtime_error(fmt::format("'{}' is damaged: {}", path, e.what()));
    }
}

void write_proof(const std::string& path, const proof& p) {
    const std::string draft = path + ".new";
    std::ofstream file(draft, std::ios::trunc);
    file << json{{"everything", to_json(p.everything)}, {"bounds", to_json(p.bounds)}, {"broken", p.broken}}
                .dump(2)
         << '\n';
    file.close();
    if (!file) {
        throw std::runtime_error(fmt::format("'{}' cannot be written", draft));
    }
    std::filesystem::rename(draft, path);
}

// ---- Searching

// What the machine does besides is not charged: of processor time, an hour is as much on a busy machine.
seconds processor_time() {
    return seconds(static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

verification_options options_for(const scenario_case& what, const proof_options& asked, bool bounded,
                                 seconds time, const std::string& progress_file) {
    verification_options o;
    if (bounded) {
        o.bound = bound_max;
    }
    o.time_max = std::chrono::duration_cast<std::chrono::nanoseconds>(time);
    o.jobs = asked.jobs;
    o.selection = what.selection();
    o.shrink = false;
    o.save = progress_file;
    if (std::filesystem::exists(progress_file)) {
        o.resume = progress_file;
    }
    o.stop = asked.stop;
    if (asked.on_progress) {
        o.on_progress = [&asked, bounded](const verification_progress& p) { asked.on_progress(p, bounded); };
    }
    return o;
}

void search(const std::shared_ptr<const scenario_case>& what, const verification_options& options,
            proof& all) {
    proof_part& part = options.bound ? all.bounds : all.everything;
    const seconds before = processor_time();
    const verification_outcome found = verify(what, options);
    part.spent += (processor_time() - before) / options.jobs;
    for (const std::string& error : {found.input_error, found.internal_error}) {
        if (!error.empty()) {
            throw std::runtime_error(fmt::format("{}: {}", what->name(), error));
        }
    }
    if (found.failure) {
        all.broken = found.failure->failure.broken->name;
        return;
    }
    part.cuts = found.totals.cuts;
    part.share = found.totals.share;
    part.ended = found.verified() || found.end == verification_end::cut;
    part.verified = found.verified() && found.all_of_them;
    if (!options.bound) {
        part.executions = found.totals.executions;
    } else if (found.bound_done && found.bound_done != part.bound) {
        part.bound = found.bound_done;
        part.executions = found.bound_executions;
    }
}

}  // namespace

std::vector<std::string_view> scenarios_to_prove() {
    std::vector<std::string_view> names;
    for (const row& r : rows()) {
        if (std::find(names.begin(), names.end(), r.scenario) == names.end()) {
            names.push_back(r.scenario);
        }
    }
    return names;
}

proof prove(std::string_view scenario, const proof_options& options) {
    std::filesystem::create_directories(options.folder);
    const std::string path = fmt::format("{}/{}", options.folder, scenario);
    proof all = read_proof(path + ".json");
    const std::shared_ptr<const scenario_case> what = case_on(scenario, cured_kernel);
    const auto stopped = [&] { return options.stop != nullptr && options.stop->load(); };
    // A search ends after so much time on the wall, in which it may have got less of the processor: then
    // again.
    const auto go_on = [&](bool bounded, seconds time) {
        const proof_part& part = bounded ? all.bounds : all.everything;
        while (time - part.spent >= least_worth_searching && !part.ended && !stopped() && !all.ended()) {
            const std::string progress_file = path + (bounded ? ".bounds" : ".all");
            search(what, options_for(*what, options, bounded, time - part.spent, progress_file), all);
            write_proof(path + ".json", all);
        }
    };
    go_on(false, options.time / 2);
    go_on(true, options.time - all.everything.spent);
    return all;
}

// ---- Showing

std::string proof_header() {
    return "| scenario | without a bound | up to bound | executions | time |\n|---|---|---|---|---|\n";
}

std::string proof_row(std::string_view scenario, const proof& p) {
    std::string everything = "not begun";
    if (!p.broken.empty()) {
        everything = fmt::format("**{} is broken**", p.broken);
    } else if (p.everything.verified) {
        everything = "all of them: " + cli::counted(p.everything.executions, "execution");
    } else if (p.everything.ended) {
        everything = fmt::format("{}, {} of them cut", cli::counted(p.everything.executions, "execution"),
                                 cli::thousands(p.everything.cuts));
    } else if (p.everything.executions != 0) {
        everything =
            fmt::format("{}, {}", cli::counted(p.everything.executions, "execution"),
                        p.everything.share < 0.001 ? "less than 0.1 %"
                                                   : fmt::format("about {:.1f} %", p.everything.share * 100));
    }
    std::string bound;
    std::string executions;
    if (p.bounds.bound) {
        bound = fmt::format("{}{}", *p.bounds.bound, p.bounds.verified ? ", which is all" : "");
        executions = cli::thousands(p.bounds.executions);
    } else if (p.bounds.ended) {
        bound = "executions were cut";
    } else if (!p.ended()) {
        bound = "none";
    }
    const auto minutes = static_cast<std::uint64_t>((p.everything.spent + p.bounds.spent).count() / 60 + 0.5);
    return fmt::format("| `seeds/{}.toml` | {} | {} | {} | {} min |\n", scenario, everything, bound,
                       executions, cli::thousands(minutes));
}

}  // namespace tenthrule::seeds
