// Charts: the small pictures of a page. Each returns inline SVG.
#pragma once

#include <string>
#include <vector>

#include "reports/campaign.h"

namespace eyrie::reports {

// A square for each seed in order, coloured by its verdict, paler the fewer faults it met; above
// some thousand, a square for several, with the worst of them. Failures link to `anchor` + seed.
std::string seed_grid(const Campaign& campaign, const std::string& anchor);

// How values are spread, in columns from the least to the greatest, with their median. `unit`
// follows the numbers: "s", "%".
struct Histogram {
  std::string label;
  std::vector<double> values;
  std::string unit;
};
std::string histogram(const Histogram& histogram);

// A bar from 0 to 1 with a tick at what was asked.
std::string share_bar(const Figure& figure);

// Calls by outcome, as one bar that is full.
std::string outcome_bar(const Calls& calls);

// A part of a whole as two lengths of one bar: what had effect, of what was taken, of the most.
std::string effect_bar(std::uint64_t part, std::uint64_t whole, std::uint64_t most);

}  // namespace eyrie::reports
