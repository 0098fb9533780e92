#pragma once

/// What workers have reported, on its way into the store: batches that are not there yet, the coverage of
/// each subject, and the curve of growth.
///
/// A store whose disk is full costs nothing: everything stays here until there is space, and the crew gives
/// out no more than can be kept. Every other problem of the store is thrown (store_error).
///
/// Thread safety: none.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "campaign/crew/arms.hpp"
#include "campaign/store/campaign_store.hpp"
#include "worker/coverage/coverage.hpp"

namespace tenthrule::crew {

class results_keeper {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Learns from the store what earlier sessions have covered. Store and work must outlive it. `interval`:
    /// about how often results are made safe. `note`: called with what people should know.
    results_keeper(campaign_store& store, const crew_work& work, std::chrono::milliseconds interval,
                   std::function<void(const std::string&)> note);

    /// Joins the coverage of a batch with that of its subject; gives what was new about it.
    coverage::news cover(std::size_t subject, const std::string& coverage_bytes);
    /// Takes a batch, whose coverage was told before. `urgent`: it is to be safe soon.
    void add(batch_result b, bool urgent);
    /// So many are waiting that there should not be more.
    bool is_full() const {
        return waiting_.size() > waiting_max;
    }

    bool is_due(time_point now) const {
        return now >= not_before_ && (urgent_ || now >= last_ + interval_);
    }
    /// Writes what is waiting, in one transaction. False: there is no space, and all of it still waits.
    bool save(growth_sample now, double session_seconds);
    /// From now on a full disk is thrown as well: nobody will try again.
    void last_chance() {
        last_chance_ = true;
    }
    /// What the store complains of; empty: nothing.
    const std::string& trouble() const {
        return trouble_;
    }
    /// Calls `write`, which writes to the store. False: there is no space, and it has to be done again.
    bool attempt(const std::function<void()>& write);

    const coverage::figures& figures(std::size_t subject) const {
        return subjects_[subject].figures;
    }
    /// Adds up classes, pairs and states.
    void add_coverage_to(growth_sample& g) const;
    /// Of this session, sparser the longer it lasts.
    const std::vector<growth_sample>& growth() const {
        return growth_;
    }

private:
    static constexpr std::size_t waiting_max = 512;

    struct covered_subject {
        coverage covered;
        coverage::figures figures;
        bool dirty = false;  ///< coverage that is not in the store
    };
    void grow(const growth_sample& now);

    campaign_store& store_;
    std::chrono::milliseconds interval_;
    std::function<void(const std::string&)> note_;
    std::vector<covered_subject> subjects_;
    std::map<arm_id, std::size_t> subject_of_;
    std::vector<batch_result> waiting_;
    std::vector<growth_sample> growth_;
    std::string trouble_;
    time_point last_;
    time_point not_before_;
    bool urgent_ = false;
    bool last_chance_ = false;
};

}  // namespace tenthrule::crew
