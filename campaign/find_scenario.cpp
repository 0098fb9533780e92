#include "campaign/find_scenario.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "campaign/scenario_case.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"

namespace tenthrule {

namespace fs = std::filesystem;

namespace {

bool is_scenario_file(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.ends_with(".toml") && !name.ends_with(".repro.toml");
}

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with(".");
}

// Scenario files in and below a folder, in the order of their names, so that the first match is the same
// everywhere. What cannot be read is left out. True if there were more than the limits allow.
bool list_files(const fs::path& folder, const folder_limits& limits, unsigned depth,
                std::vector<std::string>& to) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        entries.push_back(*it);
    }
    std::sort(entries.begin(), entries.end());
    bool cut = false;
    for (const fs::directory_entry& entry : entries) {
        if (is_hidden(entry.path())) {
            continue;
        }
        if (entry.is_directory(error) && !entry.is_symlink(error)) {
            if (depth + 1 < limits.depth_max) {
                cut = list_files(entry.path(), limits, depth + 1, to) || cut;
            } else {
                cut = true;
            }
        } else if (is_scenario_file(entry.path()) && entry.is_regular_file(error)) {
            if (to.size() >= limits.files_max) {
                return true;
            }
            to.push_back(entry.path().lexically_normal().string());
        }
    }
    return cut;
}

class finder {
public:
    finder(const token& t, const folder_limits& limits) : token_(t), limits_(limits) {}

    found_scenario in_named(const std::string& path) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            return in_folders({path});
        }
        scenarios::load_result loaded = scenarios::load_file(path);
        if (!loaded.value) {
            return failed(to_string(loaded.diagnostics));
        }
        const bool exact = scenarios::digest_on_any_kernel(*loaded.value) == token_.case_digest;
        return chosen(std::move(*loaded.value), path, exact);
    }

    found_scenario in_folders(const std::vector<std::string>& folders) {
        std::string looked;
        for (const std::string& folder : folders) {
            std::vector<std::string> files;
            const bool cut = list_files(folder, limits_, 0, files);
            for (const std::string& file : files) {
                scenarios::load_result loaded = scenarios::load_file(file);
                if (loaded.value && scenarios::digest_on_any_kernel(*loaded.value) == token_.case_digest) {
                    return chosen(std::move(*loaded.value), file, true);
                }
            }
            looked += fmt::format("\n  {} ({} files{})", folder, files.size(),
                                  cut ? ", not everything below it" : "");
        }
        return failed(fmt::format(
            "the scenario of this token (digest {:016x}) is not there; looked at all *.toml files in{}\n"
            "if it is elsewhere, name it: --scenario PATH; if it was edited since, the token belongs to the "
            "file "
            "as it was, and a reproducer file (*.repro.toml) is what can still be replayed",
            token_.case_digest, looked));
    }

private:
    found_scenario chosen(scenarios::scenario s, const std::string& file, bool exact) {
        if (token_.selection.empty()) {
            return {std::move(s), {}, file, exact, ""};
        }
        std::optional<selected_scenario> selected = with_selection(std::move(s), token_.selection);
        if (!selected) {
            return failed(
                "the token is of a kernel with patches, or switches rules off, that this version of the "
                "program does not know");
        }
        return {std::move(selected->what), std::move(selected->rules_off), file, exact, ""};
    }

    static found_scenario failed(std::string why) {
        return {std::nullopt, {}, "", false, std::move(why)};
    }

    const token& token_;
    const folder_limits& limits_;
};

}  // namespace

std::vector<std::string> usual_folders() {
    std::vector<std::string> folders{"."};
    std::error_code error;
    const fs::path tool = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const fs::path installed = (tool.parent_path() / TENTHRULE_SCENARIO_DIR_FROM_BIN).lexically_normal();
        if (fs::is_directory(installed, error)) {
            folders.push_back(installed.string());
        }
    }
    if (folders.size() == 1 && fs::is_directory(TENTHRULE_SCENARIO_DIR, error)) {
        folders.emplace_back(TENTHRULE_SCENARIO_DIR);
    }
    return folders;
}

found_scenario find_scenario(const token& t, const places_to_look& where, const folder_limits& limits) {
    finder f(t, limits);
    return where.named.empty() ? f.in_folders(where.folders) : f.in_named(where.named);
}

}  // namespace tenthrule
