#include "campaign/crew/crew_member.hpp"

#include <algorithm>
#include <utility>

#include "campaign/crew/report_check.hpp"

namespace tenthrule::crew {

crew_member::crew_member(int core, const watchdog::limits& limits)
    : core_(core), watchdog_(limits, std::chrono::steady_clock::now()) {}

void crew_member::start(const worker_command& command) {
    if (command_ != command) {
        failed_starts_ = 0;
        command_ = command;
    }
    process_ = std::make_unique<worker_process>(command, core_);
    alive_ = true;
    killed_for_.clear();
    refused_ = false;
    const time_point now = std::chrono::steady_clock::now();
    watchdog_.begin(now);
    rate_.begin(now);
}

void crew_member::order(const worker_command& by, const work_order& o, assignment a) {
    orders_.push_back({std::move(a), by, to_bytes(o)});
    send_what_can_be();
}

// Whoever is gone when he is told something will be noticed by his silence.
void crew_member::send_what_can_be() {
    for (order_of_it& o : orders_) {
        if (!alive_) {
            return;
        }
        if (o.unsent.empty()) {
            continue;
        }
        if (o.by != command_) {
            if (&o != &orders_.front()) {
                return;
            }
            process_.reset();  // it has nothing to do
            start(o.by);
        }
        (void)process_->talk().send(std::exchange(o.unsent, {}));
    }
}

void crew_member::forget_unsent() {
    while (!orders_.empty() && !orders_.back().unsent.empty()) {
        orders_.pop_back();
    }
}

void crew_member::listen() {
    // Looked at before reading: what it has said before its end is there then.
    const bool ended = process_->has_ended();
    const bool connected = process_->talk().read_available();
    alive_ = alive_ && connected && !ended;
}

std::optional<crew_member::finished_order> crew_member::next_report() {
    if (refused_) {
        return std::nullopt;
    }
    const std::optional<std::string> message = process_->talk().take();
    if (!message) {
        if (process_->talk().is_broken()) {
            refuse("it sent something longer than any report");
        }
        return std::nullopt;
    }
    std::optional<work_report> r = report_from(*message);
    if (!r) {
        refuse("it sent something that is no report");
        return std::nullopt;
    }
    return finish(std::move(*r));
}

std::optional<crew_member::finished_order> crew_member::finish(work_report r) {
    const std::string wrong =
        is_told() ? what_is_wrong(r, current()) : "it reported about what it was not told to do";
    if (!wrong.empty()) {
        refuse(wrong);
        return std::nullopt;
    }
    finished_order done{std::move(orders_.front().about), std::move(r)};
    orders_.pop_front();
    failed_starts_ = 0;
    send_what_can_be();
    return done;
}

void crew_member::refuse(std::string why) {
    killed_for_ = std::move(why);
    refused_ = true;
    alive_ = false;
    process_->kill();
}

death crew_member::bury() {
    death d;
    alive_ = false;
    d.cause = process_->wait();
    const shared_page& page = process_->page();
    d.from_outside = killed_for_.empty() && process_->was_killed();
    if (!killed_for_.empty()) {
        d.cause = killed_for_;
    } else if (page->out_of_memory.load()) {
        d.cause = "memory";
    }
    // Of one whose reports are wrong, nothing is believed.
    d.doing = refused_ ? 0 : page->order.load();
    d.index = refused_ ? 0 : page->index.load();
    d.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - watchdog_.order_since()).count();
    const std::uint32_t count =
        std::min(page->decisions_count.load(std::memory_order_acquire), page_contents::decisions_max);
    d.decisions.assign(page->decisions.begin(), page->decisions.begin() + count);
    for (order_of_it& o : orders_) {
        (o.unsent.empty() ? d.orders : d.untold).push_back(std::move(o.about));
    }
    orders_.clear();
    ++restarts_;
    failed_starts_ = d.doing == 0 && !d.from_outside ? failed_starts_ + 1 : 0;
    d.never_worked = failed_starts_ > failed_starts_max;
    return d;
}

void crew_member::watch(time_point now, bool weigh) {
    if (!alive_ || was_killed()) {
        return;
    }
    const shared_page& page = process_->page();
    watchdog::sight s;
    s.told = is_told();
    s.order = page->order.load();
    s.executions = page->executions.load();
    s.index = page->index.load();
    s.shrinks = !orders_.empty() && std::holds_alternative<shrink_job>(current().what);
    s.memory = weigh && s.order != 0 ? process_->resident_bytes() : 0;
    if (watchdog_.is_curious(now)) {
        s.not_let = process_->waited_for_a_core();
        s.stopped = process_->is_stopped();
    }
    switch (watchdog_.look(s, now)) {
        case watchdog::advice::leave:
            return;
        case watchdog::advice::ask_to_stop:
            ask_to_stop();
            return;
        case watchdog::advice::kill_hanging:
            killed_for_ = "hang";
            break;
        case watchdog::advice::kill_large:
            killed_for_ = "memory";
            break;
    }
    process_->kill();
}

const char* crew_member::doing() const {
    if (orders_.empty()) {
        return "idle";
    }
    return std::holds_alternative<shrink_job>(current().what) ? "shrink" : "search";
}

}  // namespace tenthrule::crew
