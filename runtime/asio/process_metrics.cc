#include "runtime/asio/process_metrics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include <sys/resource.h>

namespace eyrie {

namespace {

constexpr GaugeType<0> kResidentBytes({
    .name = "process_resident_memory_bytes",
    .help = "Memory of this process that is in RAM.",
});
constexpr GaugeType<0> kOpenFiles({
    .name = "process_open_fds",
    .help = "Descriptors that this process has open.",
});
constexpr CounterType<0> kCpuTime({
    .name = "process_cpu_seconds_total",
    .help = "Time of processors that this process used, in user and system mode.",
});

void add(MetricsSnapshot& snapshot, const MetricHeader& header, std::int64_t value) {
  snapshot.push_back({header, {MetricSeries{.labels = {}, .value = value, .buckets = {}}}});
}

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

void read_process_metrics(MetricsSnapshot& snapshot) {
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident) {
    add(snapshot, kResidentBytes.header(), resident * sysconf(_SC_PAGESIZE));
  }
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {
    const auto open = std::distance(files, std::filesystem::directory_iterator());
    add(snapshot, kOpenFiles.header(), open - 1);  // one is ours, to count them
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    add(snapshot, kCpuTime.header(), nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime));
  }
  std::ranges::sort(snapshot, {}, [](const MetricFamily& family) { return family.header.name; });
}

}  // namespace eyrie
