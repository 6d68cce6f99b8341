# cmake -D BUILD=... -D WORK=... -D RESULTS=... -P example.cmake: installs the build into a folder
# of its own, builds tests/example against it twice, with and without optimisation, and runs it.
# What WORK/cache.cmake sets is handed on.
cmake_policy(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${out}")
  endif()
endfunction()

# A header that includes one that was left behind would be found by some stranger.
function(check_includes root)
  file(GLOB_RECURSE headers RELATIVE ${root} ${root}/*.h)
  list(LENGTH headers count)
  if(count LESS 50)
    message(FATAL_ERROR "only ${count} headers were installed")
  endif()
  foreach(header IN LISTS headers)
    file(STRINGS ${root}/${header} includes REGEX "^#include \"")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([^\"]*)\".*" "\\1" name ${include})
      if(NOT EXISTS ${root}/${name})
        message(SEND_ERROR "${header} includes ${name}, which is not installed")
      endif()
    endforeach()
  endforeach()
endfunction()

# The hash of a known run, as the example's results tell it.
function(read_hash file out)
  file(READ ${file} text)
  if(NOT text MATCHES "\"trace_hash\": \"([0-9]+)\"")
    message(FATAL_ERROR "${file} has no trace_hash")
  endif()
  set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK}/prefix ${WORK}/Release ${WORK}/Debug)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
check_includes(${WORK}/prefix/include/eyrie)
foreach(type IN ITEMS Release Debug)
  run(${CMAKE_COMMAND} -C ${WORK}/cache.cmake -D CMAKE_BUILD_TYPE=${type}
      -D CMAKE_PREFIX_PATH=${WORK}/prefix -S ${CMAKE_CURRENT_LIST_DIR}/../example
      -B ${WORK}/${type})
  run(${CMAKE_COMMAND} --build ${WORK}/${type})
endforeach()
run(${WORK}/Release/counter_test --gtest_output=json:${RESULTS})
run(${WORK}/Debug/counter_test --gtest_filter=*SameRun* --gtest_output=json:${WORK}/debug.json)
read_hash(${RESULTS} release)
read_hash(${WORK}/debug.json debug)
if(NOT release STREQUAL debug)
  message(FATAL_ERROR "one seed, two runs: ${release} in Release, ${debug} in Debug")
endif()
