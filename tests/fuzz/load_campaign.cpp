// The loader of campaigns reads any bytes: it gives a plan or says what is wrong, in text that a terminal can
// show. What it accepts can be written and read again. A baseline is read from the same bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "campaign/plan/load_plan.hpp"
#include "campaign/report/baseline.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using tenthrule::fuzzing::is_printable;
using tenthrule::fuzzing::require;

template <typename Result>
void require_an_answer(const Result& r) {
    bool errors = false;
    for (const tenthrule::scenarios::diagnostic& d : r.diagnostics) {
        errors = errors || d.level == tenthrule::scenarios::severity::error;
    }
    const std::string told = to_string(r.diagnostics);
    require(is_printable(told), "a diagnostic with control characters", told);
    require(errors != r.value.has_value(), "neither a value nor an error, or both", told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const tenthrule::plan_or_problems r = tenthrule::load_plan_text(input, "fuzzed.toml");
    require_an_answer(r);
    if (r.value) {
        const std::string kept = to_toml(*r.value);
        const tenthrule::plan_or_problems back = tenthrule::load_plan_text(kept, "kept.toml");
        require(back.value.has_value(), "what was written cannot be read",
                kept + to_string(back.diagnostics));
        require(to_toml(*back.value) == kept, "what was read back is something else", kept);
    }
    const tenthrule::baseline_or_problems known = tenthrule::read_baseline(input, "known.txt");
    require_an_answer(known);
    if (known.value) {
        const std::string kept = known.value->to_text();
        const tenthrule::baseline_or_problems back = tenthrule::read_baseline(kept, "kept.txt");
        require(back.value.has_value() && back.value->to_text() == kept, "another baseline was read back",
                kept);
    }
    return 0;
}
