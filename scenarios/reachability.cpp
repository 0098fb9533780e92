#include "scenarios/reachability.hpp"

#include <fmt/format.h>

#include "kernel/rules.hpp"
#include "scenarios/conditions.hpp"
#include "scenarios/roles.hpp"

namespace tenthrule::scenarios {

namespace {

// A set of last results.
using results = std::uint64_t;
constexpr results none_yet = 1;  // no step has been carried out
constexpr results success = 2;

results failure(int error) {
    const std::string name = kernel::result_name(-error);
    const auto names = kernel::error_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) {
            return results{4} << i;
        }
    }
    return 0;
}

results set_of(const result_set& r) {
    results set = r.count || !r.numbers.empty() ? success : 0;
    for (const int e : r.errors) {
        set |= failure(e);
    }
    return set;
}

std::string in_words(results set) {
    std::vector<std::string> list;
    if ((set & success) != 0) list.emplace_back("ok");
    const auto names = kernel::error_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((set & (results{4} << i)) != 0) list.emplace_back(names[i]);
    }
    return fmt::format("{}", fmt::join(list, ", "));
}

class walk {
public:
    walk(const scenario& s, unsigned t)
        : s_(s), t_(t), any_result_(!enabled_rules(s).contains(kernel::rules::unexpected_error)) {}

    std::vector<unreachable> run() {
        const task& it = s_.tasks[t_];
        for (unsigned i = 0; i < it.steps.size(); ++i) {
            if (it.steps[i].dropped) {
                continue;
            }
            if (before_ == 0) {
                found_.push_back(
                    {i,
                     {},
                     fmt::format("this step is never reached: '{}' ends before it; expected 'exit' "
                                 "as the last step, or with an 'if'",
                                 it.name)});
                break;  // nor are those behind it
            }
            pass(i);
        }
        return std::move(found_);
    }

private:
    // Of the results in `from` those with which the condition may hold, and those with which it may not.
    struct split {
        results yes;
        results no;
    };
    split divide(const condition& c, results from, unsigned i) const {
        const results errors = ~(none_yet | success);
        switch (c.kind) {
            case condition_kind::always:
                return {from, 0};
            case condition_kind::ok:
                return {from & success, from & ~success};
            case condition_kind::failed:
                return {from & errors, from & ~errors};
            case condition_kind::returned:
                return {from & failure(c.error), from & ~failure(c.error)};
            case condition_kind::owner:
                return {may_own(s_, t_, i, c.word) ? from : 0, from};
            case condition_kind::not_owner:
            case condition_kind::word_is:
            case condition_kind::word_is_not:
                return {from, from};
        }
        return {from, from};
    }

    void never(unsigned i, std::string_view key, const condition& c, results from) {
        const step& it = s_.tasks[t_].steps[i];
        const std::string text = condition_text(c, s_, it.what);
        std::string why;
        if (c.kind == condition_kind::owner) {
            why =
                fmt::format("no step of '{}' before it takes '{}'", s_.tasks[t_].name, s_.words[c.word].name);
        } else if ((from & ~none_yet) == 0) {
            why = "no step before it can have a result";
        } else {
            why = fmt::format("the last result is {}", in_words(from));
        }
        found_.push_back(
            {i, key, fmt::format("'{}' can never hold: {}; expected a condition that can", text, why)});
    }

    void pass(unsigned i) {
        const step& it = s_.tasks[t_].steps[i];
        const split chosen = divide(it.only_if, before_, i);
        if (chosen.yes == 0) {
            never(i, "if", it.only_if, before_);
            return;
        }
        if (it.what.op == kernel::op_code::exit) {
            before_ = chosen.no;
            return;
        }
        const results mine = set_of(any_result_ ? possible_returns(it.what.op) : it.returns);
        results after = mine;
        if (it.as_long.kind != condition_kind::always) {
            const split entered = divide(it.as_long, chosen.yes, i);
            const split again = divide(it.as_long, mine, i + 1);
            if (entered.yes == 0) {
                never(i, "while", it.as_long, chosen.yes);
            } else if (again.no == 0) {
                found_.push_back(
                    {i, "while",
                     fmt::format("'{}' always holds: the step returns {}; expected a loop that can end",
                                 condition_text(it.as_long, s_, it.what), in_words(mine))});
            }
            after = again.no | entered.no;
        }
        if (it.until.kind != condition_kind::always) {
            const split done = divide(it.until, mine, i + 1);
            if (done.yes == 0) never(i, "until", it.until, mine);
            after = done.yes;
        }
        before_ = after | chosen.no;
        if (before_ == 0) before_ = mine | none_yet;  // reported already: do not blame the next steps for it
    }

    const scenario& s_;
    unsigned t_;
    bool any_result_;
    results before_ = none_yet;  // 0: the task has ended
    std::vector<unreachable> found_;
};

}  // namespace

std::vector<unreachable> find_unreachable(const scenario& s, unsigned t) {
    return walk(s, t).run();
}

}  // namespace tenthrule::scenarios
