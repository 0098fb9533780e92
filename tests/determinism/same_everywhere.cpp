// The same token means the same execution, event for event, whatever compiler and options built the program:
// a thousand random executions of the shipped scenarios are turned into tokens and replayed, and the digests
// of their event logs are compared with those in tests/golden/trace_digests.txt, which every build shares.
//
// After a change that is meant to alter executions: TENTHRULE_UPDATE_GOLDEN=1 writes the file anew.

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scheduler/make_strategy.hpp"
#include "scheduler/replay.hpp"
#include "shrink/logged_run.hpp"
#include "shrink/token.hpp"
#include "tests/support/shipped_scenarios.hpp"

namespace tenthrule {

namespace {

namespace fs = std::filesystem;
using test::shipped_scenarios;

constexpr unsigned tokens_total = 1000;
constexpr const char* golden_file = TENTHRULE_SOURCE_DIR "/tests/golden/trace_digests.txt";

// Executes once, makes a token of it, and replays what the token says. Gives the digest of the replay.
std::uint64_t digest_after_round_trip(const scenario_case& what, const std::string& strategy_name,
                                      std::uint64_t seed) {
    execution e;
    const auto program = what.instantiate();
    const auto strategy = make_strategy(strategy_name).made;
    const schedule decisions = e.run(*program, *strategy, what.options(), seed).decisions;

    replay again(decisions);
    const logged_run logged = run_logged(what, again);
    const std::string text = encode(make_token(what, kernel_selection(what.what()), logged.result));

    const token_or_error read = decode_token(text);
    REQUIRE_MESSAGE(read.read.has_value(), read.error);
    replay from_token(read.read->decisions);
    const logged_run replayed = run_logged(what, from_token);
    REQUIRE(replayed.result.end != verdict::diverged);
    REQUIRE(replayed.trace_digest == logged.trace_digest);
    REQUIRE(read.read->trace_digest == static_cast<std::uint32_t>(logged.trace_digest));
    return replayed.trace_digest;
}

std::map<std::string, std::string> read_golden() {
    std::map<std::string, std::string> lines;
    std::ifstream in(golden_file);
    std::string name;
    std::string digest;
    while (in >> name >> digest) {
        lines[name] = digest;
    }
    return lines;
}

}  // namespace

TEST_CASE("a token replays to the same event log under every compiler, optimisation and sanitizer") {
    const std::vector<fs::path> files = shipped_scenarios();
    REQUIRE(!files.empty());
    const auto each = static_cast<unsigned>((tokens_total + files.size() - 1) / files.size());
    static constexpr const char* strategies[] = {"random", "random:stay=7/8", "pct:depth=3"};

    std::map<std::string, std::string> digests;
    for (const fs::path& file : files) {
        CAPTURE(file);
        auto loaded = scenarios::load_file(file.string());
        REQUIRE(loaded.value.has_value());
        const scenario_case what(*std::move(loaded.value));
        std::uint64_t folded = 0;
        for (unsigned i = 0; i < each; ++i) {
            const std::uint64_t digest =
                digest_after_round_trip(what, strategies[i % std::size(strategies)], execution_seed(10, i));
            folded = (std::rotl(folded, 7) ^ digest) * 0x9e3779b97f4a7c15U;
        }
        digests[file.filename().string()] = fmt::format("{:016x}", folded);
    }

    if (std::getenv("TENTHRULE_UPDATE_GOLDEN") != nullptr) {
        std::ofstream out(golden_file);
        for (const auto& [name, digest] : digests) {
            out << name << ' ' << digest << '\n';
        }
    }
    CHECK(digests == read_golden());
}

}  // namespace tenthrule
