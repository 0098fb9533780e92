#include "shrink/verify_case.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shrink/subtree_search.hpp"

namespace tenthrule {

namespace {

using verifying::subtree_search;

class searcher {
public:
    searcher(const test_case& what, const verify_case_options& options)
        : options_(options), instance_(what.instantiate()), run_(what.options()) {
        run_.log = false;
        if (options.points_max != 0) {
            run_.points_max = options.points_max;
        }
    }

    verified_case run() {
        if (!options_.bound) {
            search(std::nullopt);
            return std::move(result_);
        }
        for (std::uint32_t bound = 0; bound <= *options_.bound; ++bound) {
            search(bound);
            if (!result_.verified()) {
                break;
            }
            result_.bound_done = bound;
            if (result_.all_of_them) {
                break;
            }
        }
        return std::move(result_);
    }

private:
    void search(std::optional<std::uint32_t> bound) {
        subtree_search all(subtree{}, bound);
        const auto spent = [&] {
            return result_.executions + result_.redundant + all.so_far().executions + all.so_far().redundant;
        };
        bool more = true;
        while (more && !stopped() && (options_.executions_max == 0 || spent() < options_.executions_max)) {
            more = all.step(machine_, *instance_, run_);
        }
        result_.verdict = verdict_of(all);
        result_.all_of_them = all.finished() && !all.failure() && !all.left_out();
        result_.executions += all.so_far().executions;
        result_.redundant += all.so_far().redundant;
        result_.cuts += all.so_far().cuts;
        result_.longest = std::max(result_.longest, all.so_far().longest);
        if (all.failure()) {
            result_.failure = all.failure()->failure;
            result_.decisions = all.failure()->decisions;
        }
    }

    case_verdict verdict_of(const subtree_search& all) const {
        if (all.diverged()) {
            return case_verdict::diverged;
        }
        if (all.failure()) {
            return case_verdict::found;
        }
        if (all.finished()) {
            return all.so_far().cuts == 0 ? case_verdict::verified : case_verdict::cut;
        }
        return stopped() ? case_verdict::interrupted : case_verdict::executions;
    }

    bool stopped() const {
        return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
    }

    const verify_case_options& options_;
    std::unique_ptr<program> instance_;
    run_options run_;
    execution machine_;
    verified_case result_;
};

}  // namespace

verified_case verify_case(const test_case& what, const verify_case_options& options) {
    return searcher(what, options).run();
}

std::string describe(const verified_case& v) {
    const std::string executions = fmt::format("{} execution{}", v.executions, v.executions == 1 ? "" : "s");
    switch (v.verdict) {
        case case_verdict::verified:
            return v.all_of_them
                       ? fmt::format("verified: {}, all of them", executions)
                       : fmt::format("verified up to bound {}: {}", v.bound_done.value_or(0), executions);
        case case_verdict::found:
            return fmt::format("violation after {}: {}", executions, v.failure->message);
        case case_verdict::cut:
            return fmt::format(
                "not verified: {}, but {} of them did not end by themselves, and what lies behind was not "
                "explored",
                executions, v.cuts);
        case case_verdict::executions:
            return fmt::format("not verified: {} were not all of them", executions);
        case case_verdict::interrupted:
            return fmt::format("interrupted after {}", executions);
        case case_verdict::diverged:
            break;
    }
    return "not verified: the same decisions led to different executions, so the test does not depend on its "
           "schedule alone";
}

}  // namespace tenthrule
