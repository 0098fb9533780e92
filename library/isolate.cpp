#include "library/isolate.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shrink/token.hpp"
#include "worker/packing.hpp"

namespace tenthrule::detail {

void journalling::begin(std::uint64_t seed) {
    choices_ = 0;
    to_.decisions.store(0);
    to_.executions.fetch_add(1);
    other().begin(seed);
}

actor journalling::pick(const situation& where) {
    const actor next = other().pick(where);
    write_down(next, where.fallback);
    return next;
}

std::uint32_t journalling::choose(std::uint32_t n) {
    const std::uint32_t value = other().choose(n);
    write_down(static_cast<std::uint8_t>(value), 0);
    return value;
}

void journalling::write_down(std::uint8_t value, std::uint8_t standard) {
    const std::uint32_t n = to_.decisions.load();
    if (value != standard && n < journal::decisions_max) {
        to_.decided[n] = {choices_, value};
        to_.decisions.store(n + 1);
    }
    ++choices_;
}

namespace {

// ---- The result on its way from one process to the other

template <typename Result, typename Visitor>
void visit(Result& r, Visitor& v) {
    v(r.executions), v(r.points), v(r.step_bounds), v(r.assumed_away), v(r.strategy), v(r.error);
    auto& f = r.failure;
    v(f.rule), v(f.message), v(f.identity), v(f.trace), v(f.token);
    v(f.found_at), v(f.points), v(f.preemptions), v(f.shrunk), v(f.minimal);
}

std::string pack(const exploration& r) {
    packer to;
    to(static_cast<std::uint64_t>(r.end));
    visit(r, to);
    to(std::uint64_t{r.remarks.size()});
    for (const std::string& remark : r.remarks)
        to(remark);
    return to.bytes();
}

std::optional<exploration> unpack(const std::string& bytes) {
    unpacker from(bytes);
    exploration r;
    from(r.end);
    visit(r, from);
    std::uint64_t remarks = 0;
    from(remarks);
    for (std::uint64_t i = 0; i < remarks && from.whole(); ++i)
        from(r.remarks.emplace_back());
    return from.whole() ? std::optional(std::move(r)) : std::nullopt;
}

[[noreturn]] void search_here(const std::function<exploration(journal&)>& search, journal& to, int pipe) {
    const std::string bytes = pack(search(to));
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t n = write(pipe, bytes.data() + at, bytes.size() - at);
        if (n <= 0) {
            break;
        }
        at += static_cast<std::size_t>(n);
    }
    std::fflush(nullptr);
    _exit(0);
}

// Everything that comes until the other end is closed; a process that stands still for too long is killed.
std::string read_all(int pipe, const journal& of, pid_t child, std::uint32_t hang_seconds, bool& hangs) {
    using clock = std::chrono::steady_clock;
    std::string bytes;
    std::uint64_t seen = 0;
    clock::time_point since = clock::now();
    for (;;) {
        char chunk[4096];
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(pipe, &ready);
        timeval patience{0, 100'000};
        if (select(pipe + 1, &ready, nullptr, nullptr, &patience) > 0) {
            const ssize_t n = read(pipe, chunk, sizeof chunk);
            if (n <= 0) {
                return bytes;
            }
            bytes.append(chunk, static_cast<std::size_t>(n));
        }
        const std::uint64_t now = of.executions.load();
        if (now != seen || !of.searching.load()) {
            seen = now;
            since = clock::now();
        } else if (hang_seconds != 0 && clock::now() - since > std::chrono::seconds(hang_seconds)) {
            hangs = true;
            kill(child, SIGKILL);
        }
    }
}

exploration crashed(const journal& of, const explore_options& options, std::uint64_t digest, int status,
                    bool hangs) {
    std::string what;
    if (hangs) {
        what = fmt::format("an execution goes on without a scheduling point for more than {} s",
                           options.hang_seconds);
    } else if (WIFSIGNALED(status)) {
        what = fmt::format("the process died of {} ({})",
                           sigabbrev_np(WTERMSIG(status)) != nullptr
                               ? fmt::format("SIG{}", sigabbrev_np(WTERMSIG(status)))
                               : "a signal",
                           strsignal(WTERMSIG(status)));
    } else {
        what = fmt::format("the process ended with exit code {} in the middle of an execution",
                           WEXITSTATUS(status));
    }
    exploration r;
    r.executions = of.executions.load();
    r.strategy = canonical_name(options.strategy);
    if (!of.searching.load()) {
        r.end = exploration_end::not_a_test;
        r.error = fmt::format("while a failure was being confirmed or shrunk {}", what);
        return r;
    }
    token t;
    t.case_digest = digest;
    t.decisions.assign(of.decided, of.decided + of.decisions.load());
    r.end = exploration_end::failed;
    r.failure.rule = hangs ? "hang" : "crash";
    r.failure.message = what;
    r.failure.identity = fmt::format("{}: {}", r.failure.rule, what);
    r.failure.token = encode(t);
    r.failure.found_at = r.executions;
    r.failure.trace = "(no trace: replay it without isolation in a debugger)\n";
    return r;
}

}  // namespace

exploration search_isolated(const std::function<exploration(journal&)>& search,
                            const explore_options& options, std::uint64_t digest) {
    void* const memory =
        mmap(nullptr, sizeof(journal), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    auto* const shared = new (memory) journal;
    exploration result;
    int ends[2];
    std::fflush(nullptr);
    const pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child == 0) {
        close(ends[0]);
        search_here(search, *shared, ends[1]);
    }
    if (child < 0) {
        result.end = exploration_end::bad_input;
        result.error = fmt::format("no process for an isolated search: {}", std::strerror(errno));
    } else {
        close(ends[1]);
        bool hangs = false;
        const std::string bytes = read_all(ends[0], *shared, child, options.hang_seconds, hangs);
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        std::optional<exploration> whole = bytes.empty() ? std::nullopt : unpack(bytes);
        result = whole ? std::move(*whole) : crashed(*shared, options, digest, status, hangs);
    }
    munmap(memory, sizeof(journal));
    return result;
}

}  // namespace tenthrule::detail
