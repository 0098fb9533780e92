# Boost brings its own package file since 1.70; CMake's own FindBoost is on its way out.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS context)
find_package(fmt REQUIRED)

if(TENTHRULE_BUILD_TOOL)
  find_package(CLI11 REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(SQLite3 3.37 REQUIRED)

  # Used header-only, and found as a header: not every release that distributions ship has a package file.
  find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
  add_library(tenthrule_tomlplusplus INTERFACE)
  target_include_directories(tenthrule_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
endif()
