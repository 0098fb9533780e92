#include "worker/worker.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <new>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/random.hpp"
#include "runtime/sanitizer.hpp"
#include "scheduler/forwarding.hpp"
#include "scheduler/make_strategy.hpp"
#include "scheduler/replay.hpp"
#include "shrink/token.hpp"
#include "worker/channel.hpp"
#include "worker/coverage/coverage.hpp"
#include "worker/coverage/watched.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule::crew {

namespace {

using clock = std::chrono::steady_clock;

// Leaves every decision in the shared page before it takes effect. Choices are numbered as in a schedule.
class noted_strategy final : public forwarding_strategy {
public:
    noted_strategy(strategy& other, shared_page& page) : forwarding_strategy(other), page_(page) {}

    void begin(std::uint64_t seed) override {
        page_->decisions_count.store(0, std::memory_order_release);
        choice_ = 0;
        other().begin(seed);
    }
    actor pick(const situation& where) override {
        const actor next = other().pick(where);
        note(next, where.fallback);
        return next;
    }
    std::uint32_t choose(std::uint32_t n) override {
        const std::uint32_t value = other().choose(n);
        note(static_cast<std::uint8_t>(value), 0);
        return value;
    }

private:
    void note(std::uint8_t value, std::uint8_t fallback) {
        const std::uint32_t n = page_->decisions_count.load(std::memory_order_relaxed);
        if (value != fallback && n < page_contents::decisions_max) {
            page_->decisions[n] = {choice_, value};
            page_->decisions_count.store(n + 1, std::memory_order_release);
        }
        ++choice_;
    }

    shared_page& page_;
    std::uint32_t choice_ = 0;
};

class batch {
public:
    batch(const work_order& o, const std::shared_ptr<const test_case>& what, shared_page& page,
          work_report& to)
        : order_(o), what_(what), page_(page), report_(to) {}

    void run() {
        const std::unique_ptr<strategy> decides = make_strategy(order_.strategy).made;
        if (decides == nullptr || decides->watches()) {
            throw std::invalid_argument(fmt::format("no strategy for batches: '{}'", order_.strategy));
        }
        const bool careful = order_.what == work::careful;
        noted_strategy noted(*decides, page_);
        watched looking(*decides);
        strategy& usual = careful ? static_cast<strategy&>(noted) : *decides;
        const std::unique_ptr<program> instance = what_->instantiate();
        run_options run = what_->options();
        run.log = false;
        if (order_.points_max != 0) {
            run.points_max = order_.points_max;
        }
        for (std::uint64_t n = 0; n < order_.count && !page_->stop.load(std::memory_order_relaxed); ++n) {
            const std::uint64_t index = order_.first + n;
            const bool look = order_.coverage && !careful && index % coverage::watch_interval == 0;
            looking.watch(look);
            strategy& how = look ? static_cast<strategy&>(looking) : usual;
            page_->index.store(index + 1, std::memory_order_relaxed);
            const run_result& result = machine_.run(*instance, how, run, execution_seed(order_.seed, index));
            count(result, index);
            if (look) {
                covered_.add(looking.class_hash(), looking.pairs());
            }
        }
        page_->index.store(0, std::memory_order_relaxed);
        confirm_findings();
        if (order_.coverage && !careful) {
            covered_.add_states(machine_.states_seen());
            report_.batch.coverage = covered_.to_bytes();
        }
    }

private:
    void count(const run_result& result, std::uint64_t index) {
        batch_result& b = report_.batch;
        ++b.count;
        b.points += result.statistics.points;
        b.longest = std::max(b.longest, result.statistics.points);
        page_->executions.store(page_->executions.load(std::memory_order_relaxed) + 1,
                                std::memory_order_relaxed);
        if (result.end == verdict::completed) [[likely]] {
            return;
        }
        if (result.end == verdict::redundant) {
            return;  // the test has assumed it away
        }
        if (result.end == verdict::step_bound) {
            ++b.step_bounds;
        } else if (result.end == verdict::violation) {
            ++b.failures;
            note(result, index);
        } else {
            throw std::runtime_error(
                fmt::format("execution {} went another way than the same decisions did before: the tested "
                            "program does not depend on its schedule alone",
                            index + 1));
        }
    }

    void note(const run_result& result, std::uint64_t index) {
        for (searching::raw_finding& known : findings_) {
            if (known.result.failure.identity == result.failure.identity) {
                ++known.times;
                return;
            }
        }
        findings_.push_back({index, 1, result});
    }

    void confirm_findings() {
        finding_options options;
        options.points_max = order_.points_max;
        options.selection = order_.subject.selection;
        for (const searching::raw_finding& raw : findings_) {
            finding f;
            if (const std::string error = searching::confirm(what_, raw, options, f); !error.empty()) {
                throw std::runtime_error(error);
            }
            failure_seen seen;
            seen.identity = f.failure.identity;
            seen.rule = f.failure.broken->name;
            seen.message = f.failure.message;
            seen.first_index = raw.index;
            seen.times = raw.times;
            seen.token = f.token;
            report_.batch.seen.push_back(std::move(seen));
            report_.seen_points.push_back(f.original.points);
        }
    }

    const work_order& order_;
    const std::shared_ptr<const test_case>& what_;
    shared_page& page_;
    work_report& report_;
    execution machine_;
    coverage covered_;
    std::vector<searching::raw_finding> findings_;
};

// Of a case that does not know its own size, what the execution shows of it.
reproducer_size size_of(const execution_figures& f, const run_result& logged) {
    reproducer_size s{f.tasks, f.steps, f.preemptions, f.events, f.interleavings, f.points};
    if (f.tasks == 0) {
        std::set<actor> tasks;
        for (const event& e : logged.log) {
            if (is_task(e.who)) {
                tasks.insert(e.who);
            }
        }
        s.tasks = static_cast<std::uint32_t>(tasks.size());
        s.steps = f.points;
    }
    return s;
}

void do_shrink(const work_order& o, const std::shared_ptr<const test_case>& what, shared_page& page,
               const worker_trade& trade, work_report& to) {
    const token_or_error read = decode_token(o.token);
    if (!read.read) {
        throw std::runtime_error(read.error);
    }
    finding_options options;
    options.points_max = o.points_max;
    options.selection = o.subject.selection;
    options.stop = &page->stop;
    replay how(read.read->decisions);
    searching::raw_finding raw;
    raw.result = run_logged(*what, how, o.points_max).result;
    if (raw.result.end != verdict::violation || raw.result.failure.identity != o.identity) {
        throw std::runtime_error("the token of the failure does not lead to it again");
    }
    finding f;
    std::string error = searching::confirm(what, raw, options, f);
    best_reproducer& best = to.reproducer;
    if (error.empty()) {
        best.original = size_of(f.original, f.run.result);
        error = searching::shrink_finding(f, options);
    }
    if (!error.empty()) {
        throw std::runtime_error(error);
    }
    best.weight = shrinking::weigh(f.run.result.statistics, f.of->size(), f.decisions);
    best.size = size_of(f.shrunk, f.run.result);
    best.token = f.token;
    best.message = f.failure.message;
    best.certified = f.certified;
    best.certified_because = f.certified_because;
    best.shrink_executions = f.shrink_executions;
    best.complete = !f.shrink_budget_used_up && !page->stop.load();
    if (trade.describe) {
        best.text = trade.describe(f);
    }
}

shared_page* page_of_this_process = nullptr;

[[noreturn]] void out_of_memory() {
    (*page_of_this_process)->out_of_memory.store(true);
    _exit(1);
}

// Bytes of address space that this process has reserved by now.
std::uint64_t reserved_already() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t pages = 0;
    file >> pages;
    return file ? pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

void limit_this_process(std::uint64_t memory_max) {
    rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (memory_max != 0 && !sanitizer::address) {
        const std::uint64_t limit = memory_max + reserved_already();
        const rlimit memory{limit, limit};
        setrlimit(RLIMIT_AS, &memory);
        std::set_new_handler(out_of_memory);
    }
}

}  // namespace

work_report do_work(const work_order& o, const std::shared_ptr<const test_case>& what, shared_page& page,
                    const worker_trade& trade) {
    const clock::time_point start = clock::now();
    work_report report;
    report.number = o.number;
    report.batch.first = o.first;
    try {
        if (what == nullptr) {
            throw std::runtime_error("the worker does not know the scenario or its kernel");
        }
        if (o.what == work::shrink) {
            do_shrink(o, what, page, trade, report);
        } else {
            batch(o, what, page, report).run();
        }
    } catch (const std::exception& e) {
        report.problem = e.what();
    } catch (...) {
        report.problem = "an execution threw an exception of unknown type";
    }
    page->index.store(0, std::memory_order_relaxed);
    report.seconds = std::chrono::duration<double>(clock::now() - start).count();
    report.batch.seconds = report.seconds;
    return report;
}

int work_until_done(const worker_trade& trade, std::uint64_t memory_max) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The coordinator decides when to stop: Ctrl-C goes to all processes of the terminal.
    std::signal(SIGINT, SIG_IGN);   // NOLINT(cert-err33-c)
    std::signal(SIGTERM, SIG_IGN);  // NOLINT(cert-err33-c)
    shared_page page(worker_page);
    page_of_this_process = &page;
    limit_this_process(memory_max);
    channel orders(worker_socket);
    // A coordinator that was gone before prctl shows as a socket without another end.
    using key = std::tuple<std::uint64_t, std::string, std::vector<std::uint32_t>>;
    std::map<key, std::shared_ptr<const test_case>> cases;
    while (const std::optional<std::string> message = orders.receive()) {
        const std::optional<work_order> o = order_from(*message);
        if (!o) {
            return 1;
        }
        page->order.store(o->number);
        if (cases.size() > 256) {
            cases.clear();
        }
        std::shared_ptr<const test_case>& what =
            cases[key{o->subject.digest, o->subject.selection, o->subject.codes}];
        if (what == nullptr) {
            what = trade.open(*o);
        }
        const work_report report = do_work(*o, what, page, trade);
        page->order.store(0);
        if (!orders.send(to_bytes(report))) {
            return 0;
        }
    }
    return 0;
}

}  // namespace tenthrule::crew
