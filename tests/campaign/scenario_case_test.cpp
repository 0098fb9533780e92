#include "campaign/scenario_case.hpp"

#include <set>

#include <doctest/doctest.h>

#include "campaign/actor_roles.hpp"
#include "campaign/search.hpp"
#include "runtime/sanitizer.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/load.hpp"
#include "shrink/token.hpp"

using namespace tenthrule;

namespace {

scenarios::scenario shipped(const char* name) {
    const std::string path = std::string(TENTHRULE_SOURCE_DIR "/scenarios/") + name;
    scenarios::load_result loaded = scenarios::load_file(path);
    REQUIRE_MESSAGE(loaded.value, scenarios::to_string(loaded.diagnostics));
    return std::move(*loaded.value);
}

}  // namespace

TEST_CASE("scenario_case: the kernel of a token, for every version and model") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    std::set<std::string> all;
    for (const kernel::version& v : kernel::all_versions()) {
        for (const auto preempt :
             {kernel::preempt_model::none, kernel::preempt_model::full, kernel::preempt_model::rt}) {
            scenarios::scenario there = s;
            there.kernel.version = v.name;
            there.kernel.preempt = preempt;
            const std::string selection = kernel_selection(there);
            CHECK(selection.size() <= 9);
            all.insert(selection);
            const auto back = with_selection(s, selection);
            REQUIRE(back);
            CHECK(scenarios::effective_patches(back->what.kernel) == v.patches);
            CHECK(back->what.kernel.preempt == preempt);
            CHECK(back->what.kernel.with.bits == 0);
            CHECK(back->what.kernel.without.bits == 0);
        }
    }
    CHECK(all.size() >= 3 * 3);
}

TEST_CASE("scenario_case: single patches come back as such") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    const std::vector<std::string> fix{"c1e2f0eaf015"};
    const scenarios::kernel_override patched = scenarios::with_kernel(s, "v4.14", fix, {});
    REQUIRE(patched.value);
    const auto back = with_selection(s, kernel_selection(*patched.value));
    REQUIRE(back);
    CHECK(scenarios::effective_patches(back->what.kernel) ==
          scenarios::effective_patches(patched.value->kernel));
}

TEST_CASE("scenario_case: rules that are off come back, and cost nothing if there are none") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    const std::string usual = kernel_selection(s);
    CHECK(kernel_selection(s, {}) == usual);
    CHECK(with_selection(s, usual)->rules_off.empty());

    rule_names all;
    for (const rule* r : scenarios::all_rules()) {
        CAPTURE(r->name);
        const std::string one = kernel_selection(s, {r->name});
        CHECK(one.size() == usual.size() + 1);
        const auto back = with_selection(s, one);
        REQUIRE(back);
        CHECK(back->rules_off == rule_names{r->name});
        CHECK(back->what.rules.off == s.rules.off);
        CHECK(scenarios::effective_patches(back->what.kernel) == scenarios::effective_patches(s.kernel));
        CHECK(back->what.kernel.preempt == s.kernel.preempt);
        all.emplace_back(r->name);
    }
    CHECK(kernel_selection(s, all).size() == usual.size() + all.size());
    CHECK(kernel_selection(s, all).size() < 256);
    CHECK(with_selection(s, kernel_selection(s, all))->rules_off == all);
}

TEST_CASE("scenario_case: bytes that name no rules") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    CHECK(with_selection(s, "\x81\x11"));
    CHECK(with_selection(s, "\x81\x91\x12"));
    CHECK_FALSE(with_selection(s, "\x81"));          // no rule
    CHECK_FALSE(with_selection(s, "\x81\x91"));      // another one is announced
    CHECK_FALSE(with_selection(s, "\x81\x91\x11"));  // the same one
    CHECK_FALSE(with_selection(s, "\x81\x92\x11"));  // not ascending
    CHECK_FALSE(with_selection(s, "\x81\x3f"));      // a rule nobody knows
    CHECK_FALSE(with_selection(s, "\x83\x11"));      // a model nobody knows
    CHECK_FALSE(with_selection(s, std::string("\x81\x11\x00", 3)));
}

TEST_CASE("scenario_case: rules off are off in it and in what is left of it, under the same digest") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    const scenario_case usual(s);
    const scenario_case c(s, {"state-agreement", "owner-on-return", "state-agreement"});
    CHECK(c.rules_off() == rule_names{"owner-on-return", "state-agreement"});
    CHECK(c.digest() == usual.digest());
    CHECK(c.selection() == kernel_selection(s, c.rules_off()));
    CHECK(usual.selection() == kernel_selection(s));

    rule_set on = usual.options().rules;
    on.erase(*find_rule("owner-on-return"));
    on.erase(*find_rule("state-agreement"));
    CHECK(c.options().rules == on);
    for (const reduction& r : c.reductions()) {
        const auto smaller = c.reduced(r.code);
        REQUIRE(smaller != nullptr);
        CHECK(smaller->options().rules == on);
        CHECK(smaller->digest() == usual.digest());
        CHECK(dynamic_cast<const scenario_case&>(*smaller).rules_off() == c.rules_off());
    }
}

TEST_CASE("scenario_case: rules that the file switches off are not switched off again") {
    scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    s.rules.off = {"data-race"};
    const scenario_case c(s, {"data-race", "livelock"});
    CHECK(c.rules_off() == rule_names{"livelock"});
    CHECK(c.what().rules.off == std::vector<std::string>{"data-race", "livelock"});

    s.rules = {{}, {"owner-on-return", "deadlock"}};
    const scenario_case some(s, {"livelock", "deadlock"});
    CHECK(some.rules_off() == rule_names{"deadlock"});
    CHECK(some.what().rules.only == std::vector<std::string>{"owner-on-return"});
    const scenario_case none(s, {"owner-on-return", "deadlock"});
    CHECK((scenarios::enabled_rules(none.what()).bits & scenario_case(s).options().rules.bits) ==
          (none.options().rules.bits));
    for (const rule* r : scenarios::all_rules()) {
        CHECK_FALSE(none.options().rules.contains(*r));
    }
}

TEST_CASE("scenario_case: bytes that name no kernel") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout-lockpi.toml");
    CHECK_FALSE(with_selection(s, ""));
    CHECK_FALSE(with_selection(s, "\x03"));
    CHECK_FALSE(with_selection(s, std::string("\x01\x00", 2)));
    CHECK_FALSE(with_selection(s, std::string("\x01\0\0\0\0\0\0\0\x80", 9)));  // a patch nobody knows
    CHECK_FALSE(with_selection(s, std::string(10, '\x01')));
}

TEST_CASE("scenario_case: its digest is that of the scenario on any kernel, and shrinking keeps it") {
    const scenarios::scenario s = shipped("seeds/2017-steal-vs-timeout.toml");
    const auto c = std::make_shared<const scenario_case>(s);
    CHECK(c->digest() == scenarios::digest_on_any_kernel(s));
    const std::vector<reduction> offered = c->reductions();
    REQUIRE(!offered.empty());
    for (const reduction& r : offered) {
        const auto smaller = c->reduced(r.code);
        REQUIRE_MESSAGE(smaller != nullptr, r.about);
        CHECK(smaller->size() < c->size());
        CHECK(smaller->digest() == c->digest());
        CHECK(smaller->taken_away() == std::vector{r.code});
        CHECK(reduce(c, {r.code})->size() == smaller->size());
    }
    CHECK(reduce(c, {0xffffffffU}) == nullptr);
}

TEST_CASE("scenario_case: what actors are called") {
    const std::vector<actor_role> roles = roles_of(shipped("seeds/2017-steal-vs-timeout.toml"));
    CHECK(roles[0].name == "waiter");
    CHECK(roles[0].about == "fifo 10");
    CHECK(roles[64].name == "arrival of waiter");
    CHECK(roles[66].name == "arrival of stealer");
    CHECK(roles[67].name == "timer of waiter");
    CHECK(roles[67].task == 0);
    CHECK(find_actor(roles, "timer of waker") == 68);
    CHECK(find_actor(roles, "nobody") == no_actor);
    CHECK(find_actor(roles, "") == no_actor);
}

// The promise of the whole tool: the race of 2017, found without help and cut down to the story of the mail.
TEST_CASE("scenario_case: the 2017 race shrinks to one event and one interleaving") {
    for (const char* name : {"seeds/2017-steal-vs-timeout-lockpi.toml", "seeds/2017-steal-vs-timeout.toml"}) {
        for (const std::uint64_t seed : {1U}) {
            CAPTURE(name);
            CAPTURE(seed);
            const scenarios::scenario s = shipped(name);
            search_options o;
            o.seed = seed;
            o.schedules_max = 20'000;
            o.selection = kernel_selection(s);
            const search_outcome outcome = search(std::make_shared<const scenario_case>(s), o);
            REQUIRE(outcome.internal_error.empty());
            REQUIRE(outcome.findings.size() == 1);
            const finding& f = outcome.findings[0];
            CHECK(std::string(f.failure.broken->name) == "owner-on-return");
            CHECK(f.shrunk.tasks == 3);
            CHECK(f.shrunk.steps <= 5);
            CHECK(f.shrunk.preemptions == 0);
            CHECK(f.shrunk.events == 1);
            CHECK(f.shrunk.interleavings == 1);
            CHECK(f.token.size() < 160);
        }
        if (sanitizer::address) break;  // the other takes the same ways, and longer
    }
}
