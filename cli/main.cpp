#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cli/application.hpp"

int main(int argc, char** argv) {
    using tenthrule::cli::exit_status;
    exit_status status = exit_status::internal_error;
    try {
        status = tenthrule::cli::run_application(argc, argv);
    } catch (const std::exception& e) {
        fmt::print(stderr, "tenthrule: internal error: {}\n", e.what());
    } catch (...) {
        fmt::print(stderr, "tenthrule: internal error\n");
    }
    return static_cast<int>(status);
}
