#pragma once

/// Where the two checkers differ, and why. The test fails where they differ and it is not written here, and
/// where it is written here and they do not differ (any more).

#include <array>

#include "tests/relacy/finding.hpp"

namespace tenthrule::comparison {

struct difference {
    const char* algorithm;
    const char* variant;
    finding tenthrule;
    finding relacy;
    const char* why;
};

/// None is known.
inline constexpr std::array<difference, 0> differences{};

struct litmus_difference {
    const char* name;
    const char* missing;  ///< outcomes that Relacy does not come to
    const char* extra;    ///< outcomes that only Relacy comes to
    const char* why;
};

inline constexpr const char* by_execution =
    "In Relacy the modification order is the order in which stores are executed.";
inline constexpr const char* fences_alone =
    "In Relacy seq_cst fences are ordered among themselves only; RC11 orders them with seq_cst accesses, "
    "too.";
inline constexpr const char* newest_of_strong =
    "In Relacy a seq_cst load gives the newest store if that is seq_cst, as C++11 had it; RC11 allows more "
    "where "
    "weaker accesses come in between.";

inline constexpr litmus_difference litmus_differences[] = {
    {"SB+fence+sc", "", "0,0", fences_alone},
    {"MP+own store", "2,0", "",
     "In Relacy a later store of the same thread continues a release sequence, as in C++11; since C++20 it "
     "does "
     "not."},
    {"IRIW+acq+sc", "1,0,1,0", "", newest_of_strong},
    {"2+2W", "1,1", "", by_execution},
    {"2+2W+rel", "1,1", "", by_execution},
    {"S", "1,2,1", "", by_execution},
    {"W+RWC+fence before a release", "", "1,0,0", fences_alone},
    {"W+RWC+fence behind an acquire", "", "1,0,0", fences_alone},
    {"Z6.U", "1,3,0", "", newest_of_strong},
};

}  // namespace tenthrule::comparison
