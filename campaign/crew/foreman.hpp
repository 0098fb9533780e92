#pragma once

/// Decides what each worker does next, and what follows from what came of it: the parts of a crew that think.
/// It knows no processes and no clock; how long the campaign has run it is told.
///
/// Thread safety: none.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "campaign/crew/arms.hpp"
#include "campaign/crew/bandit.hpp"
#include "campaign/crew/canary_watch.hpp"
#include "campaign/crew/findings_known.hpp"
#include "campaign/crew/results_keeper.hpp"
#include "campaign/crew/shrink_queue.hpp"
#include "campaign/crew/shrink_share.hpp"
#include "campaign/crew/work_ledger.hpp"
#include "worker/messages.hpp"

namespace tenthrule::crew {

struct search_job {
    piece of;
    double expected = 0;     ///< seconds
    bool by_bandit = false;  ///< it is the bandit's turn that this came from
};
struct canary_job {};
using shrink_job = shrink_task;

/// What a worker was told to do.
struct assignment {
    std::uint64_t number = 0;  ///< of the order
    std::variant<search_job, canary_job, shrink_job> what;
    const crew_subject* subject = nullptr;  ///< what the order is about
};

/// How a worker came to its end.
struct death {
    std::string cause;          ///< "signal 11 (SIGSEGV)", "exit status 1", "hang", "memory", ...
    bool from_outside = false;  ///< somebody killed it who is none of us
    bool never_worked = false;  ///< neither it nor those in its place before it began with anything, often
    std::uint64_t doing = 0;    ///< number of the order that it was doing; 0: none
    std::uint64_t index = 0;    ///< of the execution that it was in, plus one; 0: none
    double seconds = 0;         ///< that it had been doing it
    schedule decisions;         ///< of that execution, if the order was a careful one
    std::deque<assignment> orders;  ///< all that it was told and had not reported, in their order
    std::deque<assignment> untold;  ///< that it should have been told next: it has nothing to do with them
};

struct foreman_options {
    unsigned workers = 1;
    double batch_seconds = 0.4;  ///< about how long workers do one thing
    bool coverage = true;
    const crew_subject* canary = nullptr;  ///< null: none
    std::function<void(const std::string&)> note;
};

class foreman {
public:
    /// Everything must outlive it. `executions_before`: of earlier sessions.
    foreman(campaign_store& store, const campaign_plan& plan, const crew_work& work, results_keeper& results,
            std::uint64_t executions_before, foreman_options options);

    struct task {
        work_order order;
        assignment about;
    };
    /// What somebody should do next; nothing: there is nothing to do now. The order is given out until one of
    /// the following is told of it. `seconds`: that the campaign has run.
    std::optional<task> next(double seconds);
    /// A report came with which nothing is wrong (see report_check.hpp). Of one that is about shrinking: the
    /// store has what is known, or has no space for it.
    void reported(const assignment& a, const work_report& r);
    /// A worker ended.
    void died(const death& d);

    /// Something is to be done besides what is given out.
    bool has_work(double seconds) const;
    // Why `next` gives nothing:
    bool budget_is_spent() const {
        return ledger_.budget_is_spent();
    }
    bool all_retired() const {
        return bandit_.empty();
    }

    /// Writes everything to the store; see results_keeper::save.
    void save(double seconds, double session_seconds);
    /// Reads the findings of the store.
    void read_findings();

    const work_ledger& ledger() const {
        return ledger_;
    }
    const findings_known& findings() const {
        return findings_;
    }
    const canary_watch& canary() const {
        return canary_;
    }
    std::vector<std::string> take_given_up() {
        return std::move(given_up_);
    }

private:
    bool shrink_is_due(double seconds) const {
        return findings_.to_shrink().has_task() && shrinking_.allows(seconds);
    }
    work_order order_about(work what, const crew_subject& subject);
    task search(const search_job& job);
    task search_canary();
    std::optional<task> shrink(shrink_job job);

    void searched(const search_job& job, const work_report& r);
    void shrunk(const shrink_job& job, const work_report& r);
    void mourn(const search_job& job, bool culprit, const death& d);
    void give_back(const assignment& a);
    void give_back(const search_job& job);
    void give_back(const shrink_job& job);
    void mourn(const shrink_job& job, bool culprit, const death& d);
    void record_crash(std::size_t arm, std::uint64_t index, const death& d);
    void settle(const search_job& job, double reward, double seconds);
    void retire(std::size_t arm, const std::string& why);
    const crew_subject& subject_of(std::size_t arm) const {
        return work_.subjects[work_.arms[arm].subject];
    }

    campaign_store& store_;
    const campaign_plan& plan_;
    const crew_work& work_;
    results_keeper& results_;
    foreman_options options_;
    work_ledger ledger_;
    bandit bandit_;
    findings_known findings_;
    bool findings_changed_ = false;  ///< the store has, or will have, news that findings_ has not read
    shrink_share shrinking_;
    canary_watch canary_;
    std::map<arm_id, std::size_t> arm_of_;
    std::uint64_t orders_ = 0;
    std::vector<std::string> given_up_;
};

}  // namespace tenthrule::crew
