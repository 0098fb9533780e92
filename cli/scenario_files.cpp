#include "cli/scenario_files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "scheduler/make_strategy.hpp"

namespace tenthrule::cli {

namespace {

namespace fs = std::filesystem;

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::vector<std::string> scenarios_below(const std::string& folder) {
    std::vector<std::string> found;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    while (!error && entry != fs::recursive_directory_iterator()) {
        const std::string path = entry->path().string();
        std::error_code unreadable;
        if (ends_with(path, ".toml") && !ends_with(path, ".repro.toml") &&
            entry->is_regular_file(unreadable)) {
            found.push_back(path);
        }
        entry.increment(error);
    }
    if (error) {
        throw input_error(fmt::format("the folder '{}' cannot be read: {}", folder, error.message()));
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::string strategy_problem(std::string_view name) {
    return make_strategy(name).error;
}

}  // namespace

std::vector<std::string> expand_paths(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            throw input_error(fmt::format("there is no file or folder '{}'", path));
        }
        if (!fs::is_directory(status)) {
            files.push_back(path);
            continue;
        }
        const std::vector<std::string> inside = scenarios_below(path);
        if (inside.empty()) {
            throw input_error(fmt::format("there is no scenario (*.toml) in '{}'", path));
        }
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

std::vector<scenario_file> load_scenarios(const std::vector<std::string>& paths) {
    scenarios::load_options options;
    options.check_strategy = strategy_problem;
    std::vector<scenario_file> files;
    for (const std::string& path : expand_paths(paths)) {
        files.push_back({path, scenarios::load_file(path, options)});
    }
    return files;
}

bool report_diagnostics(console& to, const std::vector<scenario_file>& files) {
    bool wrong = false;
    for (const scenario_file& file : files) {
        to.note(scenarios::to_string(file.loaded.diagnostics));
        wrong |= !file.loaded.value.has_value();
    }
    return wrong;
}

}  // namespace tenthrule::cli
