#pragma once

/// Plain data as bytes, for another process on the same machine: numbers of eight bytes as they are in
/// memory, texts and lists behind their lengths. What is packed and what is unpacked is said once, by a
/// function that visits the members in their order:
///
///     template <typename Thing, typename Visitor>
///     void visit(Thing& t, Visitor& v) { v(t.number), v(t.name); }
///
/// Thread safety: none.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tenthrule {

class packer {
public:
    template <typename Number>
    requires std::is_arithmetic_v<Number> || std::is_enum_v<Number>
    void operator()(Number n) {
        char bytes[8] = {};
        if constexpr (std::is_floating_point_v<Number>) {
            const auto wide = static_cast<double>(n);
            std::memcpy(bytes, &wide, sizeof wide);
        } else {
            const auto wide = static_cast<std::uint64_t>(n);
            std::memcpy(bytes, &wide, sizeof wide);
        }
        bytes_.append(bytes, sizeof bytes);
    }
    void operator()(const std::string& text) {
        (*this)(std::uint64_t{text.size()});
        bytes_ += text;
    }
    template <typename Item>
    void operator()(const std::vector<Item>& list) {
        (*this)(std::uint64_t{list.size()});
        for (const Item& item : list) {
            one(item);
        }
    }
    const std::string& bytes() const {
        return bytes_;
    }

private:
    template <typename Item>
    void one(const Item& item) {
        if constexpr (std::is_invocable_v<packer&, const Item&>) {
            (*this)(item);
        } else {
            visit(item, *this);
        }
    }

    std::string bytes_;
};

/// Takes any bytes. What does not fit in leaves `whole` false, and everything behind it empty.
class unpacker {
public:
    explicit unpacker(std::string_view bytes) : rest_(bytes) {}

    template <typename Number>
    requires std::is_arithmetic_v<Number> || std::is_enum_v<Number>
    void operator()(Number& n) {
        if constexpr (std::is_floating_point_v<Number>) {
            double wide = 0;
            take(&wide);
            n = static_cast<Number>(wide);
        } else {
            std::uint64_t wide = 0;
            take(&wide);
            n = static_cast<Number>(wide);
        }
    }
    void operator()(std::string& text) {
        const std::uint64_t size = length(1);
        text = rest_.substr(0, size);
        rest_.remove_prefix(size);
    }
    template <typename Item>
    void operator()(std::vector<Item>& list) {
        list.clear();
        for (std::uint64_t left = length(8); left != 0 && whole_; --left) {
            one(list.emplace_back());
        }
    }
    /// Everything so far was there.
    bool whole() const {
        return whole_;
    }
    /// Likewise, and there is nothing else.
    bool complete() const {
        return whole_ && rest_.empty();
    }

private:
    template <typename Wide>
    void take(Wide* to) {
        whole_ = whole_ && rest_.size() >= sizeof *to;
        if (whole_) {
            std::memcpy(to, rest_.data(), sizeof *to);
            rest_.remove_prefix(sizeof *to);
        }
    }
    // Of something whose parts take so many bytes at least.
    std::uint64_t length(std::uint64_t bytes_each) {
        std::uint64_t size = 0;
        take(&size);
        whole_ = whole_ && size <= rest_.size() / bytes_each;
        return whole_ ? size : 0;
    }
    template <typename Item>
    void one(Item& item) {
        if constexpr (std::is_invocable_v<unpacker&, Item&>) {
            (*this)(item);
        } else {
            visit(item, *this);
        }
    }

    std::string_view rest_;
    bool whole_ = true;
};

}  // namespace tenthrule
