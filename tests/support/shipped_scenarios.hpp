#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tenthrule::test {

/// The files of all scenarios that come with the source, in order.
inline std::vector<std::filesystem::path> shipped_scenarios() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(TENTHRULE_SOURCE_DIR "/scenarios")) {
        if (entry.path().extension() == ".toml") {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace tenthrule::test
