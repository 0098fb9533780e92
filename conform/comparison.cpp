#include "conform/comparison.hpp"

#include <fmt/format.h>

#include "conform/minimise.hpp"

namespace tenthrule::conform {

namespace {

constexpr int repetitions = 5;  ///< before a difference is believed

comparison_result said(comparison_end is, std::string why) {
    comparison_result v;
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
    if (machine_ == nullptr) {
        return;
    }
    if (const kernel::patch_set own = kernel::patches_of(machine_->release); own != patches) {
        own_ = std::make_unique<conform::model>(own);
    } else {
        later_ = std::make_unique<conform::model>(kernel::patches_of(kernel::newest_release));
    }
    if (machine_->unable.empty()) {
        host_ = std::make_unique<host>(*machine_);
    }
}

std::string comparison::why_not(const sequence& s, const model_run& run) {
    // The kernel would do what the model of it does: to its own memory, perhaps.
    const std::string broken = own_ != nullptr ? own_->play(s).broken_rule : run.broken_rule;
    if (!broken.empty()) {
        return fmt::format("the model breaks rule '{}' here, so no kernel is asked", broken);
    }
    return machine_ == nullptr ? "" : host::unable(*machine_, s, run.after);
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

comparison_result comparison::show_difference(const sequence& s, const mismatch& where) {
    comparison_result v;
    v.is = comparison_end::differ;
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
    return said(comparison_end::undecided, "the difference was not there any more when it was to be shown");
}

comparison_result comparison::compare(const written_sequence& s, const model_run* known) {
    real_ = {};
    first_real_.clear();
    const model_run run = known != nullptr ? *known : model_.play(s.what);
    if (!run.impossible.empty()) {
        comparison_result v = said(comparison_end::unexpected, "");
        v.shown = s.what;
        v.model = run.after;
        v.where.step = run.after.size();
        v.why = fmt::format("this step cannot be taken: {}", run.impossible);
        return v;
    }
    std::string reason = why_not(s.what, run);
    if (reason.empty() && machine_ != nullptr) {
        real_ = host_->play(s.what, how_);
        if (real_.end != play_end::done) {
            return said(
                real_.end == play_end::undecided ? comparison_end::undecided : comparison_end::skipped,
                real_.why);
        }
        first_real_ = real_.after;
        if (const std::optional<mismatch> found = first_mismatch(real_.after, run.after)) {
            if (!is_steady(s.what)) {
                return said(comparison_end::undecided, "the kernel did not do the same thing twice");
            }
            const bool corrected =
                later_ != nullptr && !first_mismatch(first_real_, later_->play(s.what).after);
            return corrected ? said(comparison_end::agree_later, "") : show_difference(s.what, *found);
        }
    }
    if (const std::optional<mismatch> surprise = first_surprise(run.after, s.expected)) {
        comparison_result v = said(comparison_end::unexpected, "");
        v.shown = without_steps_behind(s.what, surprise->step);
        v.model = run.after;
        v.real = real_.after;
        v.where = *surprise;
        v.expected = in_words(s.expected[surprise->step], s.what);
        return v;
    }
    if (!reason.empty()) {
        return said(comparison_end::skipped, std::move(reason));
    }
    return said(machine_ != nullptr ? comparison_end::agree : comparison_end::only_model, "");
}

}  // namespace tenthrule::conform
