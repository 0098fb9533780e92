#include "shrink/certify.hpp"

#include <fmt/format.h>

#include "scheduler/bounded.hpp"

namespace tenthrule::shrinking {

namespace {

class searcher {
public:
    searcher(const candidate& what, const std::string& identity, std::uint64_t executions_max,
             const std::atomic<bool>* stop)
        : in_(*what.in),
          identity_(identity),
          fair_(what.statistics.fair != 0),
          left_(executions_max),
          stop_(stop) {}

    // Looks at every schedule within the bound. False if that was too much, or it found the failure.
    bool none_within(const schedule_bound& most) {
        bounded how(most);
        if (fair_) {
            how.keep_going_round();
        }
        while (how.more()) {
            if (left_ == 0 || (stop_ != nullptr && stop_->load(std::memory_order_relaxed))) {
                return false;
            }
            --left_;
            ++executions_;
            const run_result& r = machine_.run(*in_.instance, how, in_.options);
            const run_statistics& s = r.statistics;
            const bool within = s.preemptions + s.interleavings <= most.switches && s.events <= most.events;
            if (r.end == verdict::violation && r.failure.identity == identity_ && within) {
                smaller_ = r.decisions;
                return false;
            }
            given_up_ = given_up_ || s.fair != 0;
        }
        return true;
    }

    std::optional<schedule>& smaller() {
        return smaller_;
    }
    std::uint64_t executions() const {
        return executions_;
    }
    /// Some execution did not end by itself: what lies behind was not explored.
    bool given_up() const {
        return given_up_;
    }
    bool stopped() const {
        return left_ != 0;
    }

private:
    specimen& in_;
    const std::string& identity_;
    bool fair_;  ///< it may take going round for ever
    std::uint64_t left_;
    const std::atomic<bool>* stop_;
    execution machine_;
    std::optional<schedule> smaller_;
    std::uint64_t executions_ = 0;
    bool given_up_ = false;
};

std::string counted(std::uint32_t n, const char* one, const char* several) {
    return fmt::format("{} {}", n, n == 1 ? one : several);
}

std::string what_it_says(std::uint32_t switches, std::uint32_t events) {
    if (switches == 0 && events == 0) {
        return "it takes no switch and no event";
    }
    const std::string p = counted(switches, "switch", "switches");
    if (events == 0) {
        return fmt::format("no schedule with fewer than {} breaks this rule like this without an event", p);
    }
    const std::string e = counted(events, "event", "events");
    if (switches == 0) {
        return fmt::format("no schedule with fewer than {} breaks this rule like this without a switch", e);
    }
    return fmt::format(
        "no schedule with fewer than {} and at most {}, or with fewer than {} and at most {}, breaks this "
        "rule like this",
        p, e, e, p);
}

}  // namespace

certificate certify(const candidate& what, const std::string& identity, std::uint64_t executions_max,
                    const std::atomic<bool>* stop) {
    const cost c = cost_of(what.statistics);
    const std::uint32_t switches = c.preemptions + c.interleavings;
    searcher s(what, identity, executions_max, stop);
    certificate result;
    const bool fewer_switches = switches == 0 || s.none_within({switches - 1, c.events});
    const bool none = fewer_switches && (c.events == 0 || s.none_within({switches, c.events - 1}));
    result.executions = s.executions();
    result.smaller = std::move(s.smaller());
    if (result.smaller) {
        result.because = "there is a schedule with less";
    } else if (!none) {
        result.because =
            s.stopped() ? "the search for a schedule with less was interrupted"
                        : fmt::format("{} executions were not enough to look at every schedule with less",
                                      result.executions);
    } else if (s.given_up()) {
        result.because = "some executions of the search did not end by themselves, so it was not exhaustive";
    } else {
        result.certified = true;
        result.because = what_it_says(switches, c.events);
    }
    return result;
}

}  // namespace tenthrule::shrinking
