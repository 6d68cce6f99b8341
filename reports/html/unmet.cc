#include "reports/html/unmet.h"

#include <fmt/format.h>

#include "reports/html/text.h"

namespace eyrie::reports {

namespace {

std::string asked(const Figure& figure) {
  return fmt::format(", asked at {} {}", figure.bound == Figure::Bound::at_least ? "least" : "most",
                     percent(figure.asked));
}

}  // namespace

std::vector<std::string> unmet_figures(const Campaign& campaign) {
  std::vector<std::string> unmet;
  const auto share = [&](const std::string& what, const Figure& figure, const std::string& where) {
    if (figure.met()) return;
    unmet.push_back(what + " " + percent(figure.value) + " of the " + where + asked(figure));
  };
  share("a median of", campaign.ok_share(), "calls of a seed were ok");
  share("a median of", campaign.info_share(), "calls of a seed were of unknown outcome");
  for (const PropertyLine& line : campaign.properties()) {
    share(line.property.id + " was put to the test in", line.share, "seeds");
  }
  for (const FaultLine& line : campaign.faults()) {
    share(line.fault.kind + " had effect in", line.share, "seeds");
  }
  for (const MarkLine& line : campaign.marks()) {
    share(line.mark.name + " was reached in", line.share, "seeds");
  }
  for (const LeastLine& line : campaign.least()) {
    if (line.least.met()) continue;
    unmet.push_back(fmt::format("a seed had only {:.0f} of '{}'{}, asked at least {:.0f}",
                                line.least.value, line.what, line.of.empty() ? "" : " " + line.of,
                                line.least.asked));
  }
  return unmet;
}

std::size_t unmet_figures(const Report& report) {
  std::size_t count = 0;
  for (const Campaign& campaign : report.campaigns) count += unmet_figures(campaign).size();
  return count;
}

}  // namespace eyrie::reports
