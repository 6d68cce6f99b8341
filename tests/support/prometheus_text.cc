#include "tests/support/prometheus_text.h"

#include <cmath>
#include <regex>
#include <set>
#include <sstream>

namespace eyrie::test {

namespace {

const char kSample[] = R"re(^([a-zA-Z_:][a-zA-Z0-9_:]*))re"
                       R"re((\{([a-zA-Z_][a-zA-Z0-9_]*="(\\["\\n]|[^"\\])*",?)+\})? (\S+)$)re";
const char kBound[] = R"re(,?le="([^"]*)")re";

struct Buckets {
  double bound = -INFINITY;
  double count = 0;
};

class Reader {
 public:
  Status line(const std::string& text);
  Status end();
  Scrape scrape;

 private:
  Status comment(const std::string& text);
  Status sample(const std::smatch& parts);
  Status bucket(const std::string& labels, double value);

  std::string family_;
  std::string help_of_;
  std::map<std::string, Buckets> buckets_;  // of the family, by labels without the bound
  const std::regex sample_{kSample};
  const std::regex bound_{kBound};
};

Status Reader::comment(const std::string& text) {
  std::istringstream words(text);
  std::string hash;
  std::string what;
  std::string name;
  std::string first;
  words >> hash >> what >> name >> first;
  if (first.empty()) return {Code::invalid_argument, "nothing said"};
  if (what == "HELP") {
    if (scrape.contains(name)) return {Code::invalid_argument, "a family twice"};
    help_of_ = name;
    return {};
  }
  if (what != "TYPE" || help_of_ != name) return {Code::invalid_argument, "a type without help"};
  EYRIE_RETURN_IF_ERROR(end());
  if (first != "counter" && first != "gauge" && first != "histogram") {
    return {Code::invalid_argument, "no type"};
  }
  if ((first == "counter") != name.ends_with("_total")) {
    return {Code::invalid_argument, "a counter is a _total"};
  }
  if (!scrape.try_emplace(name, ScrapedFamily{first, {}}).second) {
    return {Code::invalid_argument, "a family twice"};
  }
  family_ = name;
  return {};
}

Status Reader::bucket(const std::string& labels, double value) {
  std::smatch bound;
  if (!std::regex_search(labels, bound, bound_)) return {Code::invalid_argument, "no bound"};
  const double at = bound[1] == "+Inf" ? INFINITY : std::stod(bound[1]);
  Buckets& before = buckets_[std::regex_replace(labels, bound_, "")];
  if (at <= before.bound || value < before.count) {
    return {Code::invalid_argument, "buckets are not cumulative"};
  }
  before = {at, value};
  return {};
}

Status Reader::sample(const std::smatch& parts) {
  const std::string name = parts[1];
  const std::string labels = parts[2];
  const double value = std::stod(parts[5]);
  ScrapedFamily& family = scrape[family_];
  if (family.type == "histogram") {
    if (name == family_ + "_bucket") EYRIE_RETURN_IF_ERROR(bucket(labels, value));
    if (name != family_ + "_bucket" && name != family_ + "_sum" && name != family_ + "_count") {
      return {Code::invalid_argument, "not of this histogram"};
    }
  } else if (name != family_) {
    return {Code::invalid_argument, "not of this family"};
  }
  if (family.type != "gauge" && value < 0) return {Code::invalid_argument, "negative"};
  if (!family.samples.emplace(name + labels, value).second) {
    return {Code::invalid_argument, "a series twice"};
  }
  return {};
}

Status Reader::line(const std::string& text) {
  if (text.starts_with("#")) return comment(text);
  std::smatch parts;
  if (!std::regex_match(text, parts, sample_)) return {Code::invalid_argument, "no sample"};
  return sample(parts);
}

Status Reader::end() {
  for (const auto& [labels, last] : buckets_) {
    const std::string shown = labels == "{}" ? "" : labels;
    const auto count = scrape[family_].samples.find(family_ + "_count" + shown);
    if (last.bound != INFINITY || count == scrape[family_].samples.end() ||
        count->second != last.count) {
      return {Code::invalid_argument, family_ + labels + ": its buckets do not end in its count"};
    }
  }
  buckets_.clear();
  return {};
}

}  // namespace

Result<Scrape> parse_prometheus(const std::string& text) {
  if (!text.ends_with('\n')) return fail(Code::invalid_argument, "the last line does not end");
  Reader reader;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Status read = reader.line(line);
    if (!read.ok()) return fail(Code::invalid_argument, read.message() + ": " + line);
  }
  EYRIE_RETURN_IF_ERROR(reader.end());
  return std::move(reader.scrape);
}

double sum_of(const Scrape& scrape, const std::string& family, const std::string& prefix) {
  const auto found = scrape.find(family);
  if (found == scrape.end()) return -1;
  double sum = 0;
  bool any = false;
  for (const auto& [name, value] : found->second.samples) {
    if (!name.starts_with(prefix)) continue;
    sum += value;
    any = true;
  }
  return any ? sum : -1;
}

}  // namespace eyrie::test
