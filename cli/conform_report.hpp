#pragma once

/// What `tenthrule conform` says: counts, and each difference as a table.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/json_lines.hpp"
#include "conform/comparison.hpp"

namespace tenthrule::cli {

class conform_report {
public:
    /// `real`, `model`: how the two sides are called, "Linux 6.18.44" and "model of v6.18". `real` is "" if
    /// only the model is asked.
    conform_report(console& out, bool as_json, std::string real, std::string model);

    /// `name`: the file or the seed. `again`: a command line that shows it again; may be empty.
    /// `tells_all`: also says that a sequence agrees.
    void add(const std::string& name, const conform::comparison_result& v, const std::string& again,
             bool tells_all);
    /// After the last one. `what`: "sequence", "recorded sequence".
    void finish(const std::string& what);

    bool any_difference() const {
        return differ_ + unexpected_ != 0;
    }
    std::uint64_t sequences() const {
        return agree_ + differ_ + unexpected_ + skipped_ + undecided_;
    }

private:
    void show(const std::string& name, const conform::comparison_result& v, const std::string& again);
    std::string table_of(const conform::comparison_result& v) const;

    console& out_;
    bool as_json_;
    std::string real_;
    std::string model_;
    std::uint64_t agree_ = 0;
    std::uint64_t agree_later_ = 0;  ///< of those that agree
    std::uint64_t differ_ = 0;
    std::uint64_t unexpected_ = 0;
    std::uint64_t skipped_ = 0;
    std::uint64_t undecided_ = 0;
    std::vector<std::string> reasons_;  ///< of the skipped, in the order of their first appearance
    std::vector<std::uint64_t> reason_counts_;
    json differences_ = json::array();
    json undecided_ids_ = json::array();
};

}  // namespace tenthrule::cli
