#pragma once

#include "cli/exit_status.hpp"

namespace tenthrule::cli {

/// The whole tool. Prints what is wrong by itself; throws only what nobody expected.
exit_status run_application(int argc, const char* const* argv);

}  // namespace tenthrule::cli
