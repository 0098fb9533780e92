#include "campaign/crew/program_sources.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>

#include "campaign/crew/worker_process.hpp"
#include "campaign/plan/plan_paths.hpp"
#include "campaign/plan/scenario_paths.hpp"
#include "shrink/attempts.hpp"
#include "worker/invitation.hpp"

namespace tenthrule::crew {

namespace {

using clock = std::chrono::steady_clock;

// Of all bytes of the file.
std::optional<std::uint64_t> build_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::uint64_t hash = 0;
    std::uint64_t size = 0;
    for (char bytes[1U << 16U]; file.read(bytes, sizeof bytes), file.gcount() > 0;) {
        const auto count = static_cast<std::size_t>(file.gcount());
        std::fill(bytes + count, std::end(bytes), '\0');
        for (std::size_t at = 0; at < count; at += sizeof hash) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes + at, sizeof word);
            hash = shrinking::mix(hash, word);
        }
        size += count;
    }
    return file.bad() || size == 0 ? std::nullopt : std::optional(shrinking::mix(hash, size));
}

class asking {
public:
    asking(const std::string& path, std::uint64_t build)
        : path_(path), build_(build), process_({{absolute(path)}, to_text(invitation{})}, -1) {}

    tests_or_error ask(std::chrono::milliseconds patience) {
        const clock::time_point until = clock::now() + patience;
        for (bool more = true; more && result_.error.empty();) {
            if (clock::now() >= until) {
                result_.error = fmt::format(
                    "it has not ended after {} s; expected a program that says which "
                    "tests it has when TENTHRULE_CAMPAIGN asks it",
                    std::chrono::duration<double>(patience).count());
                break;
            }
            pollfd end{process_.talk().fd(), POLLIN, 0};
            poll(&end, 1, 50);
            // Its descendants may keep the socket open; what it has said before its end is there then.
            const bool ended = process_.has_ended();
            more = process_.talk().read_available() && !ended;
            while (const std::optional<std::string> message = process_.talk().take()) {
                take(*message);
            }
            if (process_.talk().is_broken()) {
                result_.error = "what it says over descriptor 3 is no list of tests";
            }
        }
        if (result_.error.empty()) {
            check_end();
        }
        return std::move(result_);
    }

private:
    static std::string absolute(const std::string& path) {
        return std::filesystem::absolute(path).string();
    }

    void check_end() {
        const std::string how = process_.wait();
        if (process_.was_signalled()) {
            result_.error = fmt::format(
                "it {}{} while it was asked which tests it has, so there may be more than those {}; expected "
                "a program that says which tests it has and then returns from main",
                how.starts_with("signal") ? "was ended by " : "", how, result_.tests.size());
        } else if (result_.tests.empty()) {
            result_.error = fmt::format(
                "it has no test that a campaign could run ({}); expected a program "
                "whose tests call tenthrule::explore or tenthrule::run_test, or are "
                "made by TENTHRULE_TEST_CASE",
                how);
        }
    }

    void take(const std::string& message) {
        const std::optional<announced_test> t = announced_from(message);
        if (!t || !t->is_of_this_version()) {
            result_.error =
                fmt::format("it was built on the library of {}; expected one that was built on that of {}",
                            !t || t->tool.empty() ? "another version of tenthrule" : "tenthrule " + t->tool,
                            "tenthrule " + tool_version());
            return;
        }
        const auto [same, is_new] = known_.emplace(t->digest, t->name);
        if (!is_new) {
            result_.error = fmt::format(
                "its tests {} and {} cannot be told apart; expected a name for each test that no other has "
                "(explore_options::name)",
                named(same->second), named(t->name));
            return;
        }
        result_.tests.push_back({path_, t->name, t->digest, build_});
    }

    static std::string named(const std::string& test) {
        return test.empty() ? "without a name" : "'" + test + "'";
    }

    const std::string& path_;
    std::uint64_t build_;
    worker_process process_;
    std::map<std::uint64_t, std::string> known_;  // names by digest
    tests_or_error result_;
};

scenario_source source_of(const program_test& t, const std::string& store) {
    program_test kept = t;
    kept.program = as_seen_from_store(t.program, store);
    scenario_source source;
    source.path = t.program;
    source.text = to_text(kept);
    source.digest = digest_of(t);
    source.what.name = name_of(t);
    source.what.about = t.test.empty() ? fmt::format("A test of {}.", t.program)
                                       : fmt::format("{}, in {}.", t.test, t.program);
    source.program = t;
    return source;
}

class adder {
public:
    adder(const std::string& store, sources_or_problems& to) : store_(store), to_(to) {
        for (const scenario_source& s : to_.sources) {
            names_.emplace(s.what.name, s.path);
        }
    }

    void add(const std::string& pattern) {
        const std::vector<std::string> paths = program_paths(pattern);
        if (paths.empty()) {
            error(pattern,
                  "no program fits; expected an executable file that was built on the library, or a "
                  "pattern that fits some");
        }
        for (const std::string& path : paths) {
            if (seen_.insert(std::filesystem::absolute(path).lexically_normal().string()).second) {
                add_program(path);
            }
        }
    }

private:
    void error(const std::string& path, std::string message) {
        to_.diagnostics.push_back({scenarios::severity::error, path, {}, std::move(message), "", ""});
        to_.has_errors = true;
    }

    void add_program(const std::string& path) {
        tests_or_error asked = ask_program(path);
        if (!asked.error.empty()) {
            error(path, std::move(asked.error));
        }
        for (const program_test& t : asked.tests) {
            scenario_source source = source_of(t, store_);
            const auto [same, is_new] = names_.emplace(source.what.name, path);
            if (is_new) {
                to_.sources.push_back(std::move(source));
            } else {
                error(path,
                      fmt::format("the campaign would call its test '{}' {}, as one of {}; expected names "
                                  "that differ",
                                  t.test, source.what.name, same->second));
            }
        }
    }

    const std::string& store_;
    sources_or_problems& to_;
    std::map<std::string, std::string> names_;
    std::set<std::string> seen_;
};

}  // namespace

tests_or_error ask_program(const std::string& path, std::chrono::milliseconds patience) try {
    const std::optional<std::uint64_t> build = build_of(path);
    if (!build) {
        return {{}, "it cannot be read; expected a program"};
    }
    return asking(path, *build).ask(patience);
} catch (const std::system_error& e) {
    return {{}, e.what()};
}

void add_programs(const campaign_plan& plan, sources_or_problems& to) {
    adder all(plan.store, to);
    for (const std::string& pattern : plan.programs) {
        all.add(pattern);
    }
}

}  // namespace tenthrule::crew
