#pragma once

/// How a campaign tells a program that was built on the library what it wants of it: in the environment
/// variable TENTHRULE_CAMPAIGN. The two need not come from the same build, so everything here says first
/// which version of this protocol it is, and then which version of tenthrule: only of the same version of
/// both it is known that they mean the same by everything they say.
///
///     list:PROTOCOL:TENTHRULE                     say which tests there are, and run none
///     worker:PROTOCOL:TENTHRULE:MEMORY:DIGEST     be a worker for the test with this digest
///
/// A program that is asked to list sends an announced_test for each of its tests over descriptor
/// worker_socket. MEMORY: bytes that it may use besides the address space that it reserves; 0: no limit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenthrule::crew {

/// Of this file: to be counted up when something is added to what is said here, or taken from it. What else
/// the two say to each other (messages.hpp, shared_page.hpp) may change with every version of tenthrule.
inline constexpr unsigned protocol_version = 2;

/// That of the tenthrule that this is part of: "0.1.0".
std::string tool_version();

inline constexpr const char* invitation_variable = "TENTHRULE_CAMPAIGN";

struct invitation {
    enum class wish : std::uint8_t { list, worker };
    wish is = wish::list;
    unsigned version = protocol_version;
    std::string tool = tool_version();
    std::uint64_t memory_max = 0;
    std::uint64_t digest = 0;
    bool is_of_this_version() const {
        return version == protocol_version && tool == tool_version();
    }
    friend bool operator==(const invitation&, const invitation&) = default;
};

std::string to_text(const invitation& i);
/// Nothing if it is no invitation. Of one of another protocol only `is` and `version` are set; the tool is
/// then empty.
std::optional<invitation> invitation_from(std::string_view text);

struct announced_test {
    unsigned version = protocol_version;
    std::string tool = tool_version();
    std::string name;          ///< may be empty
    std::uint64_t digest = 0;  ///< of its tokens
    bool is_of_this_version() const {
        return version == protocol_version && tool == tool_version();
    }
};

std::string to_bytes(const announced_test& t);
/// Nothing if it is none. Of one of another protocol only that is set; the tool is then empty.
std::optional<announced_test> announced_from(std::string_view message);

}  // namespace tenthrule::crew
