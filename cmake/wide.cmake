# tenthrule_wide
#
# The library once more, for executions of up to 128 tasks, whatever this build is for. Compiled only for what links to
# it. Nothing may link to both: they have the same names.
if(TENTHRULE_TASKS_MAX EQUAL 128)
  add_library(tenthrule_wide INTERFACE)
  target_link_libraries(tenthrule_wide INTERFACE tenthrule_library)
  return()
endif()

# An archive for each folder, as there is of the other one: local names are those of a folder.
add_library(tenthrule_wide INTERFACE)
foreach(folder IN LISTS library_folders)
  set(target tenthrule_wide_${folder})
  get_target_property(sources tenthrule_${folder} SOURCES)
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${sources})
  tenthrule_warnings(${target})
  tenthrule_precompile(${target})
  get_target_property(together tenthrule_${folder} UNITY_BUILD)
  if(together)
    tenthrule_compile_together(${target} APART ${PROJECT_SOURCE_DIR}/library/new_delete.cpp
                               ${PROJECT_SOURCE_DIR}/library/new_delete_aligned.cpp)
  endif()
  tenthrule_unoptimised_under_sanitizers(${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_definitions(${target} PUBLIC TENTHRULE_VERSION="${PROJECT_VERSION}" TENTHRULE_TASKS_MAX=128)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/public)
  target_link_libraries(${target} PUBLIC ${below} Boost::context fmt::fmt Threads::Threads)
  set(below ${target})
endforeach()
target_link_libraries(tenthrule_wide INTERFACE ${below})
