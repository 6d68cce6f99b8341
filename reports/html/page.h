// The page of a campaign: one HTML file that loads nothing, for somebody who knows nothing yet.
//
// Verdict first; then what was done, each failure with its replay line and pictures, every seed,
// one seed's life, and the figures with what was asked of them. Follows the reader's light or dark,
// prints, and fits a telephone.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace eyrie::reports {

std::string html_page(const Report& report);

}  // namespace eyrie::reports
