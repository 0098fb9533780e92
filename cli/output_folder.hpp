#pragma once

/// Where reproducers go.

#include <map>
#include <set>
#include <string>

#include "scenarios/scenario.hpp"
#include "worker/finding.hpp"

namespace tenthrule::cli {

/// The --out folder of one run. A file that an earlier run left there under the same name is replaced; within
/// one run no two failures share a name.
class output_folder {
public:
    /// Empty: nothing is written. Otherwise makes the folder; throws input_error if that is impossible.
    explicit output_folder(std::string path);

    bool wanted() const {
        return !path_.empty();
    }

    /// Writes the finding as a reproducer, and writes it again over the first one when it is saved again, say
    /// because it has been shrunk. `scenario_file` and the finding's identity tell findings apart. Not empty:
    /// what went wrong.
    std::string save(const finding& f, const std::string& scenario_file);
    /// Where it was saved; empty if it was not.
    std::string path_of(const finding& f, const std::string& scenario_file) const;

private:
    std::string new_path(const finding& f);

    std::string path_;
    std::map<std::string, std::string> paths_;  // by scenario file and identity
    std::set<std::string> used_;
};

}  // namespace tenthrule::cli
