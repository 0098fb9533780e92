#include "cli/recording_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule::cli {

namespace fs = std::filesystem;

std::vector<conform::recording> read_recordings(console& out, const std::string& path) {
    std::ifstream file(path);
    if (!file || fs::is_directory(path)) {
        throw input_error(fmt::format("the recording '{}' cannot be read: {}", path,
                                      file ? "this is a folder" : std::strerror(errno)));
    }
    std::vector<conform::recording> all;
    std::size_t wrong = 0;
    std::uint32_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        auto read = conform::read_recording(line, path, number);
        if (auto* const r = std::get_if<conform::recording>(&read)) {
            all.push_back(std::move(*r));
        } else {
            ++wrong;
            out.note(scenarios::to_string(std::get<std::vector<scenarios::diagnostic>>(read)));
        }
    }
    if (wrong != 0 || all.empty()) {
        throw input_error(
            wrong != 0 ? fmt::format("the recording '{}' is no good: {} of its lines are wrong", path, wrong)
                       : fmt::format("there is nothing in the recording '{}'", path));
    }
    return all;
}

std::vector<std::string> shipped_sequences() {
    std::error_code error;
    const fs::path tool = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const fs::path installed = (tool.parent_path() / TENTHRULE_SEQUENCE_DIR_FROM_BIN).lexically_normal();
        if (fs::is_directory(installed, error)) {
            return {installed.string()};
        }
    }
    if (fs::is_directory(TENTHRULE_SEQUENCE_DIR, error)) {
        return {TENTHRULE_SEQUENCE_DIR};
    }
    throw input_error(
        "the shipped sequences are not where they were installed; expected files or --random N");
}

namespace {

std::string unfinished(const std::string& path) {
    return path + ".part";
}

}  // namespace

recording_writer::recording_writer(const std::string& path) : path_(path) {
    if (path_.empty()) {
        return;
    }
    file_.open(unfinished(path_));
    if (!file_) {
        throw input_error(fmt::format("'{}' cannot be written: {}", path_, std::strerror(errno)));
    }
}

recording_writer::~recording_writer() {
    if (file_.is_open()) {
        file_.close();
        std::error_code ignored;
        fs::remove(unfinished(path_), ignored);
    }
}

void recording_writer::add(const conform::recording& r) {
    if (file_.is_open() && !r.after.empty()) {
        file_ << conform::to_json_line(r) << '\n';
    }
}

void recording_writer::finish() {
    if (!file_.is_open()) {
        return;
    }
    file_.close();
    std::error_code error;
    if (file_) {
        fs::rename(unfinished(path_), path_, error);
    }
    if (!file_ || error) {
        throw input_error(fmt::format("'{}' could not be written to its end: {}", path_,
                                      error ? error.message() : std::strerror(errno)));
    }
}

}  // namespace tenthrule::cli
