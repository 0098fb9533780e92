#include "scenarios/digest.hpp"

#include <string_view>

#include <fmt/format.h>

#include "runtime/random.hpp"
#include "scenarios/facts.hpp"

namespace tenthrule::scenarios {

namespace {

// FNV-1a over texts, each with its end marked, then mixed.
class hasher {
public:
    void add(std::string_view text) {
        for (const char c : text) {
            byte(static_cast<unsigned char>(c));
        }
        byte(0);
    }
    // One part of the scenario.
    void add(std::string_view part, const std::vector<fact>& facts) {
        byte(1);
        add(part);
        for (const fact& f : facts) {
            add(f.key);
            add(f.value);
        }
    }
    std::uint64_t result() const {
        std::uint64_t state = hash_;
        return splitmix64(state);
    }

private:
    void byte(unsigned value) {
        hash_ = (hash_ ^ value) * 0x100000001b3U;
    }

    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

hasher without_kernel(const scenario& s) {
    hasher h;
    h.add("machine", {{"cpus", fmt::format("{}", s.cpus)}});
    for (unsigned w = 0; w < s.words.size(); ++w) {
        if (s.words[w].dropped) {
            continue;
        }
        h.add("futex", word_facts(s, w));
        h.add(s.words[w].name);
    }
    for (unsigned t = 0; t < s.tasks.size(); ++t) {
        h.add("task", task_facts(s, t, facts_for::digest));
        for (unsigned i = 0; i < s.tasks[t].steps.size(); ++i) {
            if (!s.tasks[t].dropped && !s.tasks[t].steps[i].dropped) {
                h.add("step", step_facts(s, t, i, facts_for::digest));
            }
        }
    }
    for (unsigned g = 0; g < s.signals.size(); ++g) {
        h.add("signal", signal_facts(s, g, facts_for::digest));
    }
    std::vector<fact> rules{{"off", quoted_list(s.rules.off)}, {"only", quoted_list(s.rules.only)}};
    if (s.rules.retries != 0) rules.push_back({"retries", fmt::format("{}", s.rules.retries)});
    h.add("rules", rules);
    return h;
}

}  // namespace

std::uint64_t digest(const scenario& s) {
    hasher h = without_kernel(s);
    h.add("kernel", kernel_facts(s));
    return h.result();
}

std::uint64_t digest_on_any_kernel(const scenario& s) {
    hasher h = without_kernel(s);
    h.add("any kernel", {});
    return h.result();
}

}  // namespace tenthrule::scenarios
