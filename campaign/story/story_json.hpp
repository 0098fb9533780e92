#pragma once

/// Stories as programs read them: what the page is made of, and what docs/reports.md describes.

#include <nlohmann/json.hpp>

#include "campaign/story/story.hpp"
#include "worker/finding.hpp"

namespace tenthrule {

/// The state before the first step is complete; that after each step is a JSON merge patch (RFC 7396) to the
/// one before, so that it says at once what the step has changed.
nlohmann::json to_json(const story& told);

/// The story of a finding's execution. Throws std::runtime_error if executing it again gives another one.
story story_or_throw(const finding& f);
/// The same as JSON.
nlohmann::json story_json(const finding& f);

/// How control came to a step: "handed over".
const char* arrival_name(arrival_kind came);

/// Turns `before` into `after` when it is applied as a merge patch. REQUIRES: no nulls in either.
nlohmann::json merge_patch_between(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace tenthrule
