#include "campaign/find_scenario.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"

using namespace tenthrule;
namespace fs = std::filesystem;

namespace {

const std::string shipped = TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout-lockpi.toml";

// A folder of its own that goes away with the test.
struct temporary_folder {
    fs::path path = fs::temp_directory_path() / "tenthrule_find_scenario_test";
    temporary_folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~temporary_folder() {
        fs::remove_all(path);
    }
};

token token_of_shipped(const char* kernel = nullptr) {
    auto loaded = scenarios::load_file(shipped);
    REQUIRE(loaded.value);
    if (kernel != nullptr) loaded.value->kernel.version = kernel;
    token t;
    t.case_digest = scenarios::digest_on_any_kernel(*loaded.value);
    t.selection = kernel_selection(*loaded.value);
    return t;
}

}  // namespace

TEST_CASE("find_scenario: among the shipped ones") {
    const found_scenario found = find_scenario(token_of_shipped(), {"", {TENTHRULE_SOURCE_DIR "/scenarios"}});
    REQUIRE_MESSAGE(found.value, found.error);
    CHECK(fs::equivalent(found.file, shipped));
    CHECK(found.exact);
    CHECK(found.value->kernel.version == "v4.14");
    const std::vector<std::string> usual = usual_folders();
    CHECK(usual.size() >= 2);
    CHECK(usual.front() == ".");
}

TEST_CASE("find_scenario: on the kernel of the token, whatever the file says") {
    const found_scenario found =
        find_scenario(token_of_shipped("v4.15"), {"", {TENTHRULE_SOURCE_DIR "/scenarios"}});
    REQUIRE_MESSAGE(found.value, found.error);
    CHECK(found.value->kernel.version == "v4.15");
}

TEST_CASE("find_scenario: below a folder, but neither too deep nor in hidden ones") {
    const temporary_folder folder;
    const token t = token_of_shipped();
    const places_to_look here{"", {folder.path.string()}};
    fs::create_directories(folder.path / ".hidden");
    fs::copy_file(shipped, folder.path / ".hidden" / "a.toml");
    fs::create_directories(folder.path / "1" / "2" / "3");
    fs::copy_file(shipped, folder.path / "1" / "2" / "3" / "a.toml");
    std::ofstream(folder.path / "b.toml") << "this is no scenario";
    CHECK(find_scenario(t, here).value);
    const found_scenario missed = find_scenario(t, here, {3, 100});
    CHECK_FALSE(missed.value);
    CHECK(missed.error.find("(1 files, not everything below it)") != std::string::npos);
}

TEST_CASE("find_scenario: what is missing is said, and where it was looked for") {
    const temporary_folder folder;
    const found_scenario found =
        find_scenario(token_of_shipped(), {"", {folder.path.string(), "/nonexistent"}});
    CHECK_FALSE(found.value);
    CHECK(found.error.find("is not there") != std::string::npos);
    CHECK(found.error.find(folder.path.string()) != std::string::npos);
    CHECK(found.error.find("/nonexistent") != std::string::npos);
    CHECK(found.error.find("--scenario") != std::string::npos);
}

TEST_CASE("find_scenario: a named file is taken, even edited, but that is said") {
    token t = token_of_shipped();
    const found_scenario exact = find_scenario(t, {shipped, {}});
    REQUIRE(exact.value);
    CHECK(exact.exact);
    t.case_digest ^= 1U;
    const found_scenario edited = find_scenario(t, {shipped, {}});
    REQUIRE(edited.value);
    CHECK_FALSE(edited.exact);
    CHECK_FALSE(find_scenario(t, {shipped + "x", {}}).value);
    CHECK(find_scenario(token_of_shipped(), {TENTHRULE_SOURCE_DIR "/scenarios", {}}).value);
}

TEST_CASE("find_scenario: a kernel that this program does not know") {
    token t = token_of_shipped();
    t.selection = "\x77";
    CHECK(find_scenario(t, {shipped, {}}).error ==
          "the token is of a kernel with patches, or switches rules off, that this version of the program "
          "does not know");
}
