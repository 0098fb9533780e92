#include "cli/token_command.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)
using tenthrule::shell_quoted;

TEST_CASE("token command: words are quoted for a shell only if they have to be") {
    CHECK(shell_quoted("found/my-lock_1.toml") == "found/my-lock_1.toml");
    CHECK(shell_quoted("random:stay=7/8") == "random:stay=7/8");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("a b") == "'a b'");
    CHECK(shell_quoted("it's") == R"('it'\''s')");
    CHECK(shell_quoted("$(reboot)") == "'$(reboot)'");
    CHECK(shell_quoted("a*") == "'a*'");
}

TEST_CASE("token command: names the scenario only if it would not be found") {
    const std::string shipped = TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout.toml";
    CHECK(command_for_token("replay", "tr1_x", shipped) == "tenthrule replay tr1_x");
    const tenthrule::test::temporary_folder folder;
    const std::string own = folder.write("own.toml", "");
    CHECK(command_for_token("shrink", "tr1_x", own) == "tenthrule shrink tr1_x --scenario " + own);
}
