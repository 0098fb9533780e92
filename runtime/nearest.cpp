#include "runtime/nearest.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace tenthrule {

namespace {

constexpr std::size_t length_max = 64;

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The restricted Damerau-Levenshtein distance, row by row. REQUIRES: both fit in length_max.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::array<std::size_t, length_max + 1> before_last{};
    std::array<std::size_t, length_max + 1> last{};
    std::array<std::size_t, length_max + 1> row{};
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> names) {
    std::string_view best;
    std::size_t best_distance = length_max + 1;
    if (word.empty() || word.size() > length_max) {
        return best;
    }
    for (const std::string_view name : names) {
        if (name.empty() || name.size() > length_max) {
            continue;
        }
        const std::size_t distance = edit_distance(word, name);
        const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), name.size()) / 3);
        if (distance <= allowed && distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace tenthrule
