# A target is a leaf folder. Each says in which world it may run:
#   any   no clock, socket, file or thread of its own: runs in both
#   sim   only in the deterministic world
#   real  only in production
#   both  what watches production with the means of the deterministic world: scenarios/live and the
#         program that has it
# Only the two composition roots choose a world; eyrie_check_worlds() stops a configuration in which
# one of them, or a library of one world, reaches a target that is not for its world.

include(EyriePrecompiled)

# eyrie_library(storage/seam WORLD any SOURCES a.cc b.cc DEPENDS runtime [PRIVATE_DEPENDS Foo::foo])
# makes the target eyrie_storage_seam; DEPENDS takes folders of ours or targets of others. PLANTED:
# those of the sources that hold planted bugs (runtime/plant.h).
function(eyrie_library folder)
  cmake_parse_arguments(ARG "" "WORLD" "SOURCES;DEPENDS;PRIVATE_DEPENDS;PLANTED" ${ARGN})
  eyrie_target_name(${folder} target)
  if(NOT ARG_WORLD MATCHES "^(any|sim|real|both)$")
    message(FATAL_ERROR "${folder}: WORLD is '${ARG_WORLD}'; it takes any, sim, real or both.")
  endif()
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_compile_options(${target} PRIVATE ${EYRIE_WARNINGS})
    eyrie_precompiled(${target} library)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/eyrie>)
  target_compile_features(${target} ${scope} cxx_std_23)
  eyrie_resolve(deps ${ARG_DEPENDS})
  eyrie_resolve(private_deps ${ARG_PRIVATE_DEPENDS})
  target_link_libraries(${target} ${scope} ${deps})
  if(private_deps)
    target_link_libraries(${target} PRIVATE ${private_deps})
  endif()
  set_target_properties(${target} PROPERTIES EYRIE_WORLD ${ARG_WORLD} EYRIE_FOLDER ${folder})
  set_property(GLOBAL APPEND PROPERTY EYRIE_LIBRARIES ${target})
  eyrie_check_plants(${folder} "${ARG_SOURCES}" "${ARG_PLANTED}")
  if(ARG_PLANTED)
    add_library(${target}_planted OBJECT EXCLUDE_FROM_ALL ${ARG_PLANTED})
    target_compile_definitions(${target}_planted PRIVATE EYRIE_PLANTS)
    target_compile_options(${target}_planted PRIVATE ${EYRIE_WARNINGS})
    eyrie_precompiled(${target}_planted library)
    target_link_libraries(${target}_planted PRIVATE ${target} ${private_deps})
    set_property(GLOBAL APPEND PROPERTY EYRIE_PLANTED ${target}_planted)
  endif()
endfunction()

# A plant in a file that is not recompiled would never be made.
function(eyrie_check_plants folder sources planted)
  file(GLOB headers RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS
       ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(REMOVE_ITEM headers plant.h)
  foreach(source IN LISTS sources headers)
    file(STRINGS ${source} uses REGEX "^[^/]*EYRIE_PLANT" LIMIT_COUNT 1)
    if(uses AND NOT source IN_LIST planted)
      message(FATAL_ERROR "${folder}/${source} has a plant and is not listed as PLANTED.")
    elseif(source IN_LIST planted AND NOT uses)
      message(FATAL_ERROR "${folder}/${source} is listed as PLANTED and has no plant.")
    endif()
  endforeach()
endfunction()

# eyrie_proto(nodes/proto SOURCES a.proto b.proto [DEPENDS ...]): messages compiled at -O1, without
# warnings; included from the source root, as "nodes/proto/a.pb.h".
function(eyrie_proto folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  eyrie_target_name(${folder} target)
  set(generated)
  foreach(proto IN LISTS ARG_SOURCES)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(base ${PROJECT_BINARY_DIR}/generated/${folder}/${stem})
    add_custom_command(
      OUTPUT ${base}.pb.cc ${base}.pb.h
      COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR}
              --cpp_out=${PROJECT_BINARY_DIR}/generated ${folder}/${proto}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/${proto}
      COMMENT "protoc ${folder}/${proto}" VERBATIM)
    list(APPEND generated ${base}.pb.cc ${base}.pb.h)
  endforeach()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated)
  add_library(${target} STATIC ${generated})
  target_compile_options(${target} PRIVATE -O1 -w)
  eyrie_precompiled(${target} library)
  target_include_directories(${target} SYSTEM PUBLIC
                             $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/eyrie>)
  eyrie_resolve(deps ${ARG_DEPENDS})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf ${deps})
  set_target_properties(${target} PROPERTIES EYRIE_WORLD any EYRIE_FOLDER ${folder})
  set_property(GLOBAL APPEND PROPERTY EYRIE_MESSAGES ${target})
endfunction()

# eyrie_executable(eyrie WORLD real SOURCES main.cc DEPENDS ...)
function(eyrie_executable name)
  cmake_parse_arguments(ARG "" "WORLD" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${EYRIE_WARNINGS})
  eyrie_precompiled(${name} program)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  eyrie_resolve(deps ${ARG_DEPENDS})
  target_link_libraries(${name} PRIVATE ${deps})
  set_target_properties(${name} PROPERTIES EYRIE_WORLD ${ARG_WORLD} EYRIE_FOLDER ${name})
  set_property(GLOBAL APPEND PROPERTY EYRIE_ROOTS ${name})
endfunction()

# eyrie_planted_executable(eyrie-sim-planted OF eyrie-sim): the same objects and libraries, with the
# planted files compiled anew. Their objects come first, so the linker finds everything that they
# define before it looks into the libraries; what it found twice would be an error. Built with the
# rest in release alone, on request elsewhere.
function(eyrie_planted_executable name)
  cmake_parse_arguments(ARG "" "OF" "" ${ARGN})
  get_property(planted GLOBAL PROPERTY EYRIE_PLANTED)
  set(objects $<TARGET_OBJECTS:${ARG_OF}>)
  foreach(target IN LISTS planted)
    list(APPEND objects $<TARGET_OBJECTS:${target}>)
  endforeach()
  add_executable(${name} ${objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  get_target_property(libraries ${ARG_OF} LINK_LIBRARIES)
  target_link_libraries(${name} PRIVATE ${libraries})
  get_target_property(world ${ARG_OF} EYRIE_WORLD)
  set_target_properties(${name} PROPERTIES EYRIE_WORLD ${world} EYRIE_FOLDER ${name})
  set_property(GLOBAL APPEND PROPERTY EYRIE_ROOTS ${name})
  if(NOT EYRIE_PRESET STREQUAL "release")
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# Adds the folders that exist, in the order given.
macro(eyrie_add_rooms)
  foreach(room IN ITEMS ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/CMakeLists.txt)
      add_subdirectory(${room})
    endif()
  endforeach()
endmacro()

function(eyrie_target_name folder out)
  string(REPLACE "/" "_" flat ${folder})
  set(${out} eyrie_${flat} PARENT_SCOPE)
endfunction()

# Folders of ours become their targets; what is already a target of others stays. Folders may be
# named before they are added, so the test is the name's shape: ours have no "::".
function(eyrie_resolve out)
  set(resolved)
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::" OR dep MATCHES "^-" OR dep MATCHES "^\\$<")
      list(APPEND resolved ${dep})
    else()
      eyrie_target_name(${dep} target)
      list(APPEND resolved ${target})
    endif()
  endforeach()
  set(${out} ${resolved} PARENT_SCOPE)
endfunction()

function(eyrie_reachable root out)
  set(queue ${root})
  set(seen)
  while(queue)
    list(POP_FRONT queue target)
    if(target IN_LIST seen OR NOT TARGET ${target})
      continue()
    endif()
    list(APPEND seen ${target})
    get_target_property(type ${target} TYPE)
    set(links)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      get_target_property(direct ${target} LINK_LIBRARIES)
      list(APPEND links ${direct})
    endif()
    get_target_property(interface ${target} INTERFACE_LINK_LIBRARIES)
    list(APPEND links ${interface})
    list(FILTER links INCLUDE REGEX "eyrie_")
    list(TRANSFORM links REPLACE "\\$<LINK_ONLY:(.*)>" "\\1")
    list(APPEND queue ${links})
  endwhile()
  set(${out} ${seen} PARENT_SCOPE)
endfunction()

function(eyrie_check_worlds)
  get_property(roots GLOBAL PROPERTY EYRIE_ROOTS)
  get_property(libraries GLOBAL PROPERTY EYRIE_LIBRARIES)
  foreach(target IN LISTS roots libraries)
    get_target_property(world ${target} EYRIE_WORLD)
    if(NOT world MATCHES "^(real|sim)$")
      continue()
    endif()
    get_target_property(root ${target} EYRIE_FOLDER)
    eyrie_reachable(${target} reached)
    foreach(target IN LISTS reached)
      get_target_property(other ${target} EYRIE_WORLD)
      if(world STREQUAL "real" AND other MATCHES "^(sim|both)$")
        get_target_property(folder ${target} EYRIE_FOLDER)
        message(FATAL_ERROR "${root} runs in production but reaches ${folder}, which is not "
                            "for production.")
      elseif(world STREQUAL "sim" AND other MATCHES "^(real|both)$")
        get_target_property(folder ${target} EYRIE_FOLDER)
        message(FATAL_ERROR "${root} runs the simulated world but reaches ${folder}, which is not "
                            "for it alone.")
      endif()
    endforeach()
  endforeach()
endfunction()
