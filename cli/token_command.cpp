#include "cli/token_command.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "campaign/find_scenario.hpp"

namespace tenthrule::cli {

namespace {

namespace fs = std::filesystem;

// Whether a search through `folder` comes across `file`: hidden folders and very deep ones are left out.
bool is_found_in(const fs::path& folder, const fs::path& file) {
    std::error_code error;
    const fs::path inside = fs::canonical(file, error).lexically_relative(fs::canonical(folder, error));
    if (error || inside.empty() || inside.extension() != ".toml") {
        return false;
    }
    const auto hidden = [](const fs::path& part) { return part.string().starts_with("."); };
    const auto depth = static_cast<unsigned>(std::distance(inside.begin(), inside.end()));
    return std::none_of(inside.begin(), inside.end(), hidden) && depth <= folder_limits{}.depth_max;
}

}  // namespace

std::string command_for_token(std::string_view command, std::string_view token, const std::string& scenario) {
    const std::vector<std::string> folders = usual_folders();
    const bool found = std::any_of(folders.begin(), folders.end(),
                                   [&scenario](const std::string& f) { return is_found_in(f, scenario); });
    return fmt::format("tenthrule {} {}{}", command, token,
                       found ? std::string() : " --scenario " + shell_quoted(scenario));
}

}  // namespace tenthrule::cli
