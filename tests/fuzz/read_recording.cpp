// A line of a recording is any bytes: it gives a recording or says what is wrong. What it accepts is written
// as a line that means the same, and the model plays it to its end without a word.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "conform/model.hpp"
#include "conform/record.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using tenthrule::fuzzing::require;
namespace conform = tenthrule::conform;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static conform::model golden(tenthrule::kernel::find_version("golden")->patches);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto read = conform::read_recording(input, "fuzzed.jsonl", 1);
    const auto* const r = std::get_if<conform::recording>(&read);
    if (r == nullptr) {
        require(!std::get<1>(read).empty(), "neither a recording nor an error", std::string(input));
        return 0;
    }
    const std::string line = conform::to_json_line(*r);
    const auto back = conform::read_recording(line, "written.jsonl", 1);
    require(std::holds_alternative<conform::recording>(back), "what was written cannot be read", line);
    require(conform::to_json_line(std::get<conform::recording>(back)) == line, "it is written differently",
            line);
    if (r->what.steps.size() <= 100) {
        const conform::model_run run = golden.play(r->what);
        require(run.after.size() <= r->what.steps.size(), "more outcomes than steps", line);
    }
    return 0;
}
