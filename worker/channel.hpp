#pragma once

#include <optional>
#include <string>

namespace tenthrule::crew {

/// One end of a stream socket that carries messages: each behind its length (four bytes, the lowest first).
/// Thread safety: none.
class channel {
public:
    /// Owns the descriptor.
    explicit channel(int fd) : fd_(fd) {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel();

    int fd() const {
        return fd_;
    }
    /// Waits until all of it is on its way. False if the other end is gone.
    bool send(const std::string& message);
    /// Waits for a message. Nothing if the other end is gone.
    std::optional<std::string> receive();
    /// Reads what has come, without waiting. False if the other end is gone; what came before can be taken.
    bool read_available();
    /// A message that has come completely.
    std::optional<std::string> take();

private:
    int fd_;
    std::string buffer_;
};

}  // namespace tenthrule::crew
