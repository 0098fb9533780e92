// Whatever bytes come from another process: they are read as a message that would be written like that, or
// refused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fuzz/require.hpp"
#include "worker/invitation.hpp"
#include "worker/messages.hpp"

namespace {

using tenthrule::fuzzing::require;
namespace crew = tenthrule::crew;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const std::optional<crew::work_order> o = crew::order_from(input)) {
        const std::string bytes = crew::to_bytes(*o);
        const std::optional<crew::work_order> again = crew::order_from(bytes);
        require(again && crew::to_bytes(*again) == bytes, "a message is not read as it was written",
                std::string(input));
    }
    if (const std::optional<crew::work_report> r = crew::report_from(input)) {
        const std::string bytes = crew::to_bytes(*r);
        const std::optional<crew::work_report> again = crew::report_from(bytes);
        require(again && crew::to_bytes(*again) == bytes, "a message is not read as it was written",
                std::string(input));
    }
    if (const std::optional<crew::invitation> i = crew::invitation_from(input)) {
        require(crew::invitation_from(crew::to_text(*i))->is == i->is,
                "a message is not read as it was written", std::string(input));
    }
    (void)crew::announced_from(input);
    return 0;
}
