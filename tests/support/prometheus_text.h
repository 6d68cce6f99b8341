// Reads Prometheus's text format as strictly as it is written down: every family has its help and
// type once, before its samples, which stand together; no series comes twice; a counter is a _total
// and not negative; buckets of a histogram rise to +Inf, which is the count.
#pragma once

#include <map>
#include <string>

#include "runtime/status.h"

namespace eyrie::test {

struct ScrapedFamily {
  std::string type;
  std::map<std::string, double> samples;  // by name with labels, as written
};
using Scrape = std::map<std::string, ScrapedFamily>;

// invalid_argument names the line.
Result<Scrape> parse_prometheus(const std::string& text);

// The sum of the family's samples whose name with labels begins so; -1 if there are none.
double sum_of(const Scrape& scrape, const std::string& family, const std::string& prefix);

}  // namespace eyrie::test
