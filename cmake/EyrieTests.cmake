# Tests: what they are called, in which presets they run, and where their results go.
#
# EYRIE_PRESET is the preset being configured. A test is built by `all` and by the target
# eyrie_tests, and registered with ctest, only in the presets that it asks for; its own target
# exists in all of them. So debug and tsan build no more than what their tests run.

set(EYRIE_PRESET release CACHE STRING "release, asan, debug or tsan: which tests are registered")
set(EYRIE_TEST_LABELS lint unit sim conformance real e2e)
add_custom_target(eyrie_tests)

# Stack traces of the sanitizers name functions; a frame used after its return is found.
find_program(EYRIE_SYMBOLIZER NAMES llvm-symbolizer-19 llvm-symbolizer)
set(EYRIE_TEST_ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=1:external_symbolizer_path=${EYRIE_SYMBOLIZER}"
    "UBSAN_OPTIONS=print_stacktrace=1:external_symbolizer_path=${EYRIE_SYMBOLIZER}"
    "TSAN_OPTIONS=second_deadlock_stack=1:external_symbolizer_path=${EYRIE_SYMBOLIZER}")

# A sanitizer's code is slow to optimise: that is half of what a test costs to compile. What a test
# links is optimised; what it takes from headers, it shares with what it links, and is not.
if(EYRIE_SANITIZE)
  set(EYRIE_TEST_OPTIMISATION -O0)
endif()

# eyrie_test_suite(tests/storage/wal_suite SOURCES wal_suite.cc DEPENDS ...): cases, compiled once
# for all tests that name the suite among DEPENDS and instantiate it.
function(eyrie_test_suite folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  eyrie_target_name(${folder} target)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCES})
  # As an executable's sources are compiled.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIE)
  eyrie_compile_test(${target})
  eyrie_resolve(deps ${ARG_DEPENDS})
  target_link_libraries(${target} PUBLIC ${deps} GTest::gtest)
endfunction()

function(eyrie_compile_test target)
  target_compile_options(${target} PRIVATE ${EYRIE_WARNINGS} ${EYRIE_TEST_OPTIMISATION})
  eyrie_precompiled(${target} tests)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()

# eyrie_test(runtime_task LABEL unit SOURCES task_test.cc DEPENDS runtime
#            [PRESETS release asan tsan] [BINARIES eyrie-sim] [TIMEOUT 60] [ENVIRONMENT A=b])
# One GoogleTest binary, registered with ctest as one test with its label; its cases are counted
# from the results that it writes. PRESETS: where it runs; release and asan unless said otherwise,
# debug for what optimisation could hide, tsan for what has threads. BINARIES: executables of ours
# that it starts. TIMEOUT: seconds in release; a sanitizer gets five times as long. WAITS: mostly it
# waits for servers, so that twice as many of its kind run at once (scripts/test.sh).
function(eyrie_test name)
  cmake_parse_arguments(ARG "WAITS" "LABEL;TIMEOUT" "SOURCES;DEPENDS;ENVIRONMENT;PRESETS;BINARIES"
                        ${ARGN})
  if(NOT ARG_LABEL IN_LIST EYRIE_TEST_LABELS)
    message(FATAL_ERROR "${name}: LABEL is '${ARG_LABEL}'; it takes one of ${EYRIE_TEST_LABELS}.")
  endif()
  if(NOT ARG_PRESETS)
    set(ARG_PRESETS release asan)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)  # a loaded machine is no failure
  endif()
  if(EYRIE_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  eyrie_compile_test(${name}_test)
  eyrie_resolve(deps ${ARG_DEPENDS})
  target_link_libraries(${name}_test PRIVATE ${deps} GTest::gtest_main)
  set_target_properties(${name}_test PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(ARG_BINARIES)
    add_dependencies(${name}_test ${ARG_BINARIES})
  endif()
  if(NOT EYRIE_PRESET IN_LIST ARG_PRESETS)
    set_target_properties(${name}_test PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  add_dependencies(eyrie_tests ${name}_test)
  add_test(NAME ${name}
           COMMAND ${name}_test --gtest_brief=1
                   --gtest_output=json:${CMAKE_BINARY_DIR}/results/${name}.json
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
                       PROCESSORS $<IF:$<BOOL:${ARG_WAITS}>,1,2>
                       ENVIRONMENT "${EYRIE_TEST_ENVIRONMENT};${ARG_ENVIRONMENT}")
endfunction()

# eyrie_lint_test(lint_tree COMMAND python3 ... [NEEDS target...] [EXPECT regex]): a check of the
# sources or objects. These are the same in every preset, so they run in release alone. With EXPECT
# the command is right when its output matches, whatever its exit code.
function(eyrie_lint_test name)
  cmake_parse_arguments(ARG "" "EXPECT" "COMMAND;NEEDS" ${ARGN})
  if(NOT EYRIE_PRESET STREQUAL "release")
    return()
  endif()
  if(ARG_NEEDS)
    add_dependencies(eyrie_tests ${ARG_NEEDS})
  endif()
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS lint TIMEOUT 1800)
  if(ARG_EXPECT)
    set_tests_properties(${name} PROPERTIES PASS_REGULAR_EXPRESSION "${ARG_EXPECT}")
  endif()
endfunction()

# The target eyrie_headers compiles alone every header of the rooms that has no source of its name:
# a source begins with its own header (tests/lint: include-own). Nothing is optimised or kept.
function(eyrie_header_target)
  set(sources)
  foreach(room IN ITEMS ${ARGN})
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
         ${PROJECT_SOURCE_DIR}/${room}/*.h)
    foreach(header IN LISTS headers)
      string(REGEX REPLACE "h$" "cc" own ${header})
      if(EXISTS ${PROJECT_SOURCE_DIR}/${own})
        continue()
      endif()
      set(source ${PROJECT_BINARY_DIR}/headers/${header}.cc)
      file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n" @ONLY)
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  get_property(libraries GLOBAL PROPERTY EYRIE_LIBRARIES)
  get_property(messages GLOBAL PROPERTY EYRIE_MESSAGES)
  add_library(eyrie_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_include_directories(eyrie_headers PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(eyrie_headers PRIVATE ${EYRIE_WARNINGS} -O0 -g0)
  target_link_libraries(eyrie_headers PRIVATE ${libraries} ${messages})
endfunction()
