#pragma once

/// The one file that a campaign leaves: an SQLite database in WAL mode whose schema docs/campaigns.md
/// describes.
///
/// Every member function that changes something is one transaction: after a kill, a crash or a loss of power
/// it has happened or it has not. Nothing grows with the number of executions or batches: there is a row for
/// each scenario, subject, arm, finding, finding and arm, and session, and a bounded number of growth
/// samples.
///
/// Errors are thrown as store_error, by every function. After one of them the store can be used on; what
/// failed has not happened.
///
/// Thread safety: none. Processes: one writer at a time, and any number of readers beside it. A child process
/// made by fork must not use the parent's store.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/store/records.hpp"
#include "campaign/store/store_error.hpp"

namespace tenthrule {

class database;
class writer_lock;

/// What gives the times that are stored for people.
using wall_clock = wall_time (*)();
wall_time system_time();

/// What a scenario is to the store that already has others.
enum class known_as : std::uint8_t {
    added,   ///< the store had none of that name
    same,    ///< it has this one; the text may differ in what means nothing, and is then replaced
    edited,  ///< it has another one of the same name and path: see accept_edits
};

enum class edits : std::uint8_t { refuse, accept };

class campaign_store {
public:
    /// Makes the file if there is none, and brings an older one up to date. Takes the lock (a file beside it,
    /// PATH.lock): `locked`, with the number of the process, if somebody else has it. The lock ends with the
    /// process, however that ends.
    static campaign_store open_for_writing(const std::string& path, wall_clock now = system_time);
    /// Works beside a writer, and on a file system that cannot be written to. Only const members may be
    /// called.
    static campaign_store open_for_reading(const std::string& path);

    campaign_store(campaign_store&&) noexcept;
    campaign_store& operator=(campaign_store&&) noexcept;
    ~campaign_store();

    const std::string& path() const;

    // -- What is tested.

    /// Nothing in a store that was made just now.
    std::optional<campaign_facts> facts() const;
    void set_plan(const std::string& name, const std::string& tool, const std::string& plan_toml);

    /// Adds the scenario if it is new. One of the same name and path with another digest is an edited one:
    /// `refused`, or, with edits::accept, added as another scenario, while the old one stays with its results
    /// and is current no more.
    scenario_id add_scenario(const scenario_source& source, edits what_if_edited = edits::refuse);
    /// Which of the three a scenario would be, without changing anything.
    known_as compare_scenario(const scenario_source& source) const;
    /// The subject's number; adds it if it is new. REQUIRES: key.digest is that of the scenario.
    subject_id add_subject(scenario_id scenario, const subject_key& key);
    arm_id add_arm(subject_id subject, std::string_view strategy, std::uint64_t seed);

    std::vector<stored_scenario> scenarios() const;
    std::vector<stored_subject> subjects() const;
    std::vector<arm_state> arms() const;

    // -- What came of it.

    /// Counters, coverage, findings and (if given) a growth sample, all or nothing. `refused`: an execution
    /// of it was counted already, or there is no such arm; nothing is changed then.
    void commit(const batch_result& batch, const growth_sample* growth = nullptr);
    /// Several at once: one transaction costs about as much as one batch. All of them or none.
    void commit(std::span<const batch_result> batches, const growth_sample* growth = nullptr);

    std::vector<stored_finding> findings() const;
    /// Replaces the finding's reproducer if the new one has a smaller weight, or it has none yet, or the
    /// weight is equal and this one is certified or complete while that one is not. True: it did.
    bool offer_reproducer(finding_id finding, const best_reproducer& candidate);

    /// Ascending. At most growth_samples_max: older ones become sparser as new ones are added.
    std::vector<growth_sample> growth() const;
    static constexpr std::size_t growth_samples_max = 2'000;

    // -- Sessions.

    /// REQUIRES: none is open in this object.
    void begin_session(unsigned workers);
    /// How long the session has lasted on the steady clock: goes into the next transaction. Never goes back.
    void set_session_seconds(double seconds);
    /// `how`: "budget", "interrupted", "complete", "failed: ...". Also sets the time.
    void end_session(const std::string& how);
    std::vector<stored_session> sessions() const;
    /// Of all sessions together.
    double seconds_spent() const;

    /// Replaces the workers' signs of life.
    void set_workers(std::span<const worker_sign> workers);
    std::vector<worker_sign> workers() const;

    void set_canary(const canary_state& canary);
    std::optional<canary_state> canary() const;

    // -- The file.

    /// "ok", or what SQLite finds wrong with the file.
    std::string check() const;

private:
    campaign_store(std::unique_ptr<writer_lock> lock, std::unique_ptr<database> open, wall_clock now);
    friend class store_merger;   // merge.cpp
    friend struct store_access;  // tests
    database& writable();
    void note_session();
    /// offer_reproducer within a transaction.
    bool offer_within(finding_id finding, const best_reproducer& candidate);

    std::unique_ptr<writer_lock> lock_;  ///< null: for reading
    std::unique_ptr<database> db_;
    wall_clock now_;
    std::int64_t session_ = 0;
    double session_seconds_ = 0;
};

}  // namespace tenthrule
