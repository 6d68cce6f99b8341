#include "scenarios/run/durable_objects.h"

#include <utility>

#include "scenarios/deployment/services.h"
#include "storage/directory/object_file.h"

namespace eyrie::scenarios {

std::optional<Bytes> durable_object(const storage::fakes::S3DurableState& store,
                                    const std::string& key) {
  const auto bucket = store.buckets.find(kBucket);
  if (bucket == store.buckets.end()) return std::nullopt;
  const auto found = bucket->second.objects.find(key);
  if (found == bucket->second.objects.end()) return std::nullopt;
  return found->second.body;
}

std::optional<Bytes> durable_object(const sim::DiskImage& disk, const std::string& key) {
  const std::string path = "objects/objects/" + storage::path_of_key(key);
  Result<Bytes> data = storage::open_object(key, Bytes(disk.durable_bytes(path)));
  if (!data) return std::nullopt;
  return *std::move(data);
}

}  // namespace eyrie::scenarios
