#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace tenthrule::crew {

/// One end of a stream socket that carries messages: each behind its length (four bytes, the lowest first),
/// which is at most length_max.
/// Thread safety: none.
class channel {
public:
    static constexpr std::size_t length_max = std::size_t{64} << 20U;

    /// Owns the descriptor.
    explicit channel(int fd) : fd_(fd) {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel();

    int fd() const {
        return fd_;
    }
    /// Waits until all of it is on its way. False if the other end is gone, or the message is too long.
    bool send(const std::string& message);
    /// Waits for a message. Nothing if the other end is gone, or is_broken().
    std::optional<std::string> receive();
    /// Reads what has come, without waiting. False if the other end is gone; what came before can be taken.
    bool read_available();
    /// A message that has come completely.
    std::optional<std::string> take();
    /// What `take` would come to next is longer than any message: nothing can be read any more.
    bool is_broken() const;

private:
    std::size_t next_length() const;

    int fd_;
    std::string buffer_;
};

}  // namespace tenthrule::crew
