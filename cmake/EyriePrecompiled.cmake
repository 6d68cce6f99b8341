# Precompiled headers: what most sources include of the standard library and of protobuf, and tests
# of GoogleTest and RapidCheck. In release only tests have them: its build shows that each other
# source includes what it uses.
#
# The bytes of a precompiled header are part of what ccache looks up. So that a clone finds what
# another one compiled, they must not depend on where it is: the header is read from the standard
# input, in a working folder that every machine has, and no option of it names a folder.

set(EYRIE_PRECOMPILED library program tests)  # those that are used; none in a folder that says so
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(EYRIE_PRECOMPILED)
elseif(NOT EYRIE_PRESET MATCHES "debug|san")
  set(EYRIE_PRECOMPILED tests)
endif()

set(EYRIE_LIBRARY_HEADERS
    algorithm array charconv chrono cmath compare coroutine cstddef cstdint cstdio cstdlib cstring
    deque expected filesystem fstream functional limits map memory numeric optional random set span
    string string_view tuple type_traits utility variant vector
    fmt/format.h
    google/protobuf/arena.h google/protobuf/extension_set.h
    google/protobuf/generated_enum_reflection.h google/protobuf/generated_message_reflection.h
    google/protobuf/generated_message_util.h google/protobuf/io/coded_stream.h
    google/protobuf/message.h google/protobuf/repeated_field.h
    google/protobuf/unknown_field_set.h)
set(EYRIE_TEST_HEADERS gtest/gtest.h rapidcheck/gtest.h)

# eyrie_precompiled_header(tests HEADERS vector gtest/gtest.h LIBRARIES GTest::gtest OPTIONS -fPIE):
# makes the target eyrie_precompiled_tests. It is compiled with the options of this folder, those
# that LIBRARIES ask for, whose headers are where the compiler looks without being told, and with
# OPTIONS: all that the sources are compiled with.
function(eyrie_precompiled_header name)
  if(NOT name IN_LIST EYRIE_PRECOMPILED)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBRARIES;OPTIONS" ${ARGN})
  list(TRANSFORM ARG_HEADERS REPLACE ".+" "#include <\\0>")
  list(JOIN ARG_HEADERS "\n" content)
  set(base ${PROJECT_BINARY_DIR}/precompiled/${name})
  file(CONFIGURE OUTPUT ${base}.h CONTENT "${content}\n" @ONLY)

  string(TOUPPER "CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}" flags)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${${flags}}")
  get_directory_property(definitions COMPILE_DEFINITIONS)
  get_directory_property(options COMPILE_OPTIONS)
  foreach(library IN LISTS ARG_LIBRARIES)
    foreach(kind IN ITEMS definitions options)
      string(TOUPPER INTERFACE_COMPILE_${kind} property)
      get_target_property(theirs ${library} ${property})
      if(theirs)
        list(APPEND ${kind} ${theirs})
      endif()
    endforeach()
  endforeach()
  list(TRANSFORM definitions PREPEND -D)
  list(FILTER options EXCLUDE REGEX "prefix-map")
  add_custom_command(
    OUTPUT ${base}.pch WORKING_DIRECTORY / DEPENDS ${base}.h ${CMAKE_CXX_COMPILER}
    COMMAND sh -c "exec \"$@\" <\"$0\"" ${base}.h ${CMAKE_CXX_COMPILER} ${flags}
            ${CMAKE_CXX23_STANDARD_COMPILE_OPTION} ${definitions} ${options} ${ARG_OPTIONS}
            -Xclang -fno-pch-timestamp -MD -MF ${base}.d -MT ${base}.pch
            -x c++-header - -o ${base}.pch
    DEPFILE ${base}.d COMMENT "Precompiling the headers of ${name}" VERBATIM)
  add_custom_target(eyrie_precompiled_${name} DEPENDS ${base}.pch)
endfunction()

# eyrie_precompiled(TARGET NAME): the target's sources begin with these headers.
function(eyrie_precompiled target name)
  if(name IN_LIST EYRIE_PRECOMPILED)
    set(header ${PROJECT_BINARY_DIR}/precompiled/${name}.pch)
    set_target_properties(${target} PROPERTIES
                          CXX_COMPILER_LAUNCHER "${EYRIE_PRECOMPILED_LAUNCHER}")
    add_dependencies(${target} eyrie_precompiled_${name})
    target_compile_options(${target} PRIVATE "SHELL:-include-pch \"${header}\"")
    # The compiler does not name it among what a source includes.
    get_target_property(sources ${target} SOURCES)
    set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${header})
  endif()
endfunction()
