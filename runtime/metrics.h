// Metrics: what a component counts, by stable names with fixed labels, for whoever watches it.
//
// A room declares each metric once. A component gets the Metrics of its machine with its
// environment; like everything of an instance they belong to its executor. What is counted as it
// happens has a counter or a histogram, which is looked up once and kept; what is a state (how many
// rows are in memory) is read only when somebody asks, by a MetricReading.
//
//   inline constexpr CounterType<1> kFlushes({.name = "eyrie_streaming_flushes_total",
//                                             .help = "Segments that were flushed.",
//                                             .labels = {"result"}});
//   metrics.counter(kFlushes, "ok").add();
//
// Integers only: durations are in nanoseconds here, and in seconds where they are shown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/list.h"
#include "runtime/time.h"

namespace eyrie {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

// A metric without its C++ type.
struct MetricHeader {
  std::string_view name;
  std::string_view help;
  MetricKind kind = MetricKind::counter;
  std::span<const std::string_view> labels;
  // Of a histogram, rising, each included in its bucket; one more bucket is above the last.
  std::span<const std::int64_t> bounds;

  // Its integers are nanoseconds.
  constexpr bool in_seconds() const {
    return name.ends_with("_seconds") || name.ends_with("_seconds_total");
  }
};

namespace detail {

// Called where a declaration is wrong: not a constant, so the compiler stops there and names it.
void wrong_metric(const char* why);

consteval void check_metric(std::string_view name, std::string_view help, bool counts) {
  for (const char c : name) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') wrong_metric("the name");
  }
  if (!name.starts_with("eyrie_") && !name.starts_with("process_")) wrong_metric("its prefix");
  if (counts != name.ends_with("_total")) wrong_metric("counters, and only they, are a _total");
  if (help.empty() || help.back() != '.') wrong_metric("no sentence says what it is");
}

}  // namespace detail

template <MetricKind kind, std::size_t N>
struct MetricType {
  struct Spec {
    std::string_view name = {};
    std::string_view help = {};
    std::array<std::string_view, N> labels = {};
    std::span<const std::int64_t> bounds = {};
  };
  consteval explicit MetricType(const Spec& s)
      : name(s.name), help(s.help), labels(s.labels), bounds(s.bounds) {
    detail::check_metric(name, help, kind == MetricKind::counter);
    if ((kind == MetricKind::histogram) == bounds.empty()) detail::wrong_metric("its bounds");
  }

  MetricHeader header() const { return {name, help, kind, labels, bounds}; }

  std::string_view name;
  std::string_view help;
  std::array<std::string_view, N> labels;
  std::span<const std::int64_t> bounds;
};
template <std::size_t N>
using CounterType = MetricType<MetricKind::counter, N>;
template <std::size_t N>
using GaugeType = MetricType<MetricKind::gauge, N>;
template <std::size_t N>
using HistogramType = MetricType<MetricKind::histogram, N>;

// Bounds for what a caller waits for: half a millisecond to a minute.
inline constexpr std::array<std::int64_t, 14> kRequestBounds = {
    500'000,       1'000'000,     2'500'000,      5'000'000,      10'000'000,
    25'000'000,    50'000'000,    100'000'000,    250'000'000,    500'000'000,
    1'000'000'000, 2'500'000'000, 10'000'000'000, 60'000'000'000,
};
// For what nobody waits for: a tenth of a second to an hour.
inline constexpr std::array<std::int64_t, 8> kWorkBounds = {
    100'000'000,    1'000'000'000,   5'000'000'000,   15'000'000'000,
    60'000'000'000, 300'000'000'000, 900'000'000'000, 3'600'000'000'000,
};

class Counter {
 public:
  void add(std::int64_t count = 1) { value_ += count; }
  std::int64_t value() const { return value_; }

 private:
  std::int64_t value_ = 0;
};

class Histogram {
 public:
  explicit Histogram(std::span<const std::int64_t> bounds)
      : bounds_(bounds), buckets_(bounds.size() + 1) {}

  void observe(std::int64_t value);
  void observe(Duration duration) { observe(to_ns(duration)); }
  bool empty() const { return count_ == 0; }  // such a one is not shown
  // One for each bound and one above; each counts its own alone.
  const std::vector<std::int64_t>& buckets() const { return buckets_; }
  std::int64_t sum() const { return sum_; }

 private:
  std::span<const std::int64_t> bounds_;
  std::vector<std::int64_t> buckets_;
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
};

// The metrics of one moment, as plain data that may go to another thread.
struct MetricSeries {
  std::vector<std::string> labels;    // values, in the order of the header
  std::int64_t value = 0;             // of a counter or gauge; of a histogram the sum
  std::vector<std::int64_t> buckets;  // of a histogram
};
struct MetricFamily {
  MetricHeader header;
  std::vector<MetricSeries> series;  // in the order of their labels
};
using MetricsSnapshot = std::vector<MetricFamily>;  // in the order of their names

namespace detail {

using LabelValues = std::vector<std::string>;
// Compares owned label values with borrowed ones.
struct LabelsLess {
  using is_transparent = void;
  bool operator()(const LabelValues& a, const LabelValues& b) const { return a < b; }
  bool operator()(const LabelValues& a, std::span<const std::string_view> b) const;
  bool operator()(std::span<const std::string_view> a, const LabelValues& b) const;
};

}  // namespace detail

// What a reading says; values of one series that several readings say are added up.
class MetricSample {
 public:
  template <std::size_t N, class... Labels>
  void gauge(const GaugeType<N>& type, std::int64_t value, const Labels&... labels) {
    static_assert(sizeof...(Labels) == N, "one value for each declared label");
    const std::array<std::string_view, N> values{std::string_view(labels)...};
    add(type.header(), value, values);
  }

 private:
  friend class Metrics;
  struct Gauge {
    MetricHeader header;
    std::map<detail::LabelValues, std::int64_t, detail::LabelsLess> series;
  };
  void add(const MetricHeader& header, std::int64_t value,
           std::span<const std::string_view> labels);

  std::map<std::string_view, Gauge> gauges_;
};

class Metrics;

// Asked for its values whenever somebody looks, as long as it lives.
class MetricReading : private ListNode<MetricReading> {
 public:
  MetricReading(Metrics& metrics, std::function<void(MetricSample&)> read);

 private:
  friend class Metrics;
  template <class T, class Tag>
  friend class List;

  std::function<void(MetricSample&)> read_;
};

class Metrics {
 public:
  // Labels have few values, all of them of our own choosing. What is beyond so many series of one
  // metric is counted as "other".
  static constexpr std::size_t kSeriesMax = 1'000;

  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The one of these labels; it stays where it is as long as the Metrics.
  template <std::size_t N, class... Labels>
  Counter& counter(const CounterType<N>& type, const Labels&... labels) {
    static_assert(sizeof...(Labels) == N, "one value for each declared label");
    const std::array<std::string_view, N> values{std::string_view(labels)...};
    return counter_of(type.header(), values);
  }
  template <std::size_t N, class... Labels>
  Histogram& histogram(const HistogramType<N>& type, const Labels&... labels) {
    static_assert(sizeof...(Labels) == N, "one value for each declared label");
    const std::array<std::string_view, N> values{std::string_view(labels)...};
    return histogram_of(type.header(), values);
  }

  MetricsSnapshot snapshot();

 private:
  friend class MetricReading;

  template <class T>
  struct Family {
    MetricHeader header;
    std::map<detail::LabelValues, T, detail::LabelsLess> series;
  };
  template <class T>
  using Families = std::map<std::string_view, Family<T>>;

  Counter& counter_of(const MetricHeader& header, std::span<const std::string_view> labels);
  Histogram& histogram_of(const MetricHeader& header, std::span<const std::string_view> labels);
  template <class T, class Make>
  static T& find_or_make(Families<T>& families, const MetricHeader& header,
                         std::span<const std::string_view> labels, Make make);

  Families<Counter> counters_;
  Families<Histogram> histograms_;
  List<MetricReading, MetricReading> readings_;
};

}  // namespace eyrie
