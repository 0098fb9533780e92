#include "worker/invitation.hpp"

#include <charconv>

#include <fmt/format.h>

#include "worker/packing.hpp"

namespace tenthrule::crew {

namespace {

// The text up to the next colon, which is taken away as well.
std::string_view next_part(std::string_view& text) {
    const std::string_view part = text.substr(0, text.find(':'));
    text.remove_prefix(part.size() == text.size() ? part.size() : part.size() + 1);
    return part;
}

template <typename Number>
bool read_number(std::string_view text, int base, Number& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to, base);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string tool_version() {
    return TENTHRULE_VERSION;
}

std::string to_text(const invitation& i) {
    return i.is == invitation::wish::list
               ? fmt::format("list:{}:{}", i.version, i.tool)
               : fmt::format("worker:{}:{}:{}:{:016x}", i.version, i.tool, i.memory_max, i.digest);
}

std::optional<invitation> invitation_from(std::string_view text) {
    const std::string_view wish = next_part(text);
    invitation i;
    i.tool.clear();
    i.is = wish == "list" ? invitation::wish::list : invitation::wish::worker;
    if ((wish != "list" && wish != "worker") || !read_number(next_part(text), 10, i.version)) {
        return std::nullopt;
    }
    if (i.version != protocol_version) {
        return i;
    }
    i.tool = next_part(text);
    if (i.tool.empty()) {
        return std::nullopt;
    }
    if (i.is == invitation::wish::worker &&
        !(read_number(next_part(text), 10, i.memory_max) && read_number(next_part(text), 16, i.digest))) {
        return std::nullopt;
    }
    return i;
}

std::string to_bytes(const announced_test& t) {
    packer p;
    p(t.version), p(t.tool), p(t.name), p(t.digest);
    return p.bytes();
}

std::optional<announced_test> announced_from(std::string_view message) {
    unpacker u(message);
    announced_test t;
    t.tool.clear();
    u(t.version);
    if (u.whole() && t.version == protocol_version) {
        u(t.tool), u(t.name), u(t.digest);
        return u.complete() ? std::optional(std::move(t)) : std::nullopt;
    }
    return u.whole() ? std::optional(std::move(t)) : std::nullopt;
}

}  // namespace tenthrule::crew
