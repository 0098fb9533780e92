// The reader of sequence files takes any bytes: it gives a sequence or says what is wrong, in text that a
// terminal can show. What it accepts is written as a file that means the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "conform/record.hpp"
#include "conform/sequence_file.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using tenthrule::fuzzing::is_printable;
using tenthrule::fuzzing::require;
namespace conform = tenthrule::conform;
namespace scenarios = tenthrule::scenarios;

std::string as_text(const conform::sequence& s) {
    // The outcomes are of no interest; without them the steps would not be written.
    return conform::to_json_line(
        {s, std::vector<conform::outcome>(s.steps.size(), conform::beginning(s)), ""});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const conform::sequence_file file = conform::read_sequence(input, "fuzzed.toml");
    const std::string told = scenarios::to_string(file.diagnostics);
    require(is_printable(told), "a diagnostic with control characters", told);
    require(file.value.has_value() == file.diagnostics.empty(), "neither a sequence nor an error, or both",
            told);
    if (!file.value) {
        return 0;
    }
    require(file.value->expected.size() == file.value->what.steps.size(), "steps without expectations", told);
    const std::string text = conform::to_toml(file.value->what, {});
    const conform::sequence_file back = conform::read_sequence(text, "written.toml");
    require(back.value.has_value(), "what was written cannot be read",
            text + scenarios::to_string(back.diagnostics));
    require(as_text(back.value->what) == as_text(file.value->what), "what was written means something else",
            text);
    return 0;
}
