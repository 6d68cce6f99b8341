// Sections of the page: each one campaign, or a part of it, as HTML.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace eyrie::reports {

// `key` sets the anchors of one campaign apart from another's.
std::string failures_section(const Campaign& campaign, const std::string& key);
std::string seeds_section(const Campaign& campaign, const std::string& key);
std::string example_section(const Campaign& campaign);
std::string properties_section(const Campaign& campaign);
std::string faults_section(const Campaign& campaign);
std::string marks_section(const Campaign& campaign);
std::string calls_section(const Campaign& campaign);
std::string words_section();

// "P4 is violated", "no progress after healing", "the run crashed".
std::string headline(const Failure& failure);

}  // namespace eyrie::reports
