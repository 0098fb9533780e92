#pragma once

/// A story in the Trace Event Format (the JSON of Chrome's about:tracing), which the Perfetto UI opens.

#include <nlohmann/json.hpp>

#include "campaign/story/story.hpp"

namespace tenthrule {

/// A track for each task, with its calls, its steps inside them and its sleep, and a track for each CPU, with
/// who had it. One step of the execution lasts one microsecond. Arrows lead from who wakes to who is woken,
/// and from where a timer is started to where it fires.
nlohmann::json perfetto_trace(const story& told);

}  // namespace tenthrule
