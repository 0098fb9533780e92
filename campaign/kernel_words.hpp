#pragma once

/// Kernels as people name them.

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule {

/// Commit ids of the patches in the set, in order of their release.
std::vector<std::string> commits(const kernel::patch_set& patches);

/// "v4.14", "v4.14 with c1e2f0eaf015 without 34b1a1ce1458, preempt = rt".
std::string kernel_words(const scenarios::kernel_choice& k);

}  // namespace tenthrule
