#include "shrink/replay_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/replay.hpp"

namespace tenthrule {

namespace {

// "waiter: lock bucket 0 (free)"
std::string in_words(const logged_run& run, const event& e) {
    if (e.story) {
        return fmt::format("{}: \"{}\"", run.name(e.who), e.label);
    }
    return fmt::format("{}: {} {}{}", run.name(e.who), to_string(e.kind), e.label,
                       e.detail.empty() ? "" : fmt::format(" ({})", e.detail));
}

bool same_step(const event& a, const event& b) {
    return a.point == b.point && a.who == b.who && a.kind == b.kind && a.story == b.story &&
           a.label == b.label;
}

bool same_event(const event& a, const event& b) {
    return same_step(a, b) && a.cpu == b.cpu && a.came == b.came && a.detail == b.detail &&
           a.state == b.state;
}

void compose(divergence& d) {
    const std::string where = d.step == 0 ? "" : fmt::format("at step {}: ", d.step);
    if (d.expected.empty()) {
        d.message = fmt::format("{}{}", where, d.actual);
    } else {
        d.message = fmt::format("{}recorded was: {}; but now: {}", where, d.expected, d.actual);
    }
}

// Event by event. Nothing if the logs are equal.
std::optional<divergence> compare_logs(const logged_run& before, const logged_run& now) {
    const std::vector<event>& old_log = before.result.log;
    const std::vector<event>& new_log = now.result.log;
    const auto [old_at, new_at] =
        std::mismatch(old_log.begin(), old_log.end(), new_log.begin(), new_log.end(), &same_event);
    if (old_at == old_log.end() && new_at == new_log.end()) {
        return std::nullopt;
    }
    divergence d;
    if (old_at == old_log.end()) {
        d.step = new_at->point;
        d.expected = ending_in_words(before.result);
        d.actual = in_words(now, *new_at);
    } else if (new_at == new_log.end()) {
        d.step = old_at->point;
        d.expected = in_words(before, *old_at);
        d.actual = ending_in_words(now.result);
    } else {
        d.step = std::min(old_at->point, new_at->point);
        d.expected = in_words(before, *old_at);
        d.actual = in_words(now, *new_at);
        if (d.expected == d.actual && old_at->state != new_at->state) {
            d.expected += fmt::format(", then {}", old_at->state);
            d.actual += fmt::format(", then {}", new_at->state);
        } else if (d.expected == d.actual) {
            d.expected += fmt::format(" on CPU {}", old_at->cpu);
            d.actual += fmt::format(" on CPU {}", new_at->cpu);
        }
    }
    return d;
}

// The events that have a place in a fingerprint, in order.
std::vector<const event*> fingerprinted(const std::vector<event>& log) {
    std::vector<const event*> events;
    std::uint32_t last = 0;
    for (const event& e : log) {
        if (e.point != last && !e.story) {
            last = e.point;
            events.push_back(&e);
        }
    }
    return events;
}

// Step by step, as far as fingerprints tell. Nothing if they are equal.
std::optional<divergence> compare_fingerprints(const std::vector<std::uint8_t>& before,
                                               const logged_run& now) {
    const std::vector<const event*> events = fingerprinted(now.result.log);
    const std::vector<std::uint8_t> actual = fingerprint(now.result.log, token::fingerprint_max);
    const auto [old_at, new_at] = std::mismatch(before.begin(), before.end(), actual.begin(), actual.end());
    if (old_at == before.end() && new_at == actual.end()) {
        return std::nullopt;
    }
    divergence d;
    d.exact = false;
    if (new_at == actual.end()) {
        d.step = events.empty() ? 0 : events.back()->point + 1;
        d.expected = fmt::format("{} more steps", before.end() - old_at);
        d.actual = ending_in_words(now.result);
        return d;
    }
    const event& e = *events[static_cast<std::size_t>(new_at - actual.begin())];
    d.step = e.point;
    d.expected = old_at == before.end() ? "the end of the execution" : "another step";
    d.actual = in_words(now, e);
    return d;
}

// Where the schedule itself did not fit. Nothing if it did.
std::optional<divergence> misfit(const replay& how, const logged_run& now) {
    divergence d;
    d.step = now.result.statistics.points;
    if (const auto& failed = how.diverged()) {
        if (failed->values != 0) {
            d.expected = fmt::format("value {} is chosen", failed->planned.value);
            d.actual = fmt::format("only {} values are possible", failed->values);
            return d;
        }
        const std::string& wanted = now.name(failed->planned.value);
        d.expected =
            fmt::format("{} steps", wanted.empty() ? std::string("somebody who does not exist") : wanted);
        std::string able;
        for (unsigned i = 0; i < failed->enabled.count(); ++i) {
            able += fmt::format("{}{}", i == 0 ? "" : ", ", now.name(failed->enabled.nth(i)));
        }
        d.actual = fmt::format("that cannot be; those who can step are {}", able);
        return d;
    }
    if (!how.left_over().empty()) {
        d.expected = fmt::format("{} more decisions of the schedule", how.left_over().size());
        d.actual = ending_in_words(now.result);
        return d;
    }
    return std::nullopt;
}

bool is_the_same(const recorded_execution& expected, const logged_run& now) {
    const run_result& r = now.result;
    return r.end == verdict::violation &&
           (expected.identity.empty() || r.failure.identity == expected.identity) &&
           (!expected.trace_digest || static_cast<std::uint32_t>(now.trace_digest) == *expected.trace_digest);
}

// The steps are the same as far as is known, and yet something differs.
divergence other_outcome(const recorded_execution& expected, const logged_run& now) {
    divergence d;
    d.exact = false;
    const run_result& r = now.result;
    const bool another_failure = r.end != verdict::violation ||
                                 (!expected.identity.empty() && expected.identity != r.failure.identity);
    if (another_failure) {
        d.expected = expected.identity.empty() ? "a violation" : expected.identity;
        d.actual = ending_in_words(r);
    } else if (expected.fingerprint.size() == token::fingerprint_max) {
        d.actual =
            fmt::format("the first {} steps are the same, but something after them is not what was recorded",
                        expected.fingerprint.size());
    } else {
        d.actual = "the steps are the same, but what they do or see is not what was recorded";
    }
    return d;
}

// The earliest difference that can be told.
divergence find_divergence(const recorded_execution& expected, const replay& how, const logged_run& now) {
    std::optional<divergence> d = misfit(how, now);
    if (expected.original != nullptr) {
        if (std::optional<divergence> exact = compare_logs(*expected.original, now)) {
            d = exact;
        }
    } else if (!expected.fingerprint.empty()) {
        std::optional<divergence> other = compare_fingerprints(expected.fingerprint, now);
        if (other && (!d || other->step < d->step)) {
            d = other;
        }
    }
    if (!d) {
        d = other_outcome(expected, now);
    }
    compose(*d);
    return *d;
}

}  // namespace

std::string ending_in_words(const run_result& r) {
    switch (r.end) {
        case verdict::completed:
            return "the execution ends without a violation";
        case verdict::violation:
            return fmt::format("the execution ends with {}", r.failure.identity);
        case verdict::step_bound:
            return "the execution reaches its step bound";
        case verdict::diverged:
        case verdict::redundant:
            return "the execution cannot follow the schedule any further";
    }
    return "?";
}

recorded_execution recorded_in(const token& t) {
    return {t.decisions, t.points_max, t.fingerprint, t.trace_digest, "", nullptr};
}

replay_report check_replay(const test_case& of, const recorded_execution& expected) {
    replay how(expected.decisions);
    replay_report report{run_logged(of, how, expected.points_max.value_or(0)), std::nullopt};
    if (!is_the_same(expected, report.run) || !how.left_over().empty()) {
        report.diverged = find_divergence(expected, how, report.run);
    }
    return report;
}

}  // namespace tenthrule
