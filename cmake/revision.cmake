# cmake -DSOURCE=... -DOUTPUT=... -P revision.cmake: writes the source that names the revision, and
# only when it is another one, so that a build without a commit links nothing again.
cmake_policy(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR NOT EXISTS ${SOURCE}/.git)
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
"#include \"scenarios/main/revision.h\"

namespace eyrie::scenarios {

const char* source_revision() {
  return \"@revision@\";
}

}  // namespace eyrie::scenarios
")
