// A campaign as one JSON object: what was counted, and each figure with what is asked of it.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace eyrie::scenarios {

// `page` is the report's path; empty if none was written. A figure is {value, at_least or at_most,
// met}; shares are from 0 to 1.
std::string to_json(const reports::Report& report, const std::string& page);

}  // namespace eyrie::scenarios
