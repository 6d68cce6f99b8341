// What a campaign did not reach of what is asked of it: a sentence each, for people. What was not
// put to the test says nothing, so a campaign is green only where there is none.
#pragma once

#include <string>
#include <vector>

#include "reports/campaign.h"

namespace eyrie::reports {

// "P36 was put to the test in 35 % of the seeds, asked at least 50 %".
std::vector<std::string> unmet_figures(const Campaign& campaign);
// Of all its campaigns.
std::size_t unmet_figures(const Report& report);

}  // namespace eyrie::reports
