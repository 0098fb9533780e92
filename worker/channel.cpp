#include "worker/channel.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tenthrule::crew {

namespace {

constexpr std::size_t length_bytes = 4;

std::string with_length(const std::string& message) {
    std::string bytes;
    bytes.reserve(length_bytes + message.size());
    for (std::size_t i = 0; i < length_bytes; ++i) {
        bytes += static_cast<char>((message.size() >> (8 * i)) & 0xffU);
    }
    return bytes + message;
}

}  // namespace

channel::~channel() {
    close(fd_);
}

bool channel::send(const std::string& message) {
    if (message.size() > length_max) {
        return false;
    }
    const std::string bytes = with_length(message);
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            pollfd wait{fd_, POLLOUT, 0};
            poll(&wait, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        sent += static_cast<std::size_t>(n);
    }
    return true;
}

std::optional<std::string> channel::receive() {
    for (;;) {
        if (std::optional<std::string> message = take()) {
            return message;
        }
        if (is_broken()) {
            return std::nullopt;
        }
        pollfd wait{fd_, POLLIN, 0};
        poll(&wait, 1, -1);
        if (!read_available()) {
            return take();
        }
    }
}

bool channel::read_available() {
    char piece[65536];
    while (buffer_.size() <= length_bytes + length_max) {
        const ssize_t n = recv(fd_, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0) {
            buffer_.append(piece, static_cast<std::size_t>(n));
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        }
    }
    return true;  // that is enough for a while, however much comes
}

// REQUIRES: it has come.
std::size_t channel::next_length() const {
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
        length |= std::size_t{static_cast<unsigned char>(buffer_[i])} << (8 * i);
    }
    return length;
}

bool channel::is_broken() const {
    return buffer_.size() >= length_bytes && next_length() > length_max;
}

std::optional<std::string> channel::take() {
    if (buffer_.size() < length_bytes) {
        return std::nullopt;
    }
    const std::size_t length = next_length();
    if (length > length_max || buffer_.size() - length_bytes < length) {
        return std::nullopt;
    }
    std::string message = buffer_.substr(length_bytes, length);
    buffer_.erase(0, length_bytes + length);
    return message;
}

}  // namespace tenthrule::crew
