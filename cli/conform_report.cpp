#include "cli/conform_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/paragraph.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "conform/record.hpp"
#include "conform/step_text.hpp"

namespace tenthrule::cli {

namespace {

using conform::comparison_end;
using conform::comparison_result;
using conform::outcome;

std::string threads_and_words(const conform::sequence& s) {
    std::string text;
    for (const conform::thread_setup& t : s.threads) {
        text += text.empty() ? "" : ", ";
        text += t.sched == policy::other ? t.name + " not realtime"
                                         : fmt::format("{} at priority {}", t.name, t.priority);
    }
    for (std::size_t w = 0; w < s.words.size(); ++w) {
        text += fmt::format("{} {} = {}", w == 0 ? ";" : ",", s.words[w],
                            to_string(s.initial[w], s.thread_names()));
    }
    return text + (s.process_shared ? "; process-shared" : "");
}

// The outcome of step i, or that there is none.
std::string account(const std::vector<outcome>& of, std::size_t i, const conform::sequence& s) {
    if (i >= of.size()) {
        return "cannot take this step";
    }
    return conform::changes(of[i], i == 0 ? conform::beginning(s) : of[i - 1], s);
}

json aspects_of(const conform::aspects& what) {
    json list = json::array();
    const auto add = [&list](bool differs, const char* name) {
        if (differs) {
            list.push_back(name);
        }
    };
    add(what.returned, "returned");
    add(what.asleep, "asleep");
    add(what.words, "words");
    add(what.priority, "effective_priority");
    return list;
}

}  // namespace

conform_report::conform_report(console& out, bool as_json, std::string real, std::string model)
    : out_(out), as_json_(as_json), real_(std::move(real)), model_(std::move(model)) {}

void conform_report::add(const std::string& name, const comparison_result& v, const std::string& again,
                         bool tells_all) {
    const auto say = [&](ink kind, const char* word, const std::string& rest) {
        if (!as_json_) {
            out_.print(fmt::format("{}  {}{}\n", out_.out_terminal().paint(kind, pad(word, 9)),
                                   printable(name, out_.out_terminal().ascii), rest));
        }
    };
    switch (v.is) {
        case comparison_end::agree:
            ++agree_;
            if (tells_all) {
                say(ink::good, "agrees", "");
            }
            return;
        case comparison_end::agree_later:
            ++agree_;
            ++agree_later_;
            if (tells_all) {
                say(ink::good, "agrees", " (with corrections of later releases)");
            }
            return;
        case comparison_end::only_model:
            ++agree_;
            if (tells_all) {
                say(ink::good, "expected", "");
            }
            return;
        case comparison_end::skipped: {
            ++skipped_;
            const auto found = std::find(reasons_.begin(), reasons_.end(), v.why);
            if (found == reasons_.end()) {
                reasons_.push_back(v.why);
                reason_counts_.push_back(1);
            } else {
                ++reason_counts_[static_cast<std::size_t>(found - reasons_.begin())];
            }
            if (tells_all) {
                say(ink::faint, "skipped", ": " + v.why);
            }
            return;
        }
        case comparison_end::undecided:
            ++undecided_;
            undecided_ids_.push_back(name);
            say(ink::marked, "undecided", ": " + v.why);
            return;
        case comparison_end::differ:
            ++differ_;
            break;
        case comparison_end::unexpected:
            ++unexpected_;
            break;
    }
    show(name, v, again);
}

std::string conform_report::table_of(const comparison_result& v) const {
    const conform::vocabulary names = conform::vocabulary_of(v.shown);
    const bool two = v.is == comparison_end::differ;
    table t;
    t.header = two ? std::vector<std::string>{"  step", "", real_, model_}
                   : std::vector<std::string>{"  step", "", v.real.empty() ? model_ : "both"};
    const std::size_t steps = std::min(v.shown.steps.size(), v.where.step + 1);
    for (std::size_t i = 0; i < steps; ++i) {
        const bool here = i == v.where.step;
        std::vector<std::string> row{fmt::format("{} {:>3}", here ? ">" : " ", i + 1),
                                     to_string(v.shown.steps[i], names)};
        const std::string real = account(v.real, i, v.shown);
        const std::string model = account(v.model, i, v.shown);
        if (two) {
            row.push_back(real);
            row.push_back(!here && real == model ? "the same" : model);
        } else {
            row.push_back(model);
        }
        t.rows.push_back(std::move(row));
    }
    return render(t, out_.out_terminal());
}

void conform_report::show(const std::string& name, const comparison_result& v, const std::string& again) {
    if (as_json_) {
        json d{{"id", name},
               {"kind", v.is == comparison_end::differ ? "differs" : "unexpected"},
               {"step", v.where.step + 1},
               {"what", aspects_of(v.where.what)},
               {"steps_before_shrinking", v.steps_before}};
        if (!v.expected.empty()) {
            d["expected"] = v.expected;
        }
        if (!v.why.empty()) {
            d["why"] = v.why;
        }
        if (!v.real.empty()) {
            d["real"] = json::parse(conform::to_json_line({v.shown, v.real, real_}));
        }
        d["model"] = json::parse(conform::to_json_line({v.shown, v.model, ""}));
        differences_.push_back(std::move(d));
        return;
    }
    const terminal& where = out_.out_terminal();
    const bool differs = v.is == comparison_end::differ;
    out_.print(fmt::format("{}  {}{}\n", where.paint(ink::bad, pad(differs ? "DIFFERS" : "UNEXPECTED", 9)),
                           printable(name, where.ascii),
                           v.steps_before > v.shown.steps.size()
                               ? fmt::format(", shrunk from {} to {}", counted(v.steps_before, "step"),
                                             counted(v.shown.steps.size(), "step"))
                               : ""));
    out_.print(paragraph(threads_and_words(v.shown), 2, where, ink::faint));
    out_.print(table_of(v));
    if (!v.expected.empty() || !v.why.empty()) {
        out_.print(paragraph(v.why.empty() ? "expected: " + v.expected : v.why, 2, where, ink::marked));
    }
    if (!again.empty()) {
        out_.print(paragraph("again: " + again, 2, where, ink::faint));
    }
}

void conform_report::finish(const std::string& what) {
    if (as_json_) {
        json ids = json::array();
        for (const json& d : differences_) {
            ids.push_back(d["id"]);
        }
        json skipped = json::array();
        for (std::size_t i = 0; i < reasons_.size(); ++i) {
            skipped.push_back({{"why", reasons_[i]}, {"sequences", reason_counts_[i]}});
        }
        print_json(out_, {{"kernel", real_},
                          {"model", model_},
                          {"sequences", sequences()},
                          {"agree", agree_},
                          {"agree_with_later_corrections", agree_later_},
                          {"differ", differ_ + unexpected_},
                          {"skipped", skipped_},
                          {"undecided", undecided_},
                          {"ids_that_differ", std::move(ids)},
                          {"ids_undecided", undecided_ids_},
                          {"reasons_for_skipping", std::move(skipped)},
                          {"differences", differences_}});
        return;
    }
    const terminal& where = out_.out_terminal();
    if (sequences() == 0) {
        return;
    }
    std::string text =
        real_.empty() ? fmt::format("{}, only on the {}: ", counted(sequences(), what), model_)
                      : fmt::format("{}, {} against the {}: ", counted(sequences(), what), real_, model_);
    text += fmt::format("{} {}", agree_ == sequences() ? "all" : thousands(agree_),
                        real_.empty()                     ? "as expected"
                        : agree_ == 1 && sequences() != 1 ? "agrees"
                                                          : "agree");
    const auto count = [&text](std::uint64_t n, const char* words) {
        if (n != 0) {
            text += fmt::format(", {} {}", thousands(n), words);
        }
    };
    count(agree_later_, "of them with corrections of later releases");
    count(differ_, differ_ == 1 ? "differs" : "differ");
    count(unexpected_, "not as their authors expect");
    count(undecided_, "undecided");
    count(skipped_, "skipped");
    out_.print(paragraph(text, 0, where, any_difference() ? ink::bad : ink::good));
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
        out_.print(
            paragraph(fmt::format("{} skipped: {}", thousands(reason_counts_[i]), reasons_[i]), 2, where));
    }
}

}  // namespace tenthrule::cli
