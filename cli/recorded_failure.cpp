#include "cli/recorded_failure.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "campaign/find_scenario.hpp"
#include "cli/arguments.hpp"

namespace tenthrule::cli {

namespace {

bool looks_like_a_path(const std::string& text) {
    return text.find('/') != std::string::npos || text.find(".toml") != std::string::npos;
}

// What follows the first mistake is of no use, and files may be full of them.
std::string listed(const std::vector<scenarios::diagnostic>& problems) {
    std::string text = scenarios::to_string(problems);
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

}  // namespace

recorded_failure::recorded_failure(const std::string& text, const std::string& scenario) {
    std::error_code error;
    if (std::filesystem::is_regular_file(text, error)) {
        if (!scenario.empty()) {
            throw usage_error("a reproducer file contains its scenario: --scenario goes with tokens only");
        }
        read_file(text);
    } else if (looks_like_a_path(text)) {
        throw input_error(fmt::format("there is no file '{}'", text));
    } else {
        read_token(text, scenario);
    }
}

void recorded_failure::read_file(const std::string& path) {
    reproducer_or_problems result = read_reproducer_file(path);
    if (!result.read) {
        throw input_error(fmt::format("'{}' is no reproducer:\n{}", path, listed(result.diagnostics)));
    }
    warning_ = listed(result.diagnostics);
    file_ = path;
    own_kernel_ = result.read->what.kernel;
    case_ = std::make_shared<scenario_case>(result.read->what);
    file_content_ = std::move(result.read);
}

void recorded_failure::read_token(const std::string& text, const std::string& scenario) {
    token_or_error result = decode_token(text);
    if (!result.read) {
        throw input_error(result.error);
    }
    token_ = std::move(result.read);
    std::error_code error;
    if (!scenario.empty() && !std::filesystem::exists(scenario, error)) {
        throw input_error(fmt::format("there is no file or folder '{}'", scenario));
    }
    found_scenario found = find_scenario(*token_, {scenario, usual_folders()});
    if (!found.value) {
        throw input_error(found.error);
    }
    file_ = found.file;
    if (!found.exact) {
        warning_ =
            fmt::format("{} is not the scenario that the token was made of, or was edited since", file_);
    }
    own_kernel_ = found.value->kernel;
    const auto original = std::make_shared<scenario_case>(std::move(*found.value), found.rules_off);
    rules_off_ = original->rules_off();
    case_ = reduce(original, token_->taken_away);
    if (case_ == nullptr) {
        throw input_error(
            fmt::format("{} does not have what shrinking took away: it is not the scenario that the "
                        "token was made of, or was edited since",
                        file_));
    }
}

const scenarios::scenario& recorded_failure::scenario() const {
    return dynamic_cast<const scenario_case&>(*case_).what();
}

std::string recorded_failure::selection() const {
    return kernel_selection(scenario(), rules_off_);
}

std::string recorded_failure::token() const {
    if (other_kernel_) {
        return {};
    }
    return token_ ? encode(*token_) : file_content_->token;
}

std::uint32_t recorded_failure::points_max() const {
    return token_ ? token_->points_max.value_or(0) : file_content_->points_max;
}

void recorded_failure::change_kernel(const std::string& version) {
    scenarios::kernel_override changed = scenarios::with_kernel(scenario(), version, {}, {});
    if (!changed.value) {
        throw usage_error(in_words(changed.problem));
    }
    other_kernel_ = true;
    case_on_own_kernel_ = case_;
    if (file_content_) {
        file_content_->what = *changed.value;
    }
    // Only its executions matter from here on: it is not asked for its digest.
    case_ = std::make_shared<scenario_case>(std::move(*changed.value));
}

replay_report recorded_failure::replay() const {
    if (file_content_) {
        return replay_reproducer(*file_content_);
    }
    recorded_execution expected = recorded_in(*token_);
    if (other_kernel_) {
        const replay_report before = check_replay(*case_on_own_kernel_, expected);
        if (!before.diverged) {
            expected.original = &before.run;
            return check_replay(*case_, expected);
        }
    }
    return check_replay(*case_, expected);
}

}  // namespace tenthrule::cli
