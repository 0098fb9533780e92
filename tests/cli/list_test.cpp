// Whatever a person may type is in a list.

#include <doctest/doctest.h>

#include "kernel/operations.hpp"
#include "kernel/patches.hpp"
#include "kernel/rules.hpp"
#include "runtime/rules.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)
namespace kernel = tenthrule::kernel;

namespace {

/// Both forms of a list: what `key` is in each object, and whether it stands in the text.
void check_list(const std::string& topic, const std::string& key, const std::vector<std::string>& names) {
    CAPTURE(topic);
    const tool_run text = run_tool({"list", topic});
    const tool_run json = run_tool({"list", topic, "--json"});
    CHECK(text.status == 0);
    CHECK(json.status == 0);
    CHECK(text.err.empty());
    const std::vector<nlohmann::json> objects = json_lines(json);
    REQUIRE(objects.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        CAPTURE(names[i]);
        CHECK(objects[i].at(key) == names[i]);
        CHECK(text.out.find("\n" + names[i]) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("list: versions, patches, rules, strategies and operations are complete") {
    std::vector<std::string> names;
    for (const kernel::version& v : kernel::all_versions()) {
        names.emplace_back(v.name);
    }
    check_list("versions", "version", names);

    names.clear();
    for (const kernel::patch_info& p : kernel::all_patches()) {
        names.emplace_back(p.commit);
    }
    check_list("patches", "commit", names);

    names.clear();
    for (const tenthrule::rule* r : tenthrule::runtime_rules()) {
        names.emplace_back(r->name);
    }
    for (const tenthrule::rule* r : kernel::rules::all()) {
        names.emplace_back(r->name);
    }
    check_list("rules", "rule", names);

    names.clear();
    for (const tenthrule::strategy_entry& s : tenthrule::strategy_table()) {
        names.emplace_back(s.name);
    }
    check_list("strategies", "strategy", names);

    names.clear();
    for (const kernel::operation_info& op : kernel::all_operations()) {
        names.emplace_back(op.name);
    }
    check_list("operations", "operation", names);
}

TEST_CASE("list: without a topic it lists the topics") {
    const std::vector<nlohmann::json> objects = json_lines(run_tool({"list", "--json"}));
    CHECK(objects.size() == 5);
    const tool_run text = run_tool({"list"});
    CHECK(text.status == 0);
    for (const nlohmann::json& o : objects) {
        CHECK(text.out.find("tenthrule list " + o.at("topic").get<std::string>()) != std::string::npos);
    }
}
