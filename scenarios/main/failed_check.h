// What a process of eyrie-sim says of a failed check (runtime/check.h). Seeds run in processes that
// share one standard error, so it names the seed, and where in its run that was.
#pragma once

#include <string>

namespace eyrie::scenarios {

void report_failed_check(const std::string& report);

}  // namespace eyrie::scenarios
