#include "runtime/asio/metrics_text.h"

#include <gtest/gtest.h>

#include "runtime/asio/process_metrics.h"
#include "tests/support/prometheus_text.h"

namespace eyrie::test {
namespace {

constexpr CounterType<1> kCalls({.name = "eyrie_test_calls_total",
                                 .help = "Calls.",
                                 .labels = {"method"}});
constexpr HistogramType<0> kDuration({.name = "eyrie_test_duration_seconds",
                                      .help = "Durations.",
                                      .bounds = kRequestBounds});
constexpr GaugeType<0> kLag({.name = "eyrie_test_lag_seconds", .help = "Lag."});

TEST(MetricsText, IsWhatPrometheusReads) {
  Metrics metrics;
  metrics.counter(kCalls, "a\"b\\c\nd").add(1'234'567'890'123);
  Histogram& duration = metrics.histogram(kDuration);
  for (const Duration d : {Duration(400us), Duration(2ms), Duration(2ms), Duration(1h)}) {
    duration.observe(d);
  }
  const MetricReading reading(metrics, [](MetricSample& s) { s.gauge(kLag, 1'500'000'000); });
  const std::string text = metrics_text(metrics.snapshot());
  const Result<Scrape> scrape = parse_prometheus(text);
  ASSERT_TRUE(scrape) << scrape.error() << text;
  EXPECT_EQ(sum_of(*scrape, "eyrie_test_calls_total", ""), 1'234'567'890'123);
  EXPECT_NE(text.find(R"({method="a\"b\\c\nd"} 1234567890123)"), std::string::npos) << text;
  const auto& samples = scrape->at("eyrie_test_duration_seconds").samples;
  EXPECT_EQ(samples.at(R"(eyrie_test_duration_seconds_bucket{le="0.0005"})"), 1);
  EXPECT_EQ(samples.at(R"(eyrie_test_duration_seconds_bucket{le="0.0025"})"), 3);
  EXPECT_EQ(samples.at(R"(eyrie_test_duration_seconds_bucket{le="60"})"), 3);
  EXPECT_EQ(samples.at(R"(eyrie_test_duration_seconds_bucket{le="+Inf"})"), 4);
  EXPECT_DOUBLE_EQ(samples.at("eyrie_test_duration_seconds_sum"), 3600.0044);
  EXPECT_DOUBLE_EQ(sum_of(*scrape, "eyrie_test_lag_seconds", ""), 1.5);
}

TEST(MetricsText, TheProcessIsAmongThem) {
  MetricsSnapshot snapshot;
  read_process_metrics(snapshot);
  const Result<Scrape> scrape = parse_prometheus(metrics_text(snapshot));
  ASSERT_TRUE(scrape) << scrape.error();
  EXPECT_GT(sum_of(*scrape, "process_resident_memory_bytes", ""), 1e6);
  EXPECT_GE(sum_of(*scrape, "process_open_fds", ""), 3);
  EXPECT_GT(sum_of(*scrape, "process_cpu_seconds_total", ""), 0);
}

TEST(PrometheusText, OfAnotherFormIsRefused) {
  const std::string head = "# HELP a_total A.\n# TYPE a_total counter\n";
  const std::string histogram = "# HELP h H.\n# TYPE h histogram\nh_count 2\nh_sum 1\n";
  EXPECT_TRUE(parse_prometheus(head + "a_total{x=\"1\"} 2\n"));
  EXPECT_TRUE(parse_prometheus(histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"));
  for (const std::string& wrong :
       {std::string("a_total 1\n"), head + "a_total 1", head + "a_total 1\na_total 1\n",
        head + "a_total -1\n", head + "b_total 1\n", head + "a_total{x=1} 1\n", head + head,
        std::string("# HELP a A.\n# TYPE a counter\na 1\n"),
        histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"+Inf\"} 2\n",
        histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\n",
        histogram + "h_bucket{le=\"1\"} 2\n"}) {
    EXPECT_FALSE(parse_prometheus(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace eyrie::test
