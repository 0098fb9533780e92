#pragma once

/// How a campaign tells a program that was built on the library what it wants of it: in the environment
/// variable TENTHRULE_CAMPAIGN. The two need not come from the same build, so everything here says its
/// version first.
///
///     list:VERSION                        say which tests there are, and run none
///     worker:VERSION:MEMORY:DIGEST        be a worker for the test with this digest
///
/// A program that is asked to list sends an announced_test for each of its tests over descriptor
/// worker_socket. MEMORY: bytes that it may use besides the address space that it reserves; 0: no limit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenthrule::crew {

/// Of messages.hpp, shared_page.hpp and this file together: to be counted up with every change to one of
/// them.
inline constexpr unsigned protocol_version = 1;

inline constexpr const char* invitation_variable = "TENTHRULE_CAMPAIGN";

struct invitation {
    enum class wish : std::uint8_t { list, worker };
    wish is = wish::list;
    unsigned version = protocol_version;
    std::uint64_t memory_max = 0;
    std::uint64_t digest = 0;
    friend bool operator==(const invitation&, const invitation&) = default;
};

std::string to_text(const invitation& i);
/// Nothing if it is no invitation. Of one of another version only `is` and `version` are set.
std::optional<invitation> invitation_from(std::string_view text);

struct announced_test {
    unsigned version = protocol_version;
    std::string name;          ///< may be empty
    std::uint64_t digest = 0;  ///< of its tokens
};

std::string to_bytes(const announced_test& t);
/// Nothing if it is none. Of one of another version only that is set.
std::optional<announced_test> announced_from(std::string_view message);

}  // namespace tenthrule::crew
