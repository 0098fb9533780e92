// The loader reads any bytes: it gives a scenario or says what is wrong, in text that a terminal can show.
// What it accepts can be written, read again and made smaller.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/to_toml.hpp"
#include "scenarios/variation.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using tenthrule::fuzzing::is_printable;
using tenthrule::fuzzing::require;
namespace scenarios = tenthrule::scenarios;

void reload(const scenarios::scenario& s) {
    const std::string text = scenarios::to_toml(s);
    const scenarios::load_result back = scenarios::load_text(text, "written.toml");
    require(back.value.has_value(), "what was written cannot be read",
            text + scenarios::to_string(back.diagnostics));
    require(scenarios::digest(*back.value) == scenarios::digest(s), "what was written means something else",
            text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const scenarios::load_result r = scenarios::load_text(input, "fuzzed.toml");
    bool errors = false;
    for (const scenarios::diagnostic& d : r.diagnostics) {
        errors = errors || d.level == scenarios::severity::error;
    }
    const std::string told = scenarios::to_string(r.diagnostics);
    require(is_printable(told), "a diagnostic with control characters", told);
    require(errors != r.value.has_value(), "neither a scenario nor an error, or both", told);
    if (!r.value) {
        return 0;
    }
    reload(*r.value);
    for (std::uint64_t n = 0; n < 3; ++n) {
        const std::optional<scenarios::variation> v = scenarios::draw_variation(*r.value, size + n);
        const std::optional<scenarios::scenario> varied =
            v ? scenarios::with_variation(*r.value, *v) : std::nullopt;
        require(varied.has_value() == v.has_value(), "a variation that does not apply", v ? v->about : "");
        if (varied) reload(*varied);
    }
    // All reductions of a large scenario would take too long; which ones are tried depends on the input.
    const std::size_t first = size % 7;
    const std::vector<scenarios::reduction_code> codes = r.value->tasks.size() <= 8
                                                             ? scenarios::reductions(*r.value)
                                                             : std::vector<scenarios::reduction_code>{};
    for (std::size_t i = first; i < codes.size(); i += 7) {
        const std::optional<scenarios::scenario> smaller = scenarios::apply(*r.value, codes[i].code);
        require(smaller.has_value(), "a reduction that was proposed does not apply", codes[i].about);
        require(scenarios::size_of(*smaller) < scenarios::size_of(*r.value),
                "a reduction that makes nothing smaller", codes[i].about);
        reload(*smaller);
    }
    return 0;
}
