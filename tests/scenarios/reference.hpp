#pragma once

/// The reference of the scenario format, made from the loader's own tables.

#include <string>

namespace tenthrule::scenarios::testing {

/// scenarios/scenario.schema.json, complete.
std::string make_schema();
/// The reference part of docs/scenario-format.md.
std::string make_reference();

}  // namespace tenthrule::scenarios::testing
