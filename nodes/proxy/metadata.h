// Metadata: what a proxy remembers of the coordinator's answers: collections by name, owners of
// channels. Everything is refreshed when a shard says that it is out of date (D3).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/membership/coordinator_client.h"
#include "nodes/proto/coordinator.pb.h"
#include "nodes/wire/schema.h"
#include "storage/format/primary_key.h"

namespace eyrie::proxy {

struct Collection {
  catalog::CollectionRecord record;
  wire::Schema schema;
};
using CollectionRef = std::shared_ptr<const Collection>;

class Metadata {
 public:
  explicit Metadata(membership::CoordinatorClient& coordinator) : coordinator_(coordinator) {}

  // not_found (Milvus 100) if there is none.
  Task<Result<CollectionRef>> collection(std::string name, MonotonicTime deadline);
  void forget_collection(const std::string& name) { collections_.erase(name); }
  // Only if this is what is remembered: somebody may have learned better meanwhile.
  void forget_collection(const std::string& name, const CollectionRef& known);

  // The owner that serves the channel; unavailable while there is none, with the reason if known.
  Task<Result<internal::Route>> route(std::string channel, MonotonicTime deadline);
  // Somebody found this term's owner out of date or out of reach.
  void forget_route(const std::string& channel, std::int64_t term);

 private:
  static constexpr std::size_t kCollectionsMax = 4096;

  membership::CoordinatorClient& coordinator_;
  // By name. Beyond kCollectionsMax all are forgotten, and described again once they are used: what
  // was dropped through another proxy would stay for ever.
  std::map<std::string, CollectionRef> collections_;
  std::map<std::string, internal::Route> routes_;
};

// Which shard a key belongs to: the same for every proxy, for ever.
std::size_t shard_of(const storage::PrimaryKey& key, std::size_t shards);

}  // namespace eyrie::proxy
