#include "campaign/crew/work_ledger.hpp"

#include <algorithm>

namespace tenthrule::crew {

namespace {

constexpr std::uint64_t first_count = 256;  // of an arm of which no rate is known
constexpr double count_min = 16;
constexpr double count_max = 10'000'000;
constexpr std::uint64_t index_max = ~std::uint64_t{0} / 2;  // the store's numbers are signed

}  // namespace

std::size_t work_ledger::add(const arm_state& known) {
    const std::size_t number = arms_.size();
    state& arm = arms_.emplace_back();
    arm.executions = known.executions;
    arm.seconds = known.seconds;
    arm.rate = known.seconds > 0 ? static_cast<double>(known.executions) / known.seconds : 0;
    arm.next = known.done.empty() ? 0 : known.done.back().first + known.done.back().count;
    for (const execution_range& gap : known.gaps(arm.next)) {
        arm.left_over.push_back({number, gap.first, gap.count, false, 0});
    }
    return number;
}

std::uint64_t work_ledger::executions_left() const {
    const std::uint64_t taken = executions_ + outstanding_;
    return executions_max_ == 0 ? ~std::uint64_t{0} : executions_max_ - std::min(executions_max_, taken);
}

piece work_ledger::give_out(const piece& p) {
    outstanding_ += p.count;
    return p;
}

std::optional<piece> work_ledger::take_urgent() {
    if (urgent_.empty()) {
        return std::nullopt;
    }
    const piece p = urgent_.front();
    urgent_.pop_front();
    return p;
}

std::optional<piece> work_ledger::take(std::size_t arm, double seconds) {
    state& of = arms_[arm];
    std::uint64_t count = first_count;
    if (of.rate > 0) {
        count = static_cast<std::uint64_t>(std::clamp(of.rate * seconds, count_min, count_max));
    }
    count = std::min(count, executions_left());
    if (count == 0) {
        return std::nullopt;
    }
    if (!of.left_over.empty()) {
        piece& rest = of.left_over.front();
        piece p = rest;
        if (p.count > count) {
            rest.first += count;
            rest.count -= count;
            p.count = count;
        } else {
            of.left_over.pop_front();
        }
        return give_out(p);
    }
    count = std::min(count, index_max - of.next);
    if (count == 0) {
        return std::nullopt;
    }
    const piece p{arm, of.next, count, false, 0};
    of.next += count;
    return give_out(p);
}

void work_ledger::add_done(std::size_t arm, std::uint64_t executions) {
    executions_ += executions;
    arms_[arm].executions += executions;
}

void work_ledger::done(const piece& p, std::uint64_t count, double seconds) {
    state& arm = arms_[p.arm];
    count = std::min(count, p.count);
    outstanding_ -= p.count;
    if (count < p.count) {
        arm.left_over.push_front({p.arm, p.first + count, p.count - count, false, 0});
    }
    if (count != 0) {
        arm.seconds += seconds;
        add_done(p.arm, count);
        arm.rate = static_cast<double>(count) / std::max(seconds, 1e-6);
    }
}

void work_ledger::not_begun(const piece& p) {
    urgent_.push_back(p);
}

void work_ledger::lost(const piece& p) {
    outstanding_ -= p.count;
}

work_ledger::judgement work_ledger::died(piece p, std::uint64_t doing, bool from_outside) {
    ++p.deaths;
    const bool known = p.careful && doing > p.first && doing <= p.first + p.count;
    if (!known || (from_outside && p.deaths <= deaths_max)) {
        if (p.deaths > 2 * deaths_max) {
            lost(p);
            return {judgement::sentence::hopeless, 0};
        }
        p.careful = true;  // in one piece: another piece would be other executions
        urgent_.push_back(p);
        return {judgement::sentence::again, 0};
    }
    const std::uint64_t guilty = doing - 1;
    // What came before the guilty one was lost with the worker.
    if (guilty > p.first) {
        urgent_.push_back({p.arm, p.first, guilty - p.first, false, 0});
    }
    if (p.first + p.count > guilty + 1) {
        urgent_.push_back({p.arm, guilty + 1, p.first + p.count - guilty - 1, false, 0});
    }
    outstanding_ -= 1;
    add_done(p.arm, 1);
    return {judgement::sentence::guilty, guilty};
}

}  // namespace tenthrule::crew
