#pragma once

/// Makes a case and its schedule simpler together: what the passes on cases (passes/reduce_case.hpp) work on.

#include <memory>
#include <unordered_map>

#include "shrink/passes/passes.hpp"
#include "shrink/schedule_shrinker.hpp"

namespace tenthrule::shrinking {

/// Thread safety: none.
class case_shrinker {
public:
    /// `start` has the failure; `recorded` is its trace, with places.
    case_shrinker(attempts& lab, candidate start, trace recorded)
        : lab_(lab),
          current_(std::make_unique<schedule_shrinker>(lab, std::move(start), std::move(recorded))) {}

    attempts& lab() const {
        return lab_;
    }
    const candidate& best() const {
        return current_->best();
    }
    schedule_shrinker& current() const {
        return *current_;
    }
    pass_table& table() {
        return table_;
    }
    /// How often the case became a simpler one, or the schedule was replaced by a whole other one.
    std::uint64_t successes() const {
        return successes_;
    }

    /// Goes on in the case of `other` if that is simpler than the best. `recorded`: its trace, with places.
    bool adopt(candidate other, trace recorded);

    /// Likewise, but makes the schedule of `other` simpler first, with at most `executions_max` executions.
    bool adopt_shrunk(candidate other, trace recorded, std::uint64_t executions_max);

private:
    attempts& lab_;
    std::unique_ptr<schedule_shrinker> current_;
    pass_table table_;
    std::uint64_t successes_ = 0;
};

/// Books what happens in its lifetime as one call of a pass.
class pass_account {
public:
    pass_account(case_shrinker& of, const char* name)
        : of_(of), name_(name), executions_(of.lab().executions()), successes_(of.successes()) {}
    pass_account(const pass_account&) = delete;
    pass_account& operator=(const pass_account&) = delete;
    ~pass_account() {
        pass_report& report = row(of_.table(), name_);
        ++report.calls;
        report.successes += of_.successes() - successes_;
        report.executions += of_.lab().executions() - executions_;
    }
    bool progress() const {
        return of_.successes() != successes_;
    }

private:
    case_shrinker& of_;
    const char* name_;
    std::uint64_t executions_;
    std::uint64_t successes_;
};

}  // namespace tenthrule::shrinking
