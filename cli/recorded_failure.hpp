#pragma once

/// A failure that somebody has found: what `replay` and `shrink` are given as TOKEN or FILE.

#include <memory>
#include <optional>
#include <string>

#include "campaign/reproducer.hpp"
#include "campaign/scenario_case.hpp"
#include "cli/command.hpp"
#include "shrink/replay_check.hpp"
#include "shrink/token.hpp"

namespace tenthrule::cli {

class recorded_failure {
public:
    /// `text`: a token, or the path of a reproducer file. `scenario`: where to look for the token's scenario;
    /// empty: in the usual places. Throws input_error if it is neither, is damaged, or if the scenario cannot
    /// be found.
    recorded_failure(const std::string& text, const std::string& scenario);

    /// On another version than recorded. Throws usage_error if there is no such version.
    void change_kernel(const std::string& version);

    /// Executes it again. Against the recorded execution itself, if another kernel was asked for and the own
    /// one still gives that.
    replay_report replay() const;

    /// As it was recorded, without what shrinking took away.
    const std::shared_ptr<const test_case>& what() const {
        return case_;
    }
    const scenarios::scenario& scenario() const;
    /// The kernel it was recorded on.
    const scenarios::kernel_choice& own_kernel() const {
        return own_kernel_;
    }
    /// The rules that were off besides those that its file switches off.
    const rule_names& rules_off() const {
        return rules_off_;
    }
    /// Empty if another kernel was asked for, or if a file does not say.
    std::string token() const;
    /// What tokens of it carry besides the case.
    std::string selection() const;
    /// The step bound; 0: that of the scenario.
    std::uint32_t points_max() const;
    /// File of the scenario or reproducer.
    const std::string& file() const {
        return file_;
    }
    bool is_file() const {
        return file_content_.has_value();
    }
    /// Something to say that is no error: the scenario was edited. Empty: nothing.
    const std::string& warning() const {
        return warning_;
    }

private:
    void read_file(const std::string& path);
    void read_token(const std::string& text, const std::string& scenario);

    std::optional<tenthrule::token> token_;
    std::optional<reproducer> file_content_;
    std::string file_;
    std::string warning_;
    scenarios::kernel_choice own_kernel_;
    rule_names rules_off_;
    std::shared_ptr<const test_case> case_;
    std::shared_ptr<const test_case> case_on_own_kernel_;  ///< only if another kernel was asked for
    bool other_kernel_ = false;
};

}  // namespace tenthrule::cli
