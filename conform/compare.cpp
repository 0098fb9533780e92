#include "conform/compare.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tenthrule::conform {

aspects difference(const outcome& a, const outcome& b) {
    return {a.calls != b.calls, a.asleep != b.asleep, a.words != b.words, a.priority != b.priority};
}

std::optional<mismatch> first_mismatch(const std::vector<outcome>& real, const std::vector<outcome>& model) {
    const std::size_t common = std::min(real.size(), model.size());
    for (std::size_t i = 0; i < common; ++i) {
        const aspects what = difference(real[i], model[i]);
        if (what.any()) {
            return mismatch{i, what};
        }
    }
    if (real.size() != model.size()) {
        return mismatch{common, {true, true, true, true}};
    }
    return std::nullopt;
}

outcome beginning(const sequence& s) {
    outcome o;
    for (std::size_t w = 0; w < s.words.size(); ++w) {
        o.words[w] = s.initial[w];
    }
    for (std::size_t t = 0; t < s.threads.size(); ++t) {
        o.priority[t] = s.threads[t].priority;
    }
    return o;
}

std::string changes(const outcome& now, const outcome& before, const sequence& of) {
    std::string text;
    const auto put = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    const std::vector<std::string> names = of.thread_names();
    for (std::size_t t = 0; t < names.size(); ++t) {
        const outcome::returned& r = now.calls[t];
        if (r.any) {
            put(r.has_second ? fmt::format("{} returns {}, then {}", names[t], result_text(r.result),
                                           result_text(r.second))
                             : fmt::format("{} returns {}", names[t], result_text(r.result)));
        }
        if (now.asleep[t] && !before.asleep[t]) {
            put(fmt::format("{} sleeps", names[t]));
        } else if (!now.asleep[t] && before.asleep[t] && !r.any) {
            put(fmt::format("{} sleeps no more", names[t]));
        }
    }
    for (std::size_t w = 0; w < of.words.size(); ++w) {
        if (now.words[w] != before.words[w]) {
            put(fmt::format("{}={}", of.words[w], to_string(now.words[w], names)));
        }
    }
    for (std::size_t t = 0; t < names.size(); ++t) {
        if (now.priority[t] == before.priority[t]) {
            continue;
        }
        put(now.priority[t] == outcome::gone ? fmt::format("{} has ended", names[t])
                                             : fmt::format("{} at priority {}", names[t], now.priority[t]));
    }
    return text.empty() ? "nothing changes" : text;
}

}  // namespace tenthrule::conform
