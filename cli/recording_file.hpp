#pragma once

/// Recordings of kernels on disk.

#include <fstream>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "conform/record.hpp"

namespace tenthrule::cli {

/// All of a file. Whatever is wrong with it is said; then, or if there is nothing in it, throws input_error.
std::vector<conform::recording> read_recordings(console& out, const std::string& path);

/// Where the shipped sequences are: those of the source tree or of the installation.
std::vector<std::string> shipped_sequences();

/// Writes beside the file and gives it its name at the end, so that a recording is there as a whole or not at
/// all.
class recording_writer {
public:
    /// Empty: nothing is written. Throws input_error if that is impossible.
    explicit recording_writer(const std::string& path);
    ~recording_writer();
    recording_writer(const recording_writer&) = delete;
    recording_writer& operator=(const recording_writer&) = delete;

    /// Nothing, if the kernel was not asked.
    void add(const conform::recording& r);
    /// Throws input_error if something got lost.
    void finish();

private:
    std::string path_;
    std::ofstream file_;
};

}  // namespace tenthrule::cli
