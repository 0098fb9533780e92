#include "conform/comparison.hpp"

#include <fmt/format.h>

#include "conform/minimise.hpp"

namespace tenthrule::conform {

namespace {

constexpr int repetitions = 5;  ///< before a difference is believed

verdict said(verdict_kind is, std::string why) {
    verdict v;
    v.is = is;
    v.why = std::move(why);
    return v;
}

sequence without_steps_behind(const sequence& s, std::size_t last) {
    sequence shorter = s;
    if (last + 1 < shorter.steps.size()) {
        shorter.steps.resize(last + 1);
    }
    return shorter;
}

// The first step whose outcome the author did not expect.
std::optional<mismatch> first_surprise(const std::vector<outcome>& after,
                                       const std::vector<expectation>& expected) {
    for (std::size_t i = 0; i < after.size() && i < expected.size(); ++i) {
        const aspects what = difference(after[i], expected[i]);
        if (what.any()) {
            return mismatch{i, what};
        }
    }
    return std::nullopt;
}

}  // namespace

comparison::comparison(kernel::patch_set patches, const abilities* machine, watching how)
    : model_(patches), machine_(machine), how_(how) {
    if (machine_ != nullptr && machine_->unable.empty()) {
        host_ = std::make_unique<host>(*machine_);
    }
}

std::string comparison::why_not(const sequence& s, const model_run& run) const {
    if (machine_ == nullptr) {
        return "only the model was asked";
    }
    // A kernel of that version would do what the model does: to its own memory, perhaps.
    if (!run.broken_rule.empty()) {
        return fmt::format("the model of this kernel breaks a rule, so the kernel is not asked: {}",
                           run.broken_rule);
    }
    return host::unable(*machine_, s, run.after);
}

bool comparison::is_steady(const sequence& s) {
    const std::vector<outcome> first = real_.after;
    for (int i = 1; i < repetitions; ++i) {
        real_ = host_->play(s, how_);
        if (real_.end != play_end::done || real_.after != first) {
            return false;
        }
    }
    return true;
}

bool comparison::still_differs(const sequence& s, operation_id op, const aspects& what) {
    const model_run run = model_.play(s);
    if (!run.impossible.empty() || !why_not(s, run).empty()) {
        return false;
    }
    real_ = host_->play(s, how_);
    if (real_.end != play_end::done) {
        return false;
    }
    const std::optional<mismatch> found = first_mismatch(real_.after, run.after);
    return found && found->step < s.steps.size() && s.steps[found->step].op == op && found->what == what;
}

verdict comparison::show_difference(const sequence& s, const mismatch& where) {
    verdict v;
    v.is = verdict_kind::differ;
    v.steps_before = s.steps.size();
    v.shown = without_steps_behind(s, where.step);
    const operation_id op = v.shown.steps.back().op;
    v.shown = minimise(v.shown, model_,
                       [&](const sequence& candidate) { return still_differs(candidate, op, where.what); });
    v.model = model_.play(v.shown).after;
    real_ = host_->play(v.shown, how_);
    v.real = real_.after;
    if (const std::optional<mismatch> again = first_mismatch(v.real, v.model)) {
        v.where = *again;
        v.shown = without_steps_behind(v.shown, again->step);
        return v;
    }
    return said(verdict_kind::undecided, "the difference was not there any more when it was to be shown");
}

verdict comparison::compare(const written_sequence& s, const model_run* known) {
    real_ = {};
    first_real_.clear();
    const model_run run = known != nullptr ? *known : model_.play(s.what);
    if (!run.impossible.empty()) {
        verdict v = said(verdict_kind::unexpected, "");
        v.shown = s.what;
        v.model = run.after;
        v.where.step = run.after.size();
        v.expected = fmt::format("this step cannot be taken: {}", run.impossible);
        return v;
    }
    std::string reason = why_not(s.what, run);
    if (reason.empty()) {
        real_ = host_->play(s.what, how_);
        if (real_.end != play_end::done) {
            return said(real_.end == play_end::undecided ? verdict_kind::undecided : verdict_kind::skipped,
                        real_.why);
        }
        first_real_ = real_.after;
        if (const std::optional<mismatch> found = first_mismatch(real_.after, run.after)) {
            if (!is_steady(s.what)) {
                return said(verdict_kind::undecided, "the kernel did not do the same thing twice");
            }
            return show_difference(s.what, *found);
        }
    }
    if (const std::optional<mismatch> surprise = first_surprise(run.after, s.expected)) {
        verdict v = said(verdict_kind::unexpected, "");
        v.shown = without_steps_behind(s.what, surprise->step);
        v.model = run.after;
        v.real = real_.after;
        v.where = *surprise;
        v.expected = in_words(s.expected[surprise->step], s.what);
        return v;
    }
    return reason.empty() ? verdict{} : said(verdict_kind::skipped, std::move(reason));
}

}  // namespace tenthrule::conform
