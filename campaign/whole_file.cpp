#include "campaign/whole_file.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace tenthrule {

std::string write_whole_file(const std::string& path, std::string_view text) {
    const std::string unfinished = path + ".unfinished";
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        return fmt::format("{} cannot be written", path);
    }
    std::error_code error;
    std::filesystem::rename(unfinished, path, error);
    if (error) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        return fmt::format("{} cannot be written: {}", path, error.message());
    }
    return {};
}

}  // namespace tenthrule
