# What `cmake --install` puts where: the programs, and the testbed as a package that another project
# finds with find_package(eyrie). tests/example is such a project.

include(CMakePackageConfigHelpers)

# eyrie_install(LIBRARIES sim scenarios/properties ... PROGRAMS eyrie eyrie-sim): these folders'
# targets with all that they reach, as eyrie::sim and so on, and their headers below include/eyrie.
function(eyrie_install)
  cmake_parse_arguments(ARG "" "" "LIBRARIES;PROGRAMS" ${ARGN})
  set(reached)
  foreach(folder IN LISTS ARG_LIBRARIES)
    eyrie_target_name(${folder} root)
    eyrie_reachable(${root} more)
    list(APPEND reached ${more})
  endforeach()
  list(REMOVE_DUPLICATES reached)
  foreach(target IN LISTS reached)
    string(REGEX REPLACE "^eyrie_" "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    install(TARGETS ${target} EXPORT eyrie ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/eyrie)
    eyrie_install_headers(${target})
  endforeach()
  install(TARGETS ${ARG_PROGRAMS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/eyrie)
  install(EXPORT eyrie NAMESPACE eyrie:: FILE eyrieTargets.cmake DESTINATION ${package})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/eyrieConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/eyrieConfig.cmake
                                INSTALL_DESTINATION ${package}
                                NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/eyrieConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/eyrieConfig.cmake
                ${PROJECT_BINARY_DIR}/eyrieConfigVersion.cmake DESTINATION ${package})
  set_property(GLOBAL PROPERTY EYRIE_INSTALLED ${reached} ${ARG_PROGRAMS})
endfunction()

# The headers of a target's folder, without those of targets below it and of planted bugs; of
# messages, the generated ones.
function(eyrie_install_headers target)
  get_target_property(folder ${target} EYRIE_FOLDER)
  get_property(messages GLOBAL PROPERTY EYRIE_MESSAGES)
  if(target IN_LIST messages)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/generated/${folder}/
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/eyrie/${folder} FILES_MATCHING PATTERN *.pb.h)
    return()
  endif()
  set(source ${PROJECT_SOURCE_DIR}/${folder})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${source} ${source}/*.h)
  file(GLOB_RECURSE others RELATIVE ${source} ${source}/CMakeLists.txt)
  list(REMOVE_ITEM others CMakeLists.txt)
  foreach(other IN LISTS others)
    string(REPLACE "CMakeLists.txt" "" below ${other})
    list(FILTER headers EXCLUDE REGEX "^${below}")
  endforeach()
  list(REMOVE_ITEM headers plant.h)
  foreach(header IN LISTS headers)
    get_filename_component(place ${folder}/${header} DIRECTORY)
    install(FILES ${source}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/eyrie/${place})
  endforeach()
endfunction()
