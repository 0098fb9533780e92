#pragma once

/// One sequence on the model and on the host's kernel, and what is different.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conform/compare.hpp"
#include "conform/host/host.hpp"
#include "conform/model.hpp"
#include "conform/sequence_file.hpp"

namespace tenthrule::conform {

enum class comparison_end : std::uint8_t {
    agree,
    agree_later,  ///< the kernel does what the model does with the corrections of later releases
    differ,       ///< model and kernel do different things
    unexpected,   ///< they agree, or there is no kernel to ask, and it is not what the author expects
    skipped,      ///< this machine cannot play it; the model was asked all the same
    only_model,   ///< nobody else was to be asked, and it does what the author expects
    undecided,    ///< the kernel did not do the same thing twice, or not in time
};

struct comparison_result {
    comparison_end is = comparison_end::agree;
    std::string why;  ///< skipped, undecided; unexpected: why a step could not be taken
    /// differ, unexpected: the sequence that shows it, no longer than needed, and both accounts of it.
    sequence shown;
    std::vector<outcome> real;
    std::vector<outcome> model;
    mismatch where;
    std::string expected;          ///< unexpected: in words
    std::size_t steps_before = 0;  ///< length before it was shrunk
};

/// Thread safety: as `host`.
class comparison {
public:
    /// `machine`: nullptr if only the model is to be asked.
    comparison(kernel::patch_set patches, const abilities* machine, watching how);

    /// `known`: what the model does with it, if that is known.
    comparison_result compare(const written_sequence& s, const model_run* known = nullptr);
    conform::model& on_model() {
        return model_;
    }
    /// What the kernel did with the sequence as it was given; empty if it was not asked.
    const std::vector<outcome>& last_real() const {
        return first_real_;
    }

private:
    /// "" if the kernel may be asked.
    std::string why_not(const sequence& s, const model_run& run);
    /// Plays the sequence until the kernel has done the same thing several times in a row.
    bool is_steady(const sequence& s);
    bool still_differs(const sequence& s, operation_id op, const aspects& what);
    comparison_result show_difference(const sequence& s, const mismatch& where);

    conform::model model_;
    /// Of the machine's own kernel, if another one is compared: it knows what must not be tried.
    std::unique_ptr<conform::model> own_;
    /// With all corrections there are: stable series take over some of them. Only if the machine's own kernel
    /// is compared.
    std::unique_ptr<conform::model> later_;
    const abilities* machine_;
    watching how_;
    std::unique_ptr<host> host_;
    host_run real_;
    std::vector<outcome> first_real_;
};

}  // namespace tenthrule::conform
