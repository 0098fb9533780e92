#include "campaign/crew/results_keeper.hpp"

#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tenthrule::crew {

namespace {

constexpr auto retry_when_full = std::chrono::seconds(2);
constexpr std::size_t growth_max = 512;

}  // namespace

results_keeper::results_keeper(campaign_store& store, const crew_work& work,
                               std::chrono::milliseconds interval,
                               std::function<void(const std::string&)> note)
    : store_(store), interval_(interval), note_(std::move(note)), subjects_(work.subjects.size()) {
    std::map<subject_id, std::size_t> by_id;
    for (std::size_t i = 0; i < work.subjects.size(); ++i) {
        by_id[work.subjects[i].id] = i;
    }
    for (const crew_arm& a : work.arms) {
        subject_of_[a.state.id] = a.subject;
    }
    for (const stored_subject& s : store_.subjects()) {
        const auto found = by_id.find(s.id);
        if (found == by_id.end() || s.coverage.empty()) {
            continue;
        }
        if (std::optional<coverage> read = coverage::from_bytes(s.coverage)) {
            covered_subject& of = subjects_[found->second];
            of.covered = *read;
            of.figures = of.covered.now();
        }
    }
}

coverage::news results_keeper::cover(std::size_t subject, const std::string& coverage_bytes) {
    const std::optional<coverage> more = coverage::from_bytes(coverage_bytes);
    if (!more) {
        return {};
    }
    covered_subject& of = subjects_[subject];
    const coverage::news news = of.covered.merge(*more);
    of.figures = of.covered.now();
    of.dirty = true;
    return news;
}

void results_keeper::add(batch_result b, bool urgent) {
    b.coverage.clear();  // what is written is all of the subject's: see save()
    waiting_.push_back(std::move(b));
    urgent_ = urgent_ || urgent;
}

bool results_keeper::save(growth_sample now, double session_seconds) {
    return attempt([&] {
        last_ = std::chrono::steady_clock::now();
        store_.set_session_seconds(session_seconds);
        if (!waiting_.empty()) {
            // Of each subject the whole coverage goes with its last batch.
            std::set<std::size_t> written;
            for (std::size_t i = waiting_.size(); i-- > 0;) {
                const std::size_t s = subject_of_.at(waiting_[i].arm);
                waiting_[i].coverage.clear();
                if (subjects_[s].dirty && written.insert(s).second) {
                    waiting_[i].coverage = subjects_[s].covered.to_bytes();
                }
            }
            store_.commit(waiting_, &now);
            waiting_.clear();
            for (const std::size_t s : written) {
                subjects_[s].dirty = false;
            }
            grow(now);
        }
        urgent_ = false;
        trouble_.clear();
    });
}

void results_keeper::grow(const growth_sample& now) {
    growth_.push_back(now);
    if (growth_.size() > growth_max) {
        for (std::size_t i = 1; i < growth_.size() / 2; ++i) {
            growth_[i] = growth_[2 * i];
        }
        growth_.resize(growth_.size() / 2);
    }
}

bool results_keeper::attempt(const std::function<void()>& write) try {
    write();
    return true;
} catch (const store_error& e) {
    if (e.problem() != store_problem::full || last_chance_) {
        throw;
    }
    if (trouble_.empty()) {
        note_(fmt::format("{}; the campaign waits for space", e.what()));
    }
    trouble_ = e.what();
    not_before_ = std::chrono::steady_clock::now() + retry_when_full;
    return false;
}

void results_keeper::add_coverage_to(growth_sample& g) const {
    for (const covered_subject& s : subjects_) {
        g.classes += s.figures.classes;
        g.pairs += s.figures.pairs;
        g.states += s.figures.states;
    }
}

}  // namespace tenthrule::crew
