#pragma once

/// Folders and stores for tests.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "campaign/store/campaign_store.hpp"

namespace tenthrule::testing {

/// A folder that is gone when the test is.
class scratch_folder {
public:
    scratch_folder();
    ~scratch_folder();
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    std::string operator/(std::string_view name) const {
        return (path_ / name).string();
    }
    void write(std::string_view name, std::string_view bytes) const;

private:
    std::filesystem::path path_;
};

std::string bytes_of(const std::string& path);

/// A small scenario that may vary, of that name; `steps` makes its meaning differ.
std::string scenario_text(std::string_view name, unsigned steps = 1);
scenario_source source_of(const std::string& text, const std::string& path = "some.toml");

/// Adds a scenario and all its subjects, each with one arm of that strategy and seed. Returns the arms.
std::vector<arm_id> add_arms(campaign_store& to, const std::string& scenario = "first",
                             std::string_view strategy = "pct:depth=3", std::uint64_t seed = 1);

/// A batch whose numbers follow from its place.
batch_result batch_at(arm_id arm, std::uint64_t first, std::uint64_t count);
failure_seen failure(const std::string& identity, std::uint64_t index, std::uint64_t times = 1);

/// What a function throws as a store_error; nothing: nothing.
template <typename F>
std::optional<store_problem> problem_of(F&& f) {
    try {
        f();
    } catch (const store_error& e) {
        return e.problem();
    }
    return std::nullopt;
}

template <typename F>
std::string words_of(F&& f) {
    try {
        f();
    } catch (const store_error& e) {
        return e.what();
    }
    return "nothing was thrown";
}

}  // namespace tenthrule::testing
