// `tenthrule list`: every name that a person may type.

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/json_lines.hpp"
#include "cli/table.hpp"
#include "kernel/operations.hpp"
#include "kernel/patches.hpp"
#include "kernel/rules.hpp"
#include "runtime/rules.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule::cli {

namespace {

/// One topic, for people and for programs.
struct listing {
    table text;
    std::vector<json> objects;
};

listing versions() {
    listing all;
    all.text.header = {"version", "patches", "about"};
    for (const kernel::version& v : kernel::all_versions()) {
        json commits = json::array();
        for (const kernel::patch_info& p : kernel::all_patches()) {
            if (v.patches.contains(p.id)) {
                commits.push_back(p.commit);
            }
        }
        all.text.rows.push_back({v.name, fmt::format("{}", commits.size()), v.about});
        all.objects.push_back({{"version", v.name}, {"about", v.about}, {"patches", std::move(commits)}});
    }
    return all;
}

listing patches() {
    listing all;
    all.text.header = {"commit", "since", "title and effect"};
    for (const kernel::patch_info& p : kernel::all_patches()) {
        json present = json::array();
        for (const kernel::version& v : kernel::all_versions()) {
            if (v.patches.contains(p.id)) {
                present.push_back(v.name);
            }
        }
        all.text.rows.push_back({p.commit, p.release, fmt::format("\"{}\"\n  {}", p.title, p.effect)});
        all.objects.push_back({{"commit", p.commit},
                               {"title", p.title},
                               {"release", p.release},
                               {"effect", p.effect},
                               {"versions", std::move(present)}});
    }
    return all;
}

listing rules() {
    listing all;
    all.text.header = {"rule", "what must hold"};
    const auto add = [&all](const rule& r, const char* of) {
        all.text.rows.push_back({r.name, r.about});
        all.objects.push_back({{"rule", r.name}, {"of", of}, {"about", r.about}});
    };
    for (const rule* r : runtime_rules()) {
        add(*r, "engine");
    }
    for (const rule* r : kernel::rules::all()) {
        add(*r, "kernel");
    }
    return all;
}

listing strategies() {
    listing all;
    all.text.header = {"strategy", "about"};
    const std::string_view usual = default_strategy.substr(0, default_strategy.find(':'));
    for (const strategy_entry& s : strategy_table()) {
        const bool is_default = s.name == usual;
        all.text.rows.push_back(
            {std::string(s.syntax),
             std::string(s.about) + (is_default ? fmt::format(" [default: {}]", default_strategy) : "")});
        all.objects.push_back(
            {{"strategy", s.name}, {"syntax", s.syntax}, {"about", s.about}, {"default", is_default}});
    }
    return all;
}

std::vector<std::string> arguments_of(std::uint32_t set) {
    std::vector<std::string> names;
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (((set >> static_cast<unsigned>(a.id)) & 1U) != 0) {
            names.emplace_back(a.name);
        }
    }
    return names;
}

listing operations() {
    listing all;
    all.text.header = {"operation", "arguments, [optional ones] and meaning"};
    std::string_view group;
    for (const kernel::operation_info& op : kernel::all_operations()) {
        const std::vector<std::string> required = arguments_of(op.required);
        const std::vector<std::string> optional = arguments_of(op.optional);
        if (op.group != group) {
            group = op.group;
            all.text.rows.push_back({op.group});
        }
        std::string takes = fmt::format("{}", fmt::join(required, ", "));
        if (!optional.empty()) {
            takes += fmt::format("{}[{}]", takes.empty() ? "" : ", ", fmt::join(optional, ", "));
        }
        all.text.rows.push_back(
            {op.name, fmt::format("{}{}{}", takes, takes.empty() ? "" : "\n  ", op.about)});
        all.objects.push_back({{"operation", op.name},
                               {"group", op.group},
                               {"about", op.about},
                               {"required", required},
                               {"optional", optional},
                               {"results", op.results}});
    }
    return all;
}

struct topic {
    std::string_view name;
    std::string_view about;
    listing (*make)();
};

constexpr std::array topics{
    topic{"versions", "Kernel versions that a scenario or --kernel can name.", versions},
    topic{"patches", "Single patches for `with` and `without`.", patches},
    topic{"rules", "What must always hold; what [expect] and reports name.", rules},
    topic{"strategies", "How to search: --strategy.", strategies},
    topic{"operations", "What a step of a task can do.", operations},
};

exit_status list(console& out, const std::string& wanted, bool as_json) {
    if (wanted.empty()) {
        table overview;
        for (const topic& t : topics) {
            if (as_json) {
                print_json(out, {{"topic", t.name}, {"about", t.about}});
            }
            overview.rows.push_back({fmt::format("tenthrule list {}", t.name), std::string(t.about)});
        }
        if (!as_json) {
            out.print(render(overview, out.out_terminal()));
        }
        return exit_status::nothing_found;
    }
    std::vector<std::string_view> names;
    for (const topic& t : topics) {
        names.push_back(t.name);
        if (t.name != wanted) {
            continue;
        }
        const listing all = t.make();
        if (as_json) {
            for (const json& object : all.objects) {
                print_json(out, object);
            }
        } else {
            out.print(render(all.text, out.out_terminal()));
        }
        return exit_status::nothing_found;
    }
    throw usage_error(fmt::format("there is no list of '{}'{} (lists: {})", wanted,
                                  did_you_mean(wanted, names), fmt::join(names, ", ")));
}

}  // namespace

command make_list(CLI::App& app) {
    command c;
    c.parser = app.add_subcommand("list", "List the names that scenarios and options may use");
    c.usage = "list [versions|patches|rules|strategies|operations] [--json]";
    c.examples = {"tenthrule list versions", "tenthrule list rules --json"};
    c.common = add_common_options(*c.parser);
    auto topic_name = std::make_shared<std::string>();
    c.parser->add_option("topic", *topic_name, "What to list");
    c.run = [topic_name, common = c.common](console& out) { return list(out, *topic_name, common->json); };
    return c;
}

}  // namespace tenthrule::cli
