#pragma once

/// The litmus tests of tests/litmus, run by either checker.

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include "tests/litmus/litmus.hpp"
#include "tests/relacy/programs/words.hpp"

namespace tenthrule::comparison {

/// What executions came to. Its size is fixed, because nothing may be allocated where a checker counts that
/// for the test's.
class seen_outcomes {
public:
    static constexpr std::size_t values_max = 8;

    void add(const std::array<unsigned, values_max>& values) {
        std::uint32_t packed = 0;
        for (const unsigned v : values) {
            packed = packed << 4U | (v & 15U);
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (packed_[i] == packed) return;
        }
        if (count_ < packed_.size()) packed_[count_++] = packed;
    }
    /// The first `values_count` values of each.
    test::outcomes get(std::size_t values_count) const {
        test::outcomes all;
        for (std::size_t i = 0; i < count_; ++i) {
            test::outcome one;
            for (std::size_t v = 0; v < values_count; ++v) {
                one.push_back(static_cast<int>(packed_[i] >> 4U * (values_max - 1 - v) & 15U));
            }
            all.insert(one);
        }
        return all;
    }

private:
    std::array<std::uint32_t, 1024> packed_{};
    std::size_t count_ = 0;
};

/// REQUIRES: at most 3 objects, at most `values_max` reads and objects together, values below 16.
template <typename Api>
class litmus_program {
public:
    litmus_program(const test::litmus& test, seen_outcomes& seen) : test_(test), seen_(seen) {}

    void thread(unsigned me) {
        std::size_t read = 0;
        for (unsigned t = 0; t < me; ++t) {
            read += reads_of(t);
        }
        for (const test::instruction& i : test_.threads[me]) {
            perform(i, read);
            read += i.reads() ? 1U : 0U;
        }
    }
    void after() {
        std::size_t at = 0;
        for (unsigned t = 0; t < test_.threads.size(); ++t) {
            at += reads_of(t);
        }
        for (unsigned l = 0; l < test_.locations; ++l) {
            values_[at + l] = objects_[l].load(relaxed);
        }
        seen_.add(values_);
    }

private:
    std::size_t reads_of(unsigned thread) const {
        std::size_t reads = 0;
        for (const test::instruction& i : test_.threads[thread]) {
            reads += i.reads() ? 1U : 0U;
        }
        return reads;
    }
    void perform(const test::instruction& i, std::size_t read) {
        using kind = test::instruction::kind;
        const auto value = static_cast<unsigned>(i.value);
        atomic<Api, unsigned>& object = objects_[i.location];
        switch (i.what) {
            case kind::load:
                values_[read] = object.load(i.order);
                break;
            case kind::store:
                object.store(value, i.order);
                break;
            case kind::add:
                values_[read] = object.fetch_add(value, i.order);
                break;
            case kind::compare:
                values_[read] = static_cast<unsigned>(i.expected);
                object.compare_exchange_strong(values_[read], value, i.order,
                                               test::order_of_failure(i.order));
                break;
            case kind::fence:
                Api::fence(i.order);
                break;
        }
    }

    const test::litmus& test_;
    seen_outcomes& seen_;
    std::array<atomic<Api, unsigned>, 3> objects_{0U, 0U, 0U};
    std::array<unsigned, seen_outcomes::values_max> values_{};
};

}  // namespace tenthrule::comparison
