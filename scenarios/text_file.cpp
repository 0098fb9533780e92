#include "scenarios/text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "scenarios/document.hpp"

namespace tenthrule::scenarios {

namespace {

struct file_closer {
    void operator()(std::FILE* f) const {
        std::fclose(f);  // NOLINT(cert-err33-c): it was only read
    }
};

}  // namespace

std::variant<std::string, diagnostic> read_text_file(const std::string& path, const std::string& what) {
    const auto refuse = [&](const std::string& why) {
        return diagnostic{severity::error, path, {}, why, "", ""};
    };
    if (path.find('\0') != std::string::npos) {
        return refuse(fmt::format("a file name with a NUL byte; expected {}", what));
    }
    const std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "rbe"));
    if (file == nullptr) {
        return refuse(fmt::format("{}; expected {}", std::strerror(errno), what));
    }
    struct stat about {};
    if (fstat(fileno(file.get()), &about) == 0 && S_ISDIR(about.st_mode)) {
        return refuse(fmt::format("this is a folder; expected {}", what));
    }
    // One byte more than allowed tells a file that is too large, also one whose size nobody knows (a pipe).
    std::string text(document_size_max + 1, '\0');
    const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
    if (std::ferror(file.get()) != 0) {
        return refuse(fmt::format("{}; expected {}", std::strerror(errno), what));
    }
    if (size > document_size_max) {
        return refuse(
            fmt::format("more than {} bytes; expected {} of at most that size", document_size_max, what));
    }
    text.resize(size);
    return text;
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return text;
}

}  // namespace tenthrule::scenarios
