// What `./dev seeds` runs: measures the rows, shows each as soon as it and those above it are known, and
// writes the page about them. With --verify, see proof.hpp.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/arguments.hpp"
#include "cli/interrupt.hpp"
#include "cli/live_line.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"
#include "cli/verification_report.hpp"
#include "tests/seeds/table/measure.hpp"
#include "tests/seeds/table/proof.hpp"
#include "tests/seeds/table/rows.hpp"
#include "tests/seeds/table/text.hpp"

namespace tenthrule::seeds {

namespace {

using clock = std::chrono::steady_clock;

struct request {
    std::string filter;
    std::string markdown;
    std::optional<std::uint64_t> seeds;
    std::optional<std::uint64_t> clean;
    std::optional<std::uint64_t> jobs;
    std::optional<cli::seconds> verify;
    std::string state = "build/verified-seeds";
};

void add_options(CLI::App& app, request& asked) {
    app.add_option("FILTER", asked.filter, "Only rows with this in their scenario, kernel or rules");
    cli::add_count(app, "--seeds", asked.seeds, 1, "Seeds for each row [100]");
    cli::add_count(app, "--clean", asked.clean, 1, "Schedules on the cured kernel [100,000]");
    cli::add_count(app, "--jobs", asked.jobs, 1, "Threads; only the time depends on it [one for each CPU]");
    app.add_option("--markdown", asked.markdown, "Write the page to this file, if all rows are right")
        ->type_name("FILE");
    cli::add_duration(
        app, "--verify", asked.verify,
        "Instead: verify each scenario on a kernel with every correction for T, such as 1h, all "
        "runs together, and print a table; goes on where the last run ended");
    app.add_option("--state", asked.state, "Folder for what --verify has done so far")
        ->type_name("DIR")
        ->capture_default_str();
}

effort effort_of(const request& asked) {
    effort e;
    e.seeds = asked.seeds.value_or(e.seeds);
    e.clean = asked.clean.value_or(e.clean);
    return e;
}

std::size_t jobs_of(const request& asked) {
    return std::min<std::uint64_t>(asked.jobs.value_or(std::max(1U, std::thread::hardware_concurrency())),
                                   256);
}

/// Measures all subjects with some threads. The two searches of a row are independent of each other, so that
/// the last row, or the only one, keeps two threads busy.
class measurement {
public:
    measurement(const std::vector<subject>& subjects, const effort& e)
        : subjects_(subjects), effort_(e), rows_(subjects.size()), missing_(subjects.size(), 2) {}

    void start(std::size_t jobs) {
        for (std::size_t i = 0; i < jobs; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    /// Waits for row `i`. Nothing if it takes longer than that. Throws what a thread has thrown.
    const measured_row* wait_for(std::size_t i, std::chrono::milliseconds at_most) {
        std::unique_lock lock(mutex_);
        const bool there = changed_.wait_for(lock, at_most, [&] { return missing_[i] == 0 || failure_; });
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return there ? &rows_[i] : nullptr;
    }
    std::vector<measured_row>& finish() {
        join();
        return rows_;
    }
    ~measurement() {
        next_ = 2 * subjects_.size();
        join();
    }

private:
    void join() {
        for (std::thread& t : threads_) {
            t.join();
        }
        threads_.clear();
    }
    void work() {
        for (std::size_t part = next_++; part < 2 * subjects_.size(); part = next_++) {
            try {
                measure(part / 2, part % 2 == 0);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                failure_ = std::current_exception();
                changed_.notify_all();
                return;
            }
        }
    }
    void measure(std::size_t i, bool with_bug) {
        const clock::time_point start = clock::now();
        discovery found;
        cleanness clean;
        if (with_bug) {
            found = discover(subjects_[i], effort_);
        } else {
            clean = search_cured(subjects_[i], effort_);
        }
        const std::lock_guard lock(mutex_);
        if (with_bug) {
            rows_[i].found = std::move(found);
        } else {
            rows_[i].clean = std::move(clean);
        }
        rows_[i].seconds += std::chrono::duration<double>(clock::now() - start).count();
        --missing_[i];
        changed_.notify_all();
    }

    const std::vector<subject>& subjects_;
    const effort& effort_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;  ///< of what follows
    std::condition_variable changed_;
    std::vector<measured_row> rows_;
    std::vector<unsigned> missing_;  ///< searches, by row
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

std::vector<subject> chosen(const std::string& filter) {
    std::vector<subject> list;
    for (const row& r : rows()) {
        subject s(r);
        if (name_of(s).find(filter) != std::string::npos) {
            list.push_back(std::move(s));
        }
    }
    return list;
}

bool write(const std::string& path, const std::string& text) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!folder.empty()) {
        std::filesystem::create_directories(folder, error);
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    return static_cast<bool>(file);
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

// Number of rows that are not as they should be.
std::size_t show_all(const std::vector<subject>& subjects, measurement& m, const terminal_table& table) {
    cli::live_line live(stderr, cli::look_at(STDERR_FILENO, {}));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const measured_row* row = nullptr;
        while ((row = m.wait_for(i, cli::live_line::live_interval)) == nullptr) {
            if (live.due()) {
                live.show(fmt::format("row {} of {}: {}", i + 1, subjects.size(), name_of(subjects[i])));
            }
        }
        live.clear();
        print(table.line(subjects[i], *row));
        wrong += row->problems().empty() ? 0U : 1U;
    }
    return wrong;
}

// As many threads as asked for work on one scenario at a time.
int verify_all(const request& asked) {
    const cli::interrupt_guard guard;
    cli::live_line live(stderr, cli::look_at(STDERR_FILENO, {}));
    proof_options options;
    options.time = *asked.verify;
    options.jobs = static_cast<unsigned>(jobs_of(asked));
    options.folder = asked.state;
    options.stop = &cli::interrupt_guard::requested();
    print(proof_header());
    bool broken = false;
    for (const std::string_view name : scenarios_to_prove()) {
        if (name.find(asked.filter) == std::string_view::npos) {
            continue;
        }
        options.on_progress = [&live, name](const verification_progress& p, bool bounded) {
            if (live.due()) {
                live.show(fmt::format("{}: {}", name, cli::progress_line(p, bounded)));
            }
        };
        const proof p = prove(name, options);
        live.clear();
        print(proof_row(name, p));
        broken = broken || !p.broken.empty();
        if (cli::interrupt_guard::requested()) {
            fmt::print(stderr, "to go on: the same command again\n");
            return 130;
        }
    }
    return broken ? 1 : 0;
}

int run(const request& asked) {
    if (asked.verify) {
        return verify_all(asked);
    }
    const std::vector<subject> subjects = chosen(asked.filter);
    if (subjects.empty()) {
        fmt::print(stderr, "./dev seeds: no row has '{}' in its scenario, kernel or rules\n", asked.filter);
        return 2;
    }
    const terminal_table table(subjects, cli::look_at(STDOUT_FILENO, {}));
    print(table.header());
    const effort e = effort_of(asked);
    measurement m(subjects, e);
    m.start(jobs_of(asked));
    const std::size_t wrong = show_all(subjects, m, table);
    if (wrong != 0) {
        print(fmt::format("{} of {} not as the table says\n", wrong, cli::counted(subjects.size(), "row")));
        return 1;
    }
    print(fmt::format("{}, all as the table says\n", cli::counted(subjects.size(), "row")));
    if (!asked.markdown.empty() && !write(asked.markdown, markdown_page(subjects, m.finish(), e))) {
        fmt::print(stderr, "./dev seeds: {} cannot be written\n", asked.markdown);
        return 2;
    }
    return 0;
}

}  // namespace

}  // namespace tenthrule::seeds

int main(int argc, char** argv) {
    using namespace tenthrule::seeds;  // NOLINT(google-build-using-namespace)
    request asked;
    CLI::App app("Measure the rows of tests/seeds/table/rows.cpp: found, shrunk, replayed, cured");
    app.name("./dev seeds");
    add_options(app, asked);
    try {
        app.parse(argc, argv);
        return run(asked);
    } catch (const CLI::Success& e) {
        return app.exit(e);
    } catch (const std::exception& e) {
        fmt::print(stderr, "./dev seeds: {}\n", e.what());
        return 2;
    }
}
