// What `./dev seeds --verify` keeps and shows.

#include "tests/seeds/table/proof.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

namespace tenthrule::seeds {

namespace {

class temporary_folder {
public:
    temporary_folder()
        : path_(std::filesystem::temp_directory_path() / ("tenthrule-proof-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(path_);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::filesystem::remove_all(path_);
    }
    std::string path() const {
        return path_.string();
    }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("proof of seeds: what is done is kept, and not done again") {
    const temporary_folder folder;
    std::atomic<bool> stop{true};
    proof_options options;
    options.time = std::chrono::minutes(10);
    options.folder = folder.path();
    options.stop = &stop;
    const proof nothing = prove("2016-unlock-livelock", options);
    CHECK_FALSE(nothing.ended());
    CHECK(proof_row("2016-unlock-livelock", nothing) ==
          "| `seeds/2016-unlock-livelock.toml` | not begun | none |  | 0 min |\n");

    stop = false;
    const proof all = prove("2016-unlock-livelock", options);
    CHECK(all.ended());
    CHECK(all.everything.verified);
    CHECK(all.everything.executions == 19);
    CHECK(proof_row("2016-unlock-livelock", all) ==
          "| `seeds/2016-unlock-livelock.toml` | all of them: 19 executions |  |  | 0 min |\n");

    stop = true;  // it could do nothing now
    const proof again = prove("2016-unlock-livelock", options);
    CHECK(again.everything.verified);
    CHECK(again.everything.executions == 19);
    CHECK(again.everything.spent == all.everything.spent);

    std::ofstream(folder.path() + "/2016-unlock-livelock.json") << "{";
    CHECK_THROWS_AS(prove("2016-unlock-livelock", options), std::runtime_error);
}

TEST_CASE("proof of seeds: what did not come to an end says how far it got") {
    proof p;
    p.everything.executions = 4'900'000;
    p.everything.share = 0.08;
    p.everything.spent = std::chrono::minutes(30);
    p.bounds.bound = 2;
    p.bounds.executions = 24'316;
    p.bounds.spent = std::chrono::minutes(30);
    CHECK(proof_row("x", p) ==
          "| `seeds/x.toml` | 4,900,000 executions, about 8.0 % | 2 | 24,316 | 60 min |\n");
    p.everything.ended = true;
    p.everything.cuts = 12;
    p.bounds.verified = p.bounds.ended = true;
    CHECK(proof_row("x", p) ==
          "| `seeds/x.toml` | 4,900,000 executions, 12 of them cut | 2, which is all | 24,316 | 60 min |\n");
    p.broken = "deadlock";
    CHECK(proof_row("x", p).find("**deadlock is broken**") != std::string::npos);
}

TEST_CASE("proof of seeds: each scenario of the table once") {
    std::vector<std::string_view> names = scenarios_to_prove();
    CHECK(names.size() == 24);
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

}  // namespace tenthrule::seeds
