// The trace events of the etcd client.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

inline constexpr EventType<3> kEtcdMemberFailed{
    "etcd.member_failed", Level::debug, {"endpoint", "back_off_ms", "why"}};
inline constexpr EventType<3> kEtcdForeignCluster{
    "etcd.foreign_cluster", Level::warning, {"endpoint", "cluster", "expected"}};
inline constexpr EventType<3> kEtcdStaleAnswer{
    "etcd.stale_answer", Level::warning, {"endpoint", "revision", "seen"}};
inline constexpr EventType<3> kEtcdWatchOpened{
    "etcd.watch_opened", Level::debug, {"endpoint", "key", "revision"}};
inline constexpr EventType<2> kEtcdWatchBroke{"etcd.watch_broke", Level::debug, {"key", "why"}};
inline constexpr EventType<2> kEtcdWatchCompacted{
    "etcd.watch_compacted", Level::info, {"key", "revision"}};

}  // namespace eyrie::storage
