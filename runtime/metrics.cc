#include "runtime/metrics.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"

namespace eyrie {

namespace {

detail::LabelValues owned(std::span<const std::string_view> labels) {
  return {labels.begin(), labels.end()};
}

}  // namespace

bool detail::LabelsLess::operator()(const LabelValues& a,
                                    std::span<const std::string_view> b) const {
  return std::ranges::lexicographical_compare(a, b);
}
bool detail::LabelsLess::operator()(std::span<const std::string_view> a,
                                    const LabelValues& b) const {
  return std::ranges::lexicographical_compare(a, b);
}

void Histogram::observe(std::int64_t value) {
  const auto bound = std::ranges::lower_bound(bounds_, value);
  ++buckets_[static_cast<std::size_t>(bound - bounds_.begin())];
  ++count_;
  sum_ += value;
}

void MetricSample::add(const MetricHeader& header, std::int64_t value,
                       std::span<const std::string_view> labels) {
  Gauge& gauge = gauges_.try_emplace(header.name, Gauge{header, {}}).first->second;
  const auto found = gauge.series.find(labels);
  if (found != gauge.series.end()) {
    found->second += value;
  } else if (gauge.series.size() < Metrics::kSeriesMax) {
    gauge.series.emplace(owned(labels), value);
  }
}

MetricReading::MetricReading(Metrics& metrics, std::function<void(MetricSample&)> read)
    : read_(std::move(read)) {
  metrics.readings_.push_back(*this);
}

template <class T, class Make>
T& Metrics::find_or_make(Families<T>& families, const MetricHeader& header,
                         std::span<const std::string_view> labels, Make make) {
  auto family = families.find(header.name);
  if (family == families.end()) {
    family = families.emplace(header.name, Family<T>{header, {}}).first;
  }
  EYRIE_CHECK(family->second.header.labels.size() == labels.size(), "one name, one metric");
  auto& series = family->second.series;
  if (const auto found = series.find(labels); found != series.end()) return found->second;
  detail::LabelValues values = owned(labels);
  if (series.size() >= kSeriesMax) std::ranges::fill(values, "other");
  return series.try_emplace(std::move(values), make()).first->second;
}

Counter& Metrics::counter_of(const MetricHeader& header, std::span<const std::string_view> labels) {
  return find_or_make(counters_, header, labels, [] { return Counter(); });
}

Histogram& Metrics::histogram_of(const MetricHeader& header,
                                 std::span<const std::string_view> labels) {
  return find_or_make(histograms_, header, labels, [&] { return Histogram(header.bounds); });
}

MetricsSnapshot Metrics::snapshot() {
  MetricsSnapshot snapshot;
  for (const auto& [name, family] : counters_) {
    MetricFamily& shown = snapshot.emplace_back(family.header);
    for (const auto& [labels, counter] : family.series) {
      shown.series.push_back({labels, counter.value(), {}});
    }
  }
  for (const auto& [name, family] : histograms_) {
    MetricFamily shown{family.header, {}};
    for (const auto& [labels, histogram] : family.series) {
      if (histogram.empty()) continue;
      shown.series.push_back({labels, histogram.sum(), histogram.buckets()});
    }
    if (!shown.series.empty()) snapshot.push_back(std::move(shown));
  }
  MetricSample sample;
  readings_.for_each([&](MetricReading& reading) { reading.read_(sample); });
  for (const auto& [name, gauge] : sample.gauges_) {
    MetricFamily& shown = snapshot.emplace_back(gauge.header);
    for (const auto& [labels, value] : gauge.series) shown.series.push_back({labels, value, {}});
  }
  std::ranges::sort(snapshot, {}, [](const MetricFamily& family) { return family.header.name; });
  return snapshot;
}

}  // namespace eyrie
