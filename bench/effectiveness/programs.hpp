#pragma once

/// The programs that papers on schedule search measure themselves with: SCTBench (Thomson, Donaldson and
/// Betts, "Concurrency Testing Using Controlled Schedulers: An Empirical Study", ACM TOPC 2016) and
/// SafeStack, written anew from descriptions of what each does. Every one of them has a bug.

#include <functional>
#include <span>
#include <string_view>

namespace tenthrule::effectiveness {

struct buggy_program {
    std::string_view name;  ///< as in published.csv
    std::function<void()> run;
    std::string_view bug;  ///< in a few words
};

std::span<const buggy_program> programs();

/// REQUIRES: it exists.
const buggy_program& program_named(std::string_view name);

}  // namespace tenthrule::effectiveness
