#pragma once

/// How often each of a sample of classes was seen, in bounded memory whatever their number: adaptive sampling
/// (Wegman's; Flajolet, "On Adaptive Sampling", Computing 43, 1990). A class is in the sample if its hash is
/// small enough; whenever there are too many, half of the hashes cease to be. So a class is in or out from
/// the beginning, and those that are in are a uniform sample of all.
///
/// From how many of them were seen once and twice follows how much has not been seen: what a biologist asks
/// of species, and what STADS (Böhme, "STADS: Software Testing as Species Discovery", TOSEM 2018) asks of
/// tests.

#include <cstdint>
#include <map>

namespace tenthrule {

/// What has not been seen yet. All of it holds for going on in the same way, and for what was watched.
struct unseen_estimate {
    /// Probability that the next execution belongs to a class not seen before: Good-Turing (Good, "The
    /// Population Frequencies of Species and the Estimation of Population Parameters", Biometrika 1953).
    double good_turing = 1;
    /// At least so many classes exist, seen or not: Chao1 in its bias-corrected form (Chao, "Nonparametric
    /// Estimation of the Number of Classes in a Population", Scandinavian Journal of Statistics 1984).
    double chao1 = 0;
};

/// Thread safety: none.
class class_sample {
public:
    static constexpr std::size_t classes_max = 512;
    static constexpr unsigned level_max = 63;

    /// A class was seen once more. Equal classes have equal hashes; the hash need not be a good one.
    void add(std::uint64_t hash) {
        add_scrambled(scramble(hash), 1);
    }
    /// As if what `other` has seen had been seen here as well.
    void merge(const class_sample& other);
    /// The same, but some of what both have seen was the same execution, and it is not known which. Each
    /// class counts as often as the side says that has seen it more often: nothing counts twice, and more
    /// seems to be unseen rather than less.
    void merge_overlapping(const class_sample& other);

    /// 1 of 2^level classes is in the sample.
    unsigned level() const {
        return level_;
    }
    /// By scrambled hash: how often.
    const std::map<std::uint64_t, std::uint64_t>& seen() const {
        return seen_;
    }
    /// `classes`: how many were seen in all, for when the sample does not have all of them.
    unseen_estimate unseen(std::uint64_t classes) const;

    // For reading it from a file.
    void set_level(unsigned level);
    void add_scrambled(std::uint64_t scrambled, std::uint64_t times);

private:
    void shrink_to_fit();
    static std::uint64_t scramble(std::uint64_t hash);
    bool takes(std::uint64_t scrambled) const {
        return level_ == 0 || (scrambled >> (64U - level_)) == 0;
    }

    unsigned level_ = 0;
    std::map<std::uint64_t, std::uint64_t> seen_;
};

}  // namespace tenthrule
