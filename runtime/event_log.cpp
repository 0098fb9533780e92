#include "runtime/event_log.hpp"

#include <string_view>

namespace tenthrule {

namespace {

// FNV-1a, 64 bit (Fowler, Noll, Vo): byte-wise, hence the same on every machine.
class fnv1a {
public:
    void byte(std::uint8_t b) {
        value_ = (value_ ^ b) * 0x100000001b3U;
    }
    void number(std::uint64_t n) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            byte(static_cast<std::uint8_t>(n >> shift));
        }
    }
    void text(std::string_view s) {
        for (const char c : s) {
            byte(static_cast<std::uint8_t>(c));
        }
        byte(0);
    }
    std::uint64_t value() const {
        return value_;
    }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace

std::uint64_t digest(const std::vector<event>& log) {
    fnv1a hash;
    for (const event& e : log) {
        hash.number(e.point);
        hash.byte(e.who);
        hash.number(static_cast<std::uint64_t>(static_cast<std::int64_t>(e.cpu)));
        hash.byte(static_cast<std::uint8_t>(e.came));
        hash.byte(static_cast<std::uint8_t>((e.deviates ? 1U : 0U) | (e.story ? 2U : 0U)));
        hash.byte(static_cast<std::uint8_t>(e.kind));
        hash.text(e.label);
        hash.text(e.detail);
        hash.text(e.state);
    }
    return hash.value();
}

std::vector<std::uint8_t> fingerprint(const std::vector<event>& log, std::size_t points_max) {
    std::vector<std::uint8_t> nibbles;
    std::uint32_t last = 0;
    for (const event& e : log) {
        if (e.point == last || e.story) {
            continue;
        }
        if (nibbles.size() >= points_max) {
            break;
        }
        last = e.point;
        fnv1a hash;
        hash.byte(e.who);
        hash.byte(static_cast<std::uint8_t>(e.kind));
        hash.text(e.label);
        const std::uint64_t h = hash.value();
        nibbles.push_back(static_cast<std::uint8_t>((h ^ (h >> 31U) ^ (h >> 47U)) & 0xfU));
    }
    return nibbles;
}

}  // namespace tenthrule
