#pragma once

/// From the tree of a document to a plan. Only load_plan uses this.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/plan/campaign_plan.hpp"
#include "campaign/plan/plan_format.hpp"
#include "scenarios/diagnostics.hpp"
#include "scenarios/document.hpp"

namespace tenthrule {

class plan_reader {
public:
    /// `folder`: what relative paths are relative to.
    plan_reader(const scenarios::node& root, std::string folder, scenarios::diagnostics& problems)
        : root_(root), folder_(std::move(folder)), problems_(problems) {}

    /// Reports everything that is wrong. The result makes sense if nothing was.
    campaign_plan read();

private:
    using section = plan_format::section;
    using node = scenarios::node;

    void read_kernels();
    void read_rules_off();
    void read_strategies();
    void read_strategy(const node& table, std::vector<strategy_share>& to);
    void read_seeds();
    void read_budget(const node& table);
    void read_limits(const node& table);
    void read_swarm(const node& table);
    void read_report(const node& table);

    void refuse_unknown_keys(const node& table, section in);
    const node* find(const node& table, std::string_view key) const;
    /// Reports what is no table.
    const node* table(section in, std::string_view key);
    void wrong(const node& value, section in, std::string_view key);

    // Nothing if the key is missing or its value is not what it has to be; the latter is reported.
    const std::string* text(const node& table, section in, std::string_view key);
    std::optional<std::int64_t> integer(const node& table, section in, std::string_view key, std::int64_t min,
                                        std::int64_t max);
    std::optional<double> number(const node& table, section in, std::string_view key, double min, double max);
    std::optional<std::chrono::nanoseconds> duration(const node& table, section in, std::string_view key);
    /// Items of a list that are texts; the others are reported.
    std::vector<const node*> texts(const node& table, section in, std::string_view key);

    std::string path(const std::string& written) const;
    std::vector<std::string> paths(std::string_view key);

    const node& root_;
    std::string folder_;
    scenarios::diagnostics& problems_;
    campaign_plan plan_;
};

}  // namespace tenthrule
