#include "scenarios/load.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <sys/stat.h>

#include "scenarios/document.hpp"
#include "scenarios/scenario_reader.hpp"

namespace tenthrule::scenarios {

namespace {

struct file_closer {
    void operator()(std::FILE* f) const {
        std::fclose(f);  // NOLINT(cert-err33-c): it was only read
    }
};

load_result cannot_read(const std::string& path, const std::string& why) {
    return {std::nullopt, {{severity::error, path, {}, why, "", ""}}};
}

}  // namespace

load_result load_text(std::string_view text, std::string_view file, const load_options& options) {
    // Editors of some systems begin a file with a byte order mark.
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
    diagnostics problems(file, text);
    load_result result;
    if (const std::optional<node> root = parse_document(text, problems)) {
        scenario s = loader::scenario_reader(*root, options, problems).read();
        s.file = file;
        if (!problems.has_errors()) result.value = std::move(s);
    }
    result.diagnostics = problems.take();
    return result;
}

load_result load_file(const std::string& path, const load_options& options) {
    if (path.find('\0') != std::string::npos) {
        return cannot_read(path, "a file name with a NUL byte; expected a scenario file");
    }
    const std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "rbe"));
    if (file == nullptr) {
        return cannot_read(path, fmt::format("{}; expected a scenario file", std::strerror(errno)));
    }
    struct stat about {};
    if (fstat(fileno(file.get()), &about) == 0 && S_ISDIR(about.st_mode)) {
        return cannot_read(path, "this is a folder; expected a scenario file");
    }
    // One byte more than allowed tells a file that is too large, also one whose size nobody knows (a pipe).
    std::string text(document_size_max + 1, '\0');
    const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
    if (std::ferror(file.get()) != 0) {
        return cannot_read(path, fmt::format("{}; expected a scenario file", std::strerror(errno)));
    }
    if (size > document_size_max) {
        return cannot_read(path, fmt::format("more than {} bytes; expected a scenario of at most that size",
                                             document_size_max));
    }
    text.resize(size);
    return load_text(text, path, options);
}

}  // namespace tenthrule::scenarios
