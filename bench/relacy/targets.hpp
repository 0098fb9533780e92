#pragma once

/// What the figures should be, and whether they are.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule::comparison {

struct target {
    std::string figure;
    std::string wanted;
    std::string measured;
    bool met = false;
};

/// Figures of one run, as far as targets are about them.
struct figures {
    struct row {
        std::string program;
        std::string strategy;
        double executions_per_second = 0;
        double times_relacy = 0;
        double ns_per_point = 0;
        double jumps_per_point = 0;  ///< the same in raw jumps
    };
    /// A complete search.
    struct count {
        std::string program;
        std::uint64_t traces = 0;  ///< how many there are: orders of dependent steps
        std::string strategy;
        std::uint64_t executions = 0;
        std::uint64_t given_up = 0;
        bool complete = false;
    };
    double jump_ns = 0;
    double jumps_without_switch = 0;  ///< a point at which the strategy says go on, in raw jumps
    double jumps_without_choice = 0;  ///< a point at which nobody else could step
    std::vector<row> rows;
    std::vector<count> counts;
    /// Orders of 2 x 10 additions in as many executions of each.
    std::uint64_t order_executions = 0;
    std::uint64_t orders = 0;
    std::uint64_t orders_in_relacy = 0;
    double orders_per_second_times_relacy = 0;
    /// Orders of 2 x 8 additions, of 12,870.
    std::uint64_t small_order_executions = 0;
    std::uint64_t small_orders = 0;
};

std::vector<target> judge(const figures& f);

/// REQUIRES: there is such a row.
const figures::row& row_of(const figures& f, std::string_view program, std::string_view strategy);

}  // namespace tenthrule::comparison
