#include "runtime/metrics.h"

#include <optional>

#include <gtest/gtest.h>

namespace eyrie {
namespace {

constexpr CounterType<2> kCalls({.name = "eyrie_test_calls_total",
                                 .help = "Calls.",
                                 .labels = {"method", "result"}});
constexpr std::array<std::int64_t, 3> kBounds = {10, 20, 40};
constexpr HistogramType<1> kSizes(
    {.name = "eyrie_test_sizes", .help = "Sizes.", .labels = {"of"}, .bounds = kBounds});
constexpr GaugeType<1> kRows({.name = "eyrie_test_rows", .help = "Rows.", .labels = {"channel"}});

TEST(Metrics, ASeriesIsFoundAgainByItsLabels) {
  Metrics metrics;
  Counter& ok = metrics.counter(kCalls, "search", "ok");
  ok.add();
  metrics.counter(kCalls, "search", std::string("ok")).add(4);
  metrics.counter(kCalls, "insert", "ok").add();
  EXPECT_EQ(&metrics.counter(kCalls, "search", "ok"), &ok);
  EXPECT_EQ(ok.value(), 5);
  const MetricsSnapshot snapshot = metrics.snapshot();
  ASSERT_EQ(snapshot.size(), 1u);
  ASSERT_EQ(snapshot[0].series.size(), 2u);
  EXPECT_EQ(snapshot[0].series[0].labels, (std::vector<std::string>{"insert", "ok"}));
  EXPECT_EQ(snapshot[0].series[0].value, 1);
  EXPECT_EQ(snapshot[0].series[1].value, 5);
}

TEST(Metrics, AHistogramIncludesItsBounds) {
  Metrics metrics;
  Histogram& sizes = metrics.histogram(kSizes, "a");
  for (const std::int64_t size : {9, 10, 11, 20, 40, 41, 1'000}) sizes.observe(size);
  EXPECT_EQ(sizes.buckets(), (std::vector<std::int64_t>{2, 2, 1, 2}));
  EXPECT_EQ(sizes.sum(), 1'131);
}

TEST(Metrics, AHistogramThatSawNothingIsNotShown) {
  Metrics metrics;
  metrics.histogram(kSizes, "a");
  EXPECT_TRUE(metrics.snapshot().empty());
  metrics.histogram(kSizes, "b").observe(1);
  ASSERT_EQ(metrics.snapshot().size(), 1u);
  EXPECT_EQ(metrics.snapshot()[0].series.size(), 1u);
}

TEST(Metrics, ReadingsAreAskedWhileTheyLiveAndAddUp) {
  Metrics metrics;
  std::int64_t rows = 3;
  const MetricReading one(metrics, [&](MetricSample& s) { s.gauge(kRows, rows, "ch-0"); });
  std::optional<MetricReading> other;
  other.emplace(metrics, [](MetricSample& s) { s.gauge(kRows, 10, "ch-0"); });
  rows = 5;
  ASSERT_EQ(metrics.snapshot().size(), 1u);
  EXPECT_EQ(metrics.snapshot()[0].series.at(0).value, 15);
  other.reset();
  EXPECT_EQ(metrics.snapshot()[0].series.at(0).value, 5);
}

TEST(Metrics, AReadingMayOutliveTheMetrics) {
  auto metrics = std::make_unique<Metrics>();
  const MetricReading reading(*metrics, [](MetricSample&) {});
  metrics.reset();
}

TEST(Metrics, SeriesBeyondTheMostAreCountedTogether) {
  Metrics metrics;
  const std::size_t extra = 7;
  for (std::size_t i = 0; i < Metrics::kSeriesMax + extra; ++i) {
    metrics.counter(kCalls, std::to_string(i), "ok").add();
  }
  EXPECT_EQ(metrics.counter(kCalls, "other", "other").value(), static_cast<std::int64_t>(extra));
  EXPECT_EQ(metrics.snapshot()[0].series.size(), Metrics::kSeriesMax + 1);
}

TEST(Metrics, ASnapshotIsInTheOrderOfNames) {
  Metrics metrics;
  metrics.histogram(kSizes, "a").observe(1);
  metrics.counter(kCalls, "a", "ok");
  const MetricReading reading(metrics, [](MetricSample& s) { s.gauge(kRows, 1, "x"); });
  const MetricsSnapshot snapshot = metrics.snapshot();
  ASSERT_EQ(snapshot.size(), 3u);
  EXPECT_EQ(snapshot[0].header.name, kCalls.name);
  EXPECT_EQ(snapshot[1].header.name, kRows.name);
  EXPECT_EQ(snapshot[2].header.name, kSizes.name);
}

}  // namespace
}  // namespace eyrie
