#include "nodes/catalog/keys.h"

namespace eyrie::catalog {

namespace {

std::string join(std::string_view prefix, std::string_view name) {
  std::string key(prefix);
  key += name;
  return key;
}

std::string join(std::string_view prefix, std::string_view name, std::int64_t id) {
  return join(prefix, name) + "/" + std::to_string(id);
}

}  // namespace

std::string session_key(std::string_view role, std::int64_t node_id) {
  return join(kSessionPrefix, role, node_id);
}
std::string collection_key(std::int64_t id) {
  return join(kCollectionPrefix, std::to_string(id));
}
std::string collection_name_key(std::string_view name) {
  return join(kCollectionNamePrefix, name);
}
std::string channel_key(std::string_view channel) {
  return join(kChannelPrefix, channel);
}
std::string checkpoint_key(std::string_view channel) {
  return join(kCheckpointPrefix, channel);
}
std::string segment_key(std::string_view virtual_channel, std::int64_t id) {
  return join(kSegmentPrefix, virtual_channel, id);
}
std::string delta_key(std::string_view virtual_channel, std::int64_t id) {
  return join(kDeltaPrefix, virtual_channel, id);
}
std::string horizon_key(std::string_view virtual_channel) {
  return join(kHorizonPrefix, virtual_channel);
}
std::string attempt_key(std::int64_t id) {
  return join(kAttemptPrefix, std::to_string(id));
}
std::string garbage_key(std::string_view virtual_channel, std::int64_t id) {
  return join(kGarbagePrefix, virtual_channel, id);
}
std::string load_key(std::int64_t collection_id) {
  return join(kLoadPrefix, std::to_string(collection_id));
}

}  // namespace eyrie::catalog
