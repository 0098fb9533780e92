#include "tests/cli/run_tool.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tenthrule::test {

namespace {

struct channel {
    int ours = -1;
    int theirs = -1;
};

channel open_pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    return {ends[0], ends[1]};
}

channel open_terminal() {
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(master >= 0);
    REQUIRE(grantpt(master) == 0);
    REQUIRE(unlockpt(master) == 0);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);  // NOLINT(concurrency-mt-unsafe)
    REQUIRE(slave >= 0);
    return {master, slave};
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    for (std::string& w : words) {
        list.push_back(w.data());
    }
    list.push_back(nullptr);
    return list;
}

// What the parent of a test had set must not change what it sees.
std::vector<std::string> environment(const tool_environment& where) {
    // Of two of one name the first counts.
    std::vector<std::string> variables = where.variables;
    variables.insert(variables.end(), {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=xterm"});
    for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
        if (const char* value = std::getenv(kept)) {  // NOLINT(concurrency-mt-unsafe)
            variables.push_back(std::string(kept) + "=" + value);
        }
    }
    return variables;
}

// Reads until the other side has closed. Reading from a terminal that was closed is an error, not an end.
std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t n = read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            close(fd);
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

}  // namespace

tool_run run_tool(const std::vector<std::string>& words, const tool_environment& where) {
    std::vector<std::string> arguments{TENTHRULE_TOOL};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<std::string> variables = environment(where);
    std::vector<char*> argv = pointers(arguments);
    std::vector<char*> envp = pointers(variables);

    const channel out = where.on_terminal ? open_terminal() : open_pipe();
    const channel err = open_pipe();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int to = where.out_file.empty() ? out.theirs : open(where.out_file.c_str(), O_WRONLY);
        dup2(to, STDOUT_FILENO);
        dup2(where.on_terminal ? out.theirs : err.theirs, STDERR_FILENO);
        if (chdir(where.folder.c_str()) == 0) {
            execve(TENTHRULE_TOOL, argv.data(), envp.data());
        }
        _exit(127);
    }
    close(out.theirs);
    close(err.theirs);

    tool_run result;
    std::thread reader([&] { result.err = read_all(err.ours); });
    std::thread interrupter([&] {
        if (where.interrupt_after_ms > 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(where.interrupt_after_ms));
            kill(child, SIGINT);
        }
    });
    result.out = read_all(out.ours);
    reader.join();
    interrupter.join();
    int status = 0;
    waitpid(child, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::vector<nlohmann::json> json_lines(const tool_run& run) {
    std::vector<nlohmann::json> objects;
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
        REQUIRE_FALSE(object.is_discarded());
        objects.push_back(std::move(object));
    }
    return objects;
}

std::string scenario_2017() {
    return "scenarios/seeds/2017-steal-vs-timeout.toml";
}

temporary_folder::temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tenthrule-cli-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace tenthrule::test
