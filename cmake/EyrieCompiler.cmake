# One compiler, one set of flags. GCC below 13 miscompiles coroutines, so it is refused outright.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++ coroutines. "
                      "Use clang 19 (the presets do) or GCC 13 and newer.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")

# Paths are hashed relative to the source root, so that another clone finds what this one compiled.
find_program(EYRIE_CCACHE ccache)
if(EYRIE_CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
               CCACHE_SLOPPINESS=pch_defines,time_macros ${EYRIE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  # Of sources with a precompiled header (EyriePrecompiled): what they include, ccache then learns
  # from the compiler, for preprocessing does not show it.
  list(INSERT launcher 3 CCACHE_DEPEND=1)
  set(EYRIE_PRECOMPILED_LAUNCHER ${launcher})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()

set(EYRIE_SANITIZE "" CACHE STRING "address (with undefined) or thread")
if(EYRIE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -ftrivial-auto-var-init=pattern)
  add_link_options(-fsanitize=address,undefined)
elseif(EYRIE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(EYRIE_SANITIZE)
  message(FATAL_ERROR "EYRIE_SANITIZE is '${EYRIE_SANITIZE}'; it takes address or thread.")
endif()

option(EYRIE_FUZZ "build eyrie-fuzz, which needs code that tells libFuzzer where it has been" OFF)
if(EYRIE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

option(EYRIE_COVERAGE "count which lines and branches run" OFF)
if(EYRIE_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# -ffp-contract=off: a fused multiply-add gives other bits on another CPU, and results are compared
# bit by bit across builds. __FILE__ must not carry the build machine's folders.
add_compile_options(-ffp-contract=off -fno-omit-frame-pointer
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
set(EYRIE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                   -Wimplicit-fallthrough -Wswitch -Wunused -Wnull-dereference -Werror)
