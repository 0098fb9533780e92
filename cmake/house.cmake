# tenthrule_precompile(<target> [<header>...])
#
# Parses the large headers that most sources include, and those named, once for the target instead of once for each
# source: a third of the time that compiling takes. Every source still names what it needs itself: clang-tidy does
# without. So does GCC: it no longer takes precompiled headers for the system's, and then warns of overflows in them
# that cannot happen. Nor are there any where sources are compiled together: that spares more, and leaves too little to
# share.
function(tenthrule_precompile target)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR TENTHRULE_UNITY)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <functional> <memory> <optional> <string>
                            <string_view> <utility> <vector> <fmt/format.h> ${ARGN})
endfunction()

# tenthrule_compile_together(<target> [APART <source>...])
#
# With TENTHRULE_UNITY, compiles many sources of the target at once, for builds from nothing: large headers cost
# most of their time. APART: whose local names others have as well, or that have to stay objects of their own.
function(tenthrule_compile_together target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "APART")
  if(NOT TENTHRULE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  # A local of one source shadows what another has in its unnamed namespace. GCC sees only what is wrong.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -Wno-shadow)
  endif()
endfunction()

# tenthrule_unoptimised_under_sanitizers(<target>)
#
# For what waits for files and processes, and not for the engine: the sanitizers double what optimising costs, and
# these targets do not run long enough to give it back.
function(tenthrule_unoptimised_under_sanitizers target)
  if(TENTHRULE_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# tenthrule_folder(<folder> [DEPENDS <target>...] [DEFINES <definition>...])
#
# Makes tenthrule_<folder> from the .cpp files beside the caller, or a header-only target if there are none.
# DEPENDS are the arrows of the house; tests/include_arrows.sh holds the includes to the same ones.
function(tenthrule_folder folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;DEFINES")
  set(target tenthrule_${folder})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp */*.cpp)

  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    tenthrule_warnings(${target})
    tenthrule_precompile(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()

  add_library(tenthrule::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_compile_definitions(${target} ${scope} ${arg_DEFINES})
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(${target} ${scope} ${arg_DEPENDS})
endfunction()
