// The keys of the catalog. This folder is the one place that names them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eyrie::catalog {

inline constexpr std::string_view kLeaderKey = "leader/coordinator";
inline constexpr std::string_view kTimestampWindowKey = "tso/window";
inline constexpr std::string_view kIdKey = "id/next";
inline constexpr std::string_view kNodeIdKey = "id/node";
inline constexpr std::string_view kStoreKey = "store";
inline constexpr std::string_view kRegisteredKey = "registered";

inline constexpr std::string_view kSessionPrefix = "session/";
inline constexpr std::string_view kCollectionPrefix = "collection/";
inline constexpr std::string_view kCollectionNamePrefix = "collection-name/";
inline constexpr std::string_view kChannelPrefix = "channel/";
inline constexpr std::string_view kCheckpointPrefix = "checkpoint/";
inline constexpr std::string_view kSegmentPrefix = "segment/";
inline constexpr std::string_view kDeltaPrefix = "l0/";
inline constexpr std::string_view kHorizonPrefix = "horizon/";
inline constexpr std::string_view kAttemptPrefix = "attempt/";
inline constexpr std::string_view kGarbagePrefix = "garbage/";
inline constexpr std::string_view kLoadPrefix = "load/";

std::string session_key(std::string_view role, std::int64_t node_id);
std::string collection_key(std::int64_t id);
std::string collection_name_key(std::string_view name);
std::string channel_key(std::string_view channel);
std::string checkpoint_key(std::string_view channel);
std::string segment_key(std::string_view virtual_channel, std::int64_t id);
std::string delta_key(std::string_view virtual_channel, std::int64_t id);
std::string horizon_key(std::string_view virtual_channel);
std::string attempt_key(std::int64_t id);
std::string garbage_key(std::string_view virtual_channel, std::int64_t id);
std::string load_key(std::int64_t collection_id);

}  // namespace eyrie::catalog
