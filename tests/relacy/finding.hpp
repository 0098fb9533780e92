#pragma once

/// What a checker says of a program, in words that both checkers have a translation for.

#include <cstdint>

namespace tenthrule::comparison {

enum class finding : std::uint8_t {
    clean,
    assertion,
    data_race,
    deadlock,
    livelock,
    use_after_free,
    double_free,
    leak,
    lock_misuse,  ///< unlocked by somebody else, locked twice
    uninitialised,
    other,
};

constexpr const char* to_text(finding f) {
    constexpr const char* words[] = {"clean",       "assertion",      "data race",   "deadlock",
                                     "livelock",    "use after free", "double free", "leak",
                                     "lock misuse", "uninitialised",  "other"};
    return words[static_cast<unsigned>(f)];
}

struct searched {
    finding found = finding::clean;
    bool every_schedule = false;  ///< the search came to its end
};

}  // namespace tenthrule::comparison
