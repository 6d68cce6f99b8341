#include "runtime/asio/metrics_text.h"

#include <limits>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace eyrie {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;

double shown(const MetricHeader& header, std::int64_t value) {
  const auto number = static_cast<double>(value);
  return header.in_seconds() ? number / kNanosecondsPerSecond : number;
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric::Histogram histogram_of(const MetricHeader& header,
                                                 const MetricSeries& series) {
  prometheus::ClientMetric::Histogram histogram;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < series.buckets.size(); ++i) {
    count += static_cast<std::uint64_t>(series.buckets[i]);
    const double bound = i < header.bounds.size() ? shown(header, header.bounds[i])
                                                  : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({.cumulative_count = count, .upper_bound = bound});
  }
  histogram.sample_count = count;
  histogram.sample_sum = shown(header, series.value);
  return histogram;
}

prometheus::ClientMetric metric_of(const MetricHeader& header, const MetricSeries& series) {
  prometheus::ClientMetric metric;
  for (std::size_t i = 0; i < header.labels.size(); ++i) {
    metric.label.push_back({.name = std::string(header.labels[i]), .value = series.labels[i]});
  }
  switch (header.kind) {
    case MetricKind::counter:
      metric.counter.value = shown(header, series.value);
      break;
    case MetricKind::gauge:
      metric.gauge.value = shown(header, series.value);
      break;
    case MetricKind::histogram:
      metric.histogram = histogram_of(header, series);
      break;
  }
  return metric;
}

}  // namespace

std::string metrics_text(const MetricsSnapshot& snapshot) {
  std::vector<prometheus::MetricFamily> families;
  for (const MetricFamily& family : snapshot) {
    prometheus::MetricFamily& shown_family = families.emplace_back();
    shown_family.name = family.header.name;
    shown_family.help = family.header.help;
    shown_family.type = type_of(family.header.kind);
    for (const MetricSeries& series : family.series) {
      shown_family.metric.push_back(metric_of(family.header, series));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace eyrie
