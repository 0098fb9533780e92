#include "worker/coverage/coverage.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tenthrule {

namespace {

constexpr char format_version = 1;

void put(std::string& to, std::uint64_t n) {
    for (; n >= 0x80; n >>= 7U) {
        to += static_cast<char>((n & 0x7fU) | 0x80U);
    }
    to += static_cast<char>(n);
}

// Takes numbers from the front; the first wrong one spoils all that follow.
class number_source {
public:
    explicit number_source(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t take(std::uint64_t most = ~std::uint64_t{0}) {
        std::uint64_t n = 0;
        for (unsigned shift = 0; good_; shift += 7) {
            const auto byte = rest_.empty() ? 0U : static_cast<unsigned char>(rest_.front());
            if (rest_.empty() || shift > 63 || (shift == 63 && byte > 1)) {
                good_ = false;
                break;
            }
            rest_.remove_prefix(1);
            n |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                break;
            }
        }
        good_ = good_ && n <= most;
        return good_ ? n : 0;
    }
    bool good() const {
        return good_;
    }
    bool finished() const {
        return good_ && rest_.empty();
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::uint64_t count(const execution::state_set& states) {
    std::uint64_t n = 0;
    for (const std::uint64_t word : states) {
        n += static_cast<std::uint64_t>(std::popcount(word));
    }
    return n;
}

}  // namespace

coverage::coverage(const coverage& other)
    : watched_(other.watched_), sample_(other.sample_), pairs_(other.pairs_), states_(other.states_) {
    classes_.merge(other.classes_);
}

coverage& coverage::operator=(const coverage& other) {
    if (this != &other) {
        watched_ = other.watched_;
        for (std::size_t i = 0; i < distinct_counter::cells_count; ++i) {
            classes_.set(i, other.classes_.rank(i));
        }
        sample_ = other.sample_;
        pairs_ = other.pairs_;
        states_ = other.states_;
    }
    return *this;
}

void coverage::set_pair(std::size_t cell, std::uint8_t times) {
    std::uint8_t& byte = pairs_[cell / 4];
    const unsigned shift = cell % 4 * 2;
    byte = static_cast<std::uint8_t>((byte & ~(3U << shift)) | (unsigned{times} << shift));
}

void coverage::add(std::uint64_t class_hash, const std::vector<std::uint64_t>& pairs) {
    ++watched_;
    classes_.add(class_hash);
    sample_.add(class_hash);
    for (const std::uint64_t hash : pairs) {
        const std::size_t cell = hash % pair_cells;
        set_pair(cell, static_cast<std::uint8_t>(std::min(3, pair(cell) + 1)));
    }
}

void coverage::add_states(const execution::state_set& states) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        states_[i] |= states[i];
    }
}

coverage::news coverage::merge(const coverage& other) {
    news n;
    const std::uint64_t classes = classes_.estimate();
    const std::uint64_t states = count(states_);
    watched_ += other.watched_;
    classes_.merge(other.classes_);
    sample_.merge(other.sample_);
    for (std::size_t cell = 0; cell < pair_cells; ++cell) {
        const std::uint8_t more = other.pair(cell);
        if (more != 0) {
            n.pairs += pair(cell) == 0 ? 1 : 0;
            set_pair(cell, static_cast<std::uint8_t>(std::min(3, pair(cell) + more)));
        }
    }
    add_states(other.states_);
    n.classes = classes_.estimate() - std::min(classes, classes_.estimate());
    n.states = count(states_) - states;
    return n;
}

void coverage::merge_overlapping(const coverage& other) {
    classes_.merge(other.classes_);
    sample_.merge_overlapping(other.sample_);
    // There were at least as many executions as there are classes.
    watched_ = std::max({watched_, other.watched_, classes_.estimate()});
    for (std::size_t cell = 0; cell < pair_cells; ++cell) {
        set_pair(cell, std::max(pair(cell), other.pair(cell)));
    }
    add_states(other.states_);
}

coverage::figures coverage::now() const {
    figures f;
    f.watched = watched_;
    // There are not more classes than executions, whatever the estimate is.
    const std::uint64_t exact = sample_.level() == 0 ? sample_.seen().size() : classes_.estimate();
    f.classes = std::min(exact, watched_);
    f.states = count(states_);
    f.unseen = sample_.unseen(f.classes);
    std::size_t taken = 0;
    for (std::size_t cell = 0; cell < pair_cells; ++cell) {
        taken += pair(cell) != 0 ? 1 : 0;
    }
    // Several pairs may share a cell: linear counting (Whang, Vander-Zanden and Taylor, TODS 1990).
    const double cells = pair_cells;
    const double left = std::max(1.0, cells - static_cast<double>(taken));
    f.pairs = static_cast<std::uint64_t>(std::llround(cells * std::log(cells / left)));
    return f;
}

// Version; watched; classes: how many cells are not 0, and for each of them how many were skipped and its
// rank; sample: level, how many, and for each the distance from the one before and how often it was seen;
// pairs: as classes; states: four words. All numbers in groups of seven bits, the lowest first.
std::string coverage::to_bytes() const {
    std::string bytes(1, format_version);
    put(bytes, watched_);
    const auto put_cells = [&bytes](std::size_t cells, const auto& value) {
        std::uint64_t used = 0;
        for (std::size_t i = 0; i < cells; ++i) {
            used += value(i) != 0 ? 1 : 0;
        }
        put(bytes, used);
        std::size_t next = 0;
        for (std::size_t i = 0; i < cells; ++i) {
            if (value(i) != 0) {
                put(bytes, i - next);
                put(bytes, value(i));
                next = i + 1;
            }
        }
    };
    put_cells(distinct_counter::cells_count, [this](std::size_t i) { return classes_.rank(i); });
    put(bytes, sample_.level());
    put(bytes, sample_.seen().size());
    std::uint64_t last = 0;
    for (const auto& [hash, times] : sample_.seen()) {
        put(bytes, hash - last);
        put(bytes, times);
        last = hash;
    }
    put_cells(pair_cells, [this](std::size_t i) { return pair(i); });
    for (const std::uint64_t word : states_) {
        put(bytes, word);
    }
    return bytes;
}

std::optional<coverage> coverage::from_bytes(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != format_version) {
        return std::nullopt;
    }
    number_source numbers(bytes.substr(1));
    coverage c;
    c.watched_ = numbers.take();
    const auto take_cells = [&numbers](std::size_t cells, std::uint64_t value_max, const auto& set) {
        const std::uint64_t used = numbers.take(cells);
        std::uint64_t next = 0;
        for (std::uint64_t i = 0; i < used && numbers.good(); ++i) {
            if (next >= cells) {
                return false;
            }
            const std::uint64_t cell = next + numbers.take(cells - 1 - next);
            const std::uint64_t value = numbers.take(value_max);
            if (numbers.good()) {
                set(cell, static_cast<std::uint8_t>(value));
            }
            next = cell + 1;
        }
        return numbers.good();
    };
    bool good = take_cells(distinct_counter::cells_count, distinct_counter::rank_end - 1,
                           [&c](std::size_t i, std::uint8_t rank) { c.classes_.raise(i, rank); });
    c.sample_.set_level(static_cast<unsigned>(numbers.take(class_sample::level_max)));
    const std::uint64_t sampled = numbers.take(class_sample::classes_max);
    std::uint64_t hash = 0;
    for (std::uint64_t i = 0; i < sampled && numbers.good(); ++i) {
        hash += numbers.take(~hash);
        c.sample_.add_scrambled(hash, numbers.take());
    }
    good =
        good && take_cells(pair_cells, 3, [&c](std::size_t i, std::uint8_t times) { c.set_pair(i, times); });
    for (std::uint64_t& word : c.states_) {
        word = numbers.take();
    }
    return good && numbers.finished() ? std::optional<coverage>(c) : std::nullopt;
}

}  // namespace tenthrule
