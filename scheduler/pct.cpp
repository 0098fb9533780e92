#include "scheduler/pct.hpp"

#include <algorithm>

namespace tenthrule {

void pct::begin(std::uint64_t seed) {
    random_.reseed(seed);
    ladder_size_ = 0;
    lowest_ = 1;
    draw_change_points();
}

std::uint32_t pct::draw_length() {
    if (goes_unchanged()) {
        return 0;
    }
    if (random_.below(4) == 0) {
        return longest_unchanged_;
    }
    const auto known = static_cast<std::uint32_t>(std::min<std::uint64_t>(executions_, lengths_.size()));
    std::uint32_t k = 0;
    for (unsigned draw = 0; draw < 3; ++draw) {
        k = std::max(k, lengths_[random_.below(known)]);
    }
    return k;
}

// A uniformly random set of distinct numbers by Floyd's method (Bentley and Floyd, "A Sample of
// Brilliance", CACM 1987), then a random permutation of the low ranks.
void pct::draw_change_points() {
    const std::uint32_t k = draw_length();
    changes_ = std::min(depth_ - 1, k);
    changes_done_ = 0;
    std::uint32_t* const first = change_at_.data();
    for (std::uint32_t drawn = 0; drawn < changes_; ++drawn) {
        const std::uint32_t newest = k - changes_ + drawn;
        const std::uint32_t at = random_.below(newest + 1);
        const bool taken = std::find(first, first + drawn, at) != first + drawn;
        first[drawn] = taken ? newest : at;
    }
    std::sort(first, first + changes_);
    for (std::uint32_t i = 0; i < changes_; ++i) {
        const std::uint32_t j = random_.below(i + 1);
        low_rank_[i] = low_rank_[j];
        low_rank_[j] = i + 1;
    }
}

void pct::appear(actor a) {
    actor* const first = ladder_.data();
    actor* const end = std::remove(first, first + ladder_size_, a);
    ladder_size_ = static_cast<std::uint32_t>(end - first);
    const std::uint32_t position = random_.below(ladder_size_ + 1);
    std::copy_backward(first + position, end, end + 1);
    first[position] = a;
    ++ladder_size_;
    for (std::uint32_t i = 0; i < ladder_size_; ++i) {
        rank_.set(ladder_[i], std::int64_t{depth_max} + i);
    }
}

void pct::lower(actor a, std::int64_t rank) {
    if (rank_[a] >= depth_max) {
        actor* const first = ladder_.data();
        actor* const end = std::remove(first, first + ladder_size_, a);
        ladder_size_ = static_cast<std::uint32_t>(end - first);
    }
    rank_.set(a, rank);
}

void pct::yield(actor a) {
    if (random_.below(4) == 0) {
        appear(a);
    } else {
        lower(a, --lowest_);
    }
}

actor pct::pick(const situation& where) {
    if (where.current_yields) {
        yield(where.current);
    }
    const actor next = rank_.highest(where.enabled);
    settled_until_ = next_change();
    if (where.choice < settled_until_ || !is_task(next)) [[likely]] {
        return next;
    }
    // To those that have yielded a low rank is a high one: among them it goes to the very bottom.
    lower(next, rank_[next] < 1 ? --lowest_ : std::int64_t{low_rank_[changes_done_]});
    ++changes_done_;
    settled_until_ = next_change();
    return rank_.highest(where.enabled);
}

void pct::end(const execution_size& size) {
    if (goes_unchanged()) {
        longest_unchanged_ = std::max(longest_unchanged_, size.choices);
    }
    // A uniform sample of all lengths so far: reservoir sampling (Vitter, "Random Sampling with a Reservoir",
    // ACM TOMS 1985).
    if (executions_ < lengths_.size()) {
        lengths_[executions_] = size.choices;
    } else if (const std::uint64_t at = reservoir_.next() % (executions_ + 1); at < lengths_.size()) {
        lengths_[at] = size.choices;
    }
    ++executions_;
}

}  // namespace tenthrule
