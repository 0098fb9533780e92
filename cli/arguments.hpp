#pragma once

/// Kinds of argument, each with the words for what is wrong with it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "scenarios/kernel_override.hpp"

namespace tenthrule::cli {

/// --json, --ascii, --width.
std::shared_ptr<common_options> add_common_options(CLI::App& parser);

/// An option without a value.
CLI::Option* add_switch(CLI::App& parser, const std::string& name, bool& to, const std::string& about);

/// A whole number: "100000", "100,000", "100k", "5M".
std::optional<std::uint64_t> parse_count(std::string_view text);

/// The option takes a count of at least `least` into `to`.
CLI::Option* add_count(CLI::App& parser, const std::string& name, std::optional<std::uint64_t>& to,
                       std::uint64_t least, const std::string& about);
CLI::Option* add_duration(CLI::App& parser, const std::string& name, std::optional<seconds>& to,
                          const std::string& about);

/// What is wrong with the name of a kernel or patch, in one line.
std::string in_words(const scenarios::name_problem& problem);

/// ", did you mean 'fuzz'?" or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace tenthrule::cli
