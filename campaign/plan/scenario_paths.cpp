#include "campaign/plan/scenario_paths.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fnmatch.h>
#include <unistd.h>

namespace tenthrule {

namespace {

namespace fs = std::filesystem;

bool is_scenario_name(const std::string& name) {
    return name.ends_with(".toml") && !name.ends_with(".repro.toml") && !name.starts_with(".");
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end;
         it.increment(error)) {
        entries.push_back(*it);
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

bool is_folder_below(const fs::directory_entry& entry) {
    std::error_code error;
    return entry.is_directory(error) && !entry.is_symlink(error) &&
           !entry.path().filename().string().starts_with(".");
}

class matcher {
public:
    explicit matcher(const std::string& pattern, bool programs = false) : programs_(programs) {
        for (const fs::path& part : fs::path(pattern)) {
            if (!part.empty()) parts_.push_back(part.string());
        }
    }

    std::vector<std::string> all() {
        match({}, 0);
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        return std::move(found_);
    }

private:
    void match(const fs::path& at, std::size_t part) {
        if (part == parts_.size()) {
            take(at);
        } else if (parts_[part] == "**") {
            match(at, part + 1);
            for (const fs::directory_entry& entry : entries_of(at)) {
                if (is_folder_below(entry)) match(at / entry.path().filename(), part);
            }
        } else if (!is_glob(parts_[part])) {
            std::error_code error;
            if (fs::exists(at / parts_[part], error)) match(at / parts_[part], part + 1);
        } else {
            for (const fs::directory_entry& entry : entries_of(at)) {
                const std::string name = entry.path().filename().string();
                if (fnmatch(parts_[part].c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0) {
                    match(at / name, part + 1);
                }
            }
        }
    }

    void take(const fs::path& path) {
        if (programs_) {
            if (is_program(path.string())) found_.push_back(path.string());
            return;
        }
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            if (is_scenario_name(path.filename().string())) found_.push_back(path.string());
            return;
        }
        for (const fs::directory_entry& entry : entries_of(path)) {
            if (is_folder_below(entry) || (fs::is_regular_file(entry.path(), error) &&
                                           is_scenario_name(entry.path().filename().string()))) {
                take(path / entry.path().filename());
            }
        }
    }

    bool programs_;
    std::vector<std::string> parts_;
    std::vector<std::string> found_;
};

}  // namespace

bool is_glob(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> scenario_paths(const std::string& pattern) {
    std::error_code error;
    if (fs::exists(pattern, error) && !fs::is_directory(pattern, error)) {
        return {pattern};  // named: whatever its name is
    }
    return matcher(pattern).all();
}

bool is_program(const std::string& path) {
    std::error_code error;
    return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0 &&
           fs::path(path).extension() != ".toml";
}

std::vector<std::string> program_paths(const std::string& pattern) {
    if (is_program(pattern)) {
        return {pattern};  // whatever its name is
    }
    return matcher(pattern, true).all();
}

}  // namespace tenthrule
