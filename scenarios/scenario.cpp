#include "scenarios/scenario.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "kernel/rules.hpp"

namespace tenthrule::scenarios {

namespace {

// Results of a table entry such as "ok EAGAIN count".
result_set parse_results(std::string_view names) {
    result_set r;
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(' '), names.size());
        const std::string_view name = names.substr(0, end);
        names.remove_prefix(std::min(end + 1, names.size()));
        if (name == "ok") {
            r.numbers.push_back(0);
        } else if (name == "count") {
            r.count = true;
        } else {
            r.errors.push_back(kernel::errno_of(name));
        }
    }
    std::sort(r.errors.begin(), r.errors.end());
    return r;
}

}  // namespace

bool result_set::allows(long result) const {
    if (result < 0) {
        return std::binary_search(errors.begin(), errors.end(), static_cast<int>(-result));
    }
    return count || std::binary_search(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(result));
}

kernel::patch_set effective_patches(const kernel_choice& k) {
    kernel::patch_set patches;
    if (const kernel::version* v = kernel::find_version(k.version)) {
        patches = v->patches;
    }
    patches.bits |= k.with.bits;
    patches.bits &= ~k.without.bits;
    return patches;
}

std::vector<const rule*> all_rules() {
    std::vector<const rule*> list;
    for (const rule* r : runtime_rules()) {
        list.push_back(r);
    }
    for (const rule* r : kernel::rules::all()) {
        list.push_back(r);
    }
    return list;
}

rule_set enabled_rules(const scenario& s) {
    const auto names = [](const std::vector<std::string>& list, const rule& r) {
        return std::find(list.begin(), list.end(), r.name) != list.end();
    };
    rule_set on;
    for (const rule* r : all_rules()) {
        const bool listed = s.rules.only.empty() || names(s.rules.only, *r);
        if (!listed || names(s.rules.off, *r)) on.erase(*r);
    }
    return on;
}

const expectation* expected(const scenario& s) {
    if (kernel::find_version(s.kernel.version) == nullptr) {
        return nullptr;
    }
    const kernel::patch_set patches = effective_patches(s.kernel);
    const auto same = std::find_if(s.expect.begin(), s.expect.end(), [&patches](const expectation& e) {
        return effective_patches(e.kernel) == patches;
    });
    return same == s.expect.end() ? nullptr : &*same;
}

result_set default_returns(const step& s) {
    result_set r = parse_results(kernel::info(s.what.op).well_behaved);
    if (!s.what.has_timeout) std::erase(r.errors, ETIMEDOUT);
    if (s.until.kind != condition_kind::always && !r.allows(-EAGAIN) &&
        possible_returns(s.what.op).allows(-EAGAIN)) {
        r.errors.insert(std::upper_bound(r.errors.begin(), r.errors.end(), EAGAIN), EAGAIN);
    }
    return r;
}

result_set possible_returns(kernel::op_code op) {
    return parse_results(kernel::info(op).results);
}

std::string to_string(const result_set& r) {
    std::vector<std::string> names;
    if (r.count) names.emplace_back("a count");
    for (const std::uint32_t n : r.numbers) {
        names.push_back(kernel::result_name(n));
    }
    for (const int e : r.errors) {
        names.push_back(kernel::result_name(-e));
    }
    if (names.size() < 2) {
        return names.empty() ? "nothing" : names.front();
    }
    const std::string last = names.back();
    names.pop_back();
    return fmt::format("{} or {}", fmt::join(names, ", "), last);
}

std::optional<std::uint8_t> owned_word(const scenario& s, const kernel::call& c) {
    const kernel::operation_info& o = kernel::info(c.op);
    const auto is_pi = [&s](std::uint8_t w) {
        return w < s.words.size() && s.words[w].kind == kernel::word_kind::pi;
    };
    if (o.takes(kernel::argument::futex) && is_pi(c.futex)) {
        return c.futex;
    }
    if ((o.takes(kernel::argument::to) || o.takes(kernel::argument::mutex)) && is_pi(c.to)) {
        return c.to;
    }
    return std::nullopt;
}

unsigned steps_kept(const task& t, unsigned steps) {
    const auto end = t.steps.begin() + std::min<std::ptrdiff_t>(steps, std::ssize(t.steps));
    return static_cast<unsigned>(
        std::count_if(t.steps.begin(), end, [](const step& s) { return !s.dropped; }));
}

bool has_arrival(const task& t) {
    return t.start == task_start::arrives || t.arrival_dropped;
}

bool has_timer(const step& s) {
    return s.what.has_timeout || s.what.op == kernel::op_code::sleep;
}

unsigned events_count(const scenario& s) {
    unsigned n = 0;
    for (const task& t : s.tasks) {
        n += has_arrival(t) ? 1U : 0U;
        n += std::any_of(t.steps.begin(), t.steps.end(), has_timer) ? 1U : 0U;
    }
    return n + static_cast<unsigned>(s.signals.size());
}

}  // namespace tenthrule::scenarios
