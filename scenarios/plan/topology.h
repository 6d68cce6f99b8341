// Topology: which machines a simulated cluster has. Plain data, part of a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/time.h"

namespace eyrie::scenarios {

// What a cluster's write-ahead log is: a service of its own, or the zero-disk log on S3 and etcd. A
// standalone has its own.
enum class LogKind : std::uint8_t { service, zero_disk };
std::string_view name_of(LogKind kind);

inline constexpr LogKind kLogKindList[] = {LogKind::service, LogKind::zero_disk};
inline constexpr std::span<const LogKind> kLogKinds(kLogKindList);

// Either a cluster, every role and service on machines of its own, or standalones: then the counts
// of roles and etcd are 0, and there are no services.
struct Topology {
  std::size_t standalones = 0;
  std::size_t coordinators = 2;
  std::size_t proxies = 2;
  std::size_t streaming = 3;
  std::size_t query = 3;
  std::size_t data = 2;
  std::size_t etcd = 3;
  std::size_t channels = 4;
  LogKind log = LogKind::service;

  Duration wall_skew_max = 500ms;  // between any machine's wall clock and the right time, at first
};

// A standalone instead of a cluster; the rest is as given.
Topology standalone_of(Topology topology);
// How many machines take clients' calls: proxies and standalones.
std::size_t entrances(const Topology& topology);
// Every machine, of the services too.
std::size_t machine_count(const Topology& topology);

// Machine names: "coordinator-1", "proxy-1", ..., "standalone-1", "etcd-1", "s3", and "wal" where
// the log is a service. Ports are the role's.
std::string machine_name(const std::string& role, std::size_t number);
// The machines of each role of the database; none of one that nobody has.
std::vector<std::vector<std::string>> nodes_by_role(const Topology& topology);
// All of them, in the order that faults count them.
std::vector<std::string> node_names(const Topology& topology);
inline constexpr std::uint16_t kNodePort = 19'530;
inline constexpr std::uint16_t kS3Port = 9'000;
inline constexpr std::uint16_t kWalPort = 9'092;
inline constexpr char kCluster[] = "eyrie";

}  // namespace eyrie::scenarios
