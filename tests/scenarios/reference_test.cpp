// Schema and documentation say what the loader says. `TENTHRULE_UPDATE=1` writes them anew.

#include "tests/scenarios/reference.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "kernel/rules.hpp"
#include "scenarios/format.hpp"
#include "scenarios/load.hpp"

namespace tenthrule::scenarios {

namespace {

const std::string root = TENTHRULE_SOURCE_DIR;
const std::string schema_file = root + "/scenarios/scenario.schema.json";
const std::string manual_file = root + "/docs/scenario-format.md";
const std::string reference_begins =
    "<!-- From here on made from the loader's tables: TENTHRULE_UPDATE=1 test_scenarios -->\n";

std::string read(const std::string& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

bool updating() {
    return std::getenv("TENTHRULE_UPDATE") != nullptr;
}

// The part of the manual that people wrote.
std::string manual_text() {
    const std::string all = read(manual_file);
    const std::size_t end = all.find(reference_begins);
    REQUIRE(end != std::string::npos);
    return all.substr(0, end + reference_begins.size());
}

}  // namespace

TEST_CASE("reference: the schema is that of the loader") {
    const std::string made = testing::make_schema();
    if (updating()) std::ofstream(schema_file) << made;
    CHECK_MESSAGE(read(schema_file) == made,
                  "run the test with TENTHRULE_UPDATE=1 and look at the difference");
}

TEST_CASE("reference: that of the manual is that of the loader") {
    const std::string made = manual_text() + "\n" + testing::make_reference();
    if (updating()) std::ofstream(manual_file) << made;
    CHECK_MESSAGE(read(manual_file) == made,
                  "run the test with TENTHRULE_UPDATE=1 and look at the difference");
}

TEST_CASE("reference: the manual explains every condition, and shows every section") {
    const std::string text = manual_text();
    for (const char* word : {"owner", "not-owner", "ok", "failed", "ETIMEDOUT", "owner of lock", "ready is 0",
                             "ready is not 0", "waker.start", "[kernel]", "[machine]", "[futex]", "[[task]]",
                             "[[signal]]", "[rules]", "[expect]", "[explore]"}) {
        CAPTURE(word);
        CHECK(text.find(word) != std::string::npos);
    }
}

TEST_CASE("reference: the example of the manual is a scenario") {
    const std::string text = manual_text();
    const std::size_t begin = text.find("```toml\n") + 8;
    const load_result r =
        load_text(text.substr(begin, text.find("```\n", begin) - begin), "scenario-format.md");
    CHECK(to_string(r.diagnostics).empty());
    CHECK(r.value.has_value());
}

TEST_CASE("reference: what else the manual shows could be part of a scenario") {
    const std::string text = manual_text();
    const std::string whole =
        "name = \"t\"\n[[task]]\nname = \"a\"\nstart = \"arrives\"\nsteps = [{ op = \"yield\" }]\n";
    // What varies has to be there.
    const std::string waiter_and_stealer = R"(name = "t"
[futex]
lock = { kind = "pi" }
[[task]]
name = "waiter"
sched = { policy = "fifo", priority = 10 }
steps = [{ op = "lock_pi", futex = "lock", timeout = "5ms", returns = ["ok", "ETIMEDOUT"] },
         { op = "unlock_pi", futex = "lock", if = "owner" }]
[[task]]
name = "stealer"
sched = { policy = "fifo", priority = 20 }
start = "arrives"
steps = [{ op = "lock_pi", futex = "lock" }, { op = "unlock_pi", futex = "lock" }]
)";
    std::size_t shown = 0;
    std::size_t begin = text.find("```toml\n[");
    for (; begin != std::string::npos; begin = text.find("```toml\n[", begin)) {
        begin += 8;
        const std::string part = text.substr(begin, text.find("```\n", begin) - begin);
        const std::string& rest = part.find("waiter") == std::string::npos ? whole : waiter_and_stealer;
        const std::string told = to_string(load_text(rest + part, "scenario-format.md").diagnostics);
        CHECK_MESSAGE(told.empty(), part, told);
        ++shown;
    }
    CHECK(shown != 0);
}

TEST_CASE("reference: every table of the format is complete") {
    for (const format::key_info& k : format::all_keys()) {
        CAPTURE(k.name);
        CHECK(k.about.back() == '.');
        CHECK_FALSE(k.type.empty());
        CHECK_FALSE(k.otherwise.empty());
    }
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        CAPTURE(a.name);
        CHECK_FALSE(format::type_of(a.id).empty());
        CHECK_MESSAGE(format::find_key(format::section::step, a.name) == nullptr,
                      "a key and an argument of one name");
    }
    for (std::size_t i = 0; i < format::all_sections().size(); ++i) {
        CHECK(static_cast<std::size_t>(format::all_sections()[i].id) == i);
    }
}

}  // namespace tenthrule::scenarios
