include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tenthrule)
set(library_folders runtime scheduler shrink worker library)

add_library(tenthrule_umbrella INTERFACE)
add_library(tenthrule::tenthrule ALIAS tenthrule_umbrella)
set_target_properties(tenthrule_umbrella PROPERTIES EXPORT_NAME tenthrule)

foreach(folder IN LISTS library_folders)
  target_link_libraries(tenthrule_umbrella INTERFACE tenthrule_${folder})

  # Two include directories: users write <tenthrule/runtime/x.hpp>, our headers "runtime/x.hpp" to each other.
  install(TARGETS tenthrule_${folder} EXPORT tenthrule_targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/tenthrule)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tenthrule/${folder}
          FILES_MATCHING PATTERN "*.hpp")
endforeach()

install(TARGETS tenthrule_umbrella EXPORT tenthrule_targets)
install(EXPORT tenthrule_targets NAMESPACE tenthrule:: DESTINATION ${package_dir})

configure_package_config_file(cmake/Config.cmake.in ${PROJECT_BINARY_DIR}/tenthruleConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tenthruleConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tenthruleConfig.cmake ${PROJECT_BINARY_DIR}/tenthruleConfigVersion.cmake
        DESTINATION ${package_dir})

if(TENTHRULE_BUILD_TOOL)
  if(TARGET tenthrule)
    install(TARGETS tenthrule RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tenthrule/scenarios
          FILES_MATCHING PATTERN "*.toml")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/conform/sequences/
          DESTINATION ${CMAKE_INSTALL_DATADIR}/tenthrule/sequences)
endif()
