#include "conform/minimise.hpp"

#include <algorithm>
#include <utility>

#include "conform/operations.hpp"

namespace tenthrule::conform {

namespace {

// Whether the thread or word is mentioned at all.
bool uses_thread(const sequence& s, unsigned t) {
    const auto names = [t](const word_value& v) { return v.is == word_value::kind::thread && v.number == t; };
    for (const step& each : s.steps) {
        const bool is_subject = info(each.op).takes(field_id::thread) ||
                                (each.op == operation_id::get_robust_list && each.of == whose::thread);
        if (each.by == static_cast<int>(t) || (is_subject && each.thread == t) || names(each.value) ||
            names(each.operand) || names(each.compare_with)) {
            return true;
        }
        if (std::any_of(each.vector.begin(), each.vector.end(),
                        [&](const waited_word& w) { return names(w.value); })) {
            return true;
        }
    }
    return std::any_of(s.initial.begin(), s.initial.end(), names);
}

bool uses_word(const sequence& s, unsigned number) {
    const auto is_it = [number](const address& a) {
        return a.is == address::place::word && a.word == number;
    };
    return std::any_of(s.steps.begin(), s.steps.end(), [&](const step& each) {
        const operation_info& o = info(each.op);
        const bool as_target = o.takes(field_id::target) && each.op != operation_id::set_priority;
        return (o.takes(field_id::word) && each.op != operation_id::waitv && is_it(each.word)) ||
               (as_target && is_it(each.target)) ||
               std::any_of(each.vector.begin(), each.vector.end(),
                           [&](const waited_word& w) { return is_it(w.at); });
    });
}

void renumber_thread(word_value& v, unsigned gone) {
    if (v.is == word_value::kind::thread && v.number > gone) {
        --v.number;
    }
}

void drop_thread(sequence& s, unsigned t) {
    s.threads.erase(s.threads.begin() + t);
    for (word_value& v : s.initial) {
        renumber_thread(v, t);
    }
    for (step& each : s.steps) {
        each.by -= each.by > static_cast<int>(t) ? 1 : 0;
        each.thread -= each.thread > t ? 1 : 0;
        for (word_value* const v : {&each.value, &each.operand, &each.compare_with}) {
            renumber_thread(*v, t);
        }
        for (waited_word& w : each.vector) {
            renumber_thread(w.value, t);
        }
    }
}

void drop_word(sequence& s, unsigned number) {
    s.words.erase(s.words.begin() + number);
    s.initial.erase(s.initial.begin() + number);
    const auto renumber = [number](address& a) {
        if (a.word > number) {
            --a.word;
        }
    };
    for (step& each : s.steps) {
        renumber(each.word);
        renumber(each.target);
        for (waited_word& w : each.vector) {
            renumber(w.at);
        }
    }
}

class minimiser {
public:
    minimiser(sequence s, model& on, const still_differs& differs, unsigned questions)
        : best_(std::move(s)), model_(on), differs_(differs), questions_left_(questions) {}

    sequence run() {
        bool smaller = true;
        while (smaller) {
            smaller = false;
            for (std::size_t chunk = std::max<std::size_t>(1, best_.steps.size() / 2); chunk > 0;
                 chunk /= 2) {
                smaller = drop_steps(chunk) || smaller;
            }
            smaller = simplify_steps() || smaller;
        }
        drop_the_unused();
        return best_;
    }

private:
    // Adopts the candidate if the two still differ on what can be played of it.
    bool try_it(sequence candidate) {
        if (questions_left_ == 0) {
            return false;
        }
        --questions_left_;
        candidate.steps = model_.play_possible(candidate).steps;
        if (candidate.steps.empty() || !differs_(candidate)) {
            return false;
        }
        best_ = std::move(candidate);
        return true;
    }

    bool drop_steps(std::size_t chunk) {
        bool any = false;
        for (std::size_t at = 0; at < best_.steps.size();) {
            sequence candidate = best_;
            const auto first = candidate.steps.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t n = std::min(chunk, candidate.steps.size() - at);
            candidate.steps.erase(first, first + static_cast<std::ptrdiff_t>(n));
            if (try_it(std::move(candidate))) {
                any = true;
            } else {
                at += chunk;
            }
        }
        return any;
    }

    // Each argument that has not its default, back to it.
    bool simplify_steps() {
        bool any = false;
        for (std::size_t i = 0; i < best_.steps.size(); ++i) {
            const auto attempt = [&](auto change) {
                if (i >= best_.steps.size()) {
                    return;
                }
                sequence candidate = best_;
                if (change(candidate.steps[i])) {
                    any = try_it(std::move(candidate)) || any;
                }
            };
            attempt(
                [](step& s) { return std::exchange(s.timeout, timeout_kind::none) != timeout_kind::none; });
            attempt([](step& s) { return std::exchange(s.realtime, false); });
            attempt([](step& s) { return std::exchange(s.then, std::nullopt).has_value(); });
            attempt([](step& s) { return std::exchange(s.bits, ~0U) != ~0U; });
        }
        return any;
    }

    void drop_the_unused() {
        for (auto t = static_cast<unsigned>(best_.threads.size()); t-- > 0;) {
            if (best_.threads.size() > 1 && !uses_thread(best_, t)) {
                sequence candidate = best_;
                drop_thread(candidate, t);
                try_it(std::move(candidate));
            }
        }
        for (auto w = static_cast<unsigned>(best_.words.size()); w-- > 0;) {
            if (!uses_word(best_, w)) {
                sequence candidate = best_;
                drop_word(candidate, w);
                try_it(std::move(candidate));
            }
        }
    }

    sequence best_;
    model& model_;
    const still_differs& differs_;
    unsigned questions_left_;
};

}  // namespace

sequence minimise(sequence s, model& on, const still_differs& differs, unsigned questions_max) {
    return minimiser(std::move(s), on, differs, questions_max).run();
}

}  // namespace tenthrule::conform
