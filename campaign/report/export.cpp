#include "campaign/report/export.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "campaign/plan/program_test.hpp"
#include "campaign/report/summary_json.hpp"

namespace tenthrule {

namespace {

namespace fs = std::filesystem;

class folder_writer {
public:
    explicit folder_writer(std::string folder) : folder_(std::move(folder)) {
        make(folder_);
    }

    void make(const fs::path& folder) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) {
            throw store_error(store_problem::denied, fmt::format("{}: the folder cannot be made ({})",
                                                                 folder.string(), error.message()));
        }
    }

    // Nobody ever sees half a file: it gets its name when it is complete.
    void write(const std::string& name, const std::string& text) {
        const fs::path path = fs::path(folder_) / name;
        make(path.parent_path());
        const std::string unfinished = path.string() + ".unfinished";
        errno = 0;
        std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
        file << text;
        file.close();
        std::error_code error;
        if (!file) {
            const int why = errno;
            fs::remove(unfinished, error);
            throw store_error(why == ENOSPC ? store_problem::full : store_problem::denied,
                              fmt::format("{}: it cannot be written ({})", path.string(),
                                          why == 0 ? "the file system refuses" : std::strerror(why)));
        }
        fs::rename(unfinished, path, error);
        if (error) {
            throw store_error(store_problem::denied,
                              fmt::format("{}: it cannot be written ({})", path.string(), error.message()));
        }
        paths_.push_back(path.string());
    }

    std::vector<std::string> paths() {
        return std::move(paths_);
    }

private:
    std::string folder_;
    std::vector<std::string> paths_;
};

// Names of scenarios and rules have no other characters; a store that somebody has edited may.
std::string file_name(std::string text) {
    for (char& c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
    }
    return text.substr(0, 100);
}

std::string in_one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20U) c = ' ';
    }
    return text;
}

}  // namespace

std::vector<std::string> export_campaign(const campaign_store& store, const campaign_summary& summary,
                                         const std::string& folder) {
    folder_writer to(folder);
    std::string tokens;
    std::string corpus;
    baseline known;
    for (const summary_finding& f : summary.findings) {
        const stored_finding& w = f.what;
        const std::string about = fmt::format("{}  {}", f.scenario, in_one_line(w.identity));
        tokens += fmt::format("{}  {}\n", w.shrunk ? w.best.token : w.token, about);
        for (const finding_occurrence& o : w.occurrences) {
            corpus += fmt::format("{}  {}\n", o.token, about);
        }
        known.add(f.scenario, w.identity);
        if (w.shrunk && !w.best.text.empty()) {
            to.write(fmt::format("findings/{}-{}-{:04}.{}", file_name(f.scenario), file_name(w.rule), w.id,
                                 f.program ? "txt" : "repro.toml"),
                     w.best.text);
        }
    }
    for (const stored_scenario& s : store.scenarios()) {
        to.write(
            fmt::format("{}/{}{}.toml", program_test_from(s.text) ? "programs" : "scenarios",
                        file_name(s.name), s.current ? std::string() : fmt::format("-{:016x}", s.digest)),
            s.text);
    }
    to.write("tokens.txt", tokens);
    to.write("corpus.txt", corpus);
    to.write("baseline.txt", known.to_text());
    to.write("campaign.json",
             to_json(summary).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return to.paths();
}

}  // namespace tenthrule
