#include "cli/output_folder.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "campaign/reproducer.hpp"
#include "campaign/scenario_case.hpp"
#include "cli/command.hpp"

namespace tenthrule::cli {

namespace {

// Names of scenarios and versions are free text; names of files had better not be.
std::string file_name(const std::string& text) {
    std::string name;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '_' || c == '-';
        name += plain ? c : '-';
    }
    return name.empty() || name.front() == '.' ? "scenario" + name : name;
}

std::string key_of(const finding& f, const std::string& scenario_file) {
    return scenario_file + '\n' + f.failure.identity;
}

}  // namespace

output_folder::output_folder(std::string path) : path_(std::move(path)) {
    if (path_.empty()) {
        return;
    }
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error || !std::filesystem::is_directory(path_)) {
        throw input_error(
            fmt::format("the folder '{}' of --out cannot be made: {}", path_,
                        error ? error.message() : std::string("there is something else of that name")));
    }
}

std::string output_folder::new_path(const finding& f) {
    const scenarios::scenario& s = dynamic_cast<const scenario_case&>(*f.of).what();
    const std::string stem =
        fmt::format("{}-{}-{}", file_name(s.name), file_name(s.kernel.version), f.failure.broken->name);
    for (unsigned n = 1;; ++n) {
        const std::string name = n == 1 ? stem : fmt::format("{}-{}", stem, n);
        if (used_.insert(name).second) {
            return (std::filesystem::path(path_) / (name + ".repro.toml")).string();
        }
    }
}

std::string output_folder::save(const finding& f, const std::string& scenario_file) {
    if (!wanted()) {
        return {};
    }
    std::string& path = paths_[key_of(f, scenario_file)];
    if (path.empty()) {
        path = new_path(f);
    }
    return write_reproducer(make_reproducer(f, "tenthrule " TENTHRULE_VERSION), path);
}

std::string output_folder::path_of(const finding& f, const std::string& scenario_file) const {
    const auto found = paths_.find(key_of(f, scenario_file));
    return found == paths_.end() ? std::string() : found->second;
}

}  // namespace tenthrule::cli
