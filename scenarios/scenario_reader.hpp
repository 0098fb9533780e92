#pragma once

/// From the tree of a document to a scenario. Only the loader uses this.

#include <set>
#include <string_view>
#include <vector>

#include "scenarios/document.hpp"
#include "scenarios/load.hpp"
#include "scenarios/reader.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios::loader {

class scenario_reader {
public:
    scenario_reader(const node& root, const load_options& options, diagnostics& problems)
        : root_(root), options_(options), problems_(problems) {}

    /// Reports everything that is wrong. The result makes sense if nothing was.
    scenario read();

private:
    // read_scenario.cpp
    void read_names();
    void read_kernel(const table_reader& top);
    kernel::patch_set read_patches(const table_reader& in, std::string_view key);
    void read_machine(const table_reader& top);
    void read_words();
    void read_word(unsigned index, const node& table);
    void read_signals();
    void read_signal(unsigned index, const node& table);
    void read_rules(const table_reader& top);
    std::vector<std::string> read_rule_list(const table_reader& in, std::string_view key);
    void read_expectations(const table_reader& top);
    void read_exploration(const table_reader& top);
    void validate_all();

    // read_vary.cpp
    void read_vary(const table_reader& top);
    void read_varied_tasks(const table_reader& in);
    void read_priorities(const table_reader& in);
    void read_timeouts(const table_reader& in);
    /// The choices of one task: reports what is no list, and an empty or too long one.
    bool is_list_of_choices(const node& n, const std::string& name, const std::string& example);
    /// Reports a choice that makes no valid scenario by itself.
    void check_choice(const std::vector<std::uint32_t>& codes, const std::string& what, place at);

    // read_tasks.cpp
    void read_task(unsigned index, const node& table);
    void read_sched(unsigned index, const table_reader& in);
    void read_affinity(task& to, const table_reader& in);
    void read_start(task& to, const table_reader& in);
    void read_steps(unsigned index, const table_reader& in);
    void read_step(unsigned index, unsigned number, const node& table);
    std::optional<step_reference> read_reference(const table_reader& in, std::string_view key);

    // read_step.cpp
    void read_arguments(const table_reader& in, kernel::call& to);
    void read_argument(const table_reader& in, const kernel::argument_info& a, kernel::call& to);
    void read_returns(const table_reader& in, scenarios::step& to);
    void read_condition(const table_reader& in, std::string_view key, const kernel::call& c, condition& to);
    std::optional<std::uint8_t> read_futex(const table_reader& in, std::string_view key);

    /// The task of that name; reports an unknown one.
    std::optional<std::uint8_t> find_task(std::string_view name, place at);

    const node& root_;
    const load_options& options_;
    diagnostics& problems_;
    scenario result_;
    place_map places_;
    std::vector<const node*> word_tables_;
    std::vector<const node*> task_tables_;
    std::set<unsigned> broken_tasks_;  ///< reported: whatever else is wrong with them may follow from that
};

}  // namespace tenthrule::scenarios::loader
