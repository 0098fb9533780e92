#include "cli/json_lines.hpp"

namespace tenthrule::cli {

void print_json(console& to, const json& object) {
    // Names come from files that need not be UTF-8; JSON has to be.
    to.print(object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace tenthrule::cli
