// Metadata: what a proxy remembers of the coordinator's answers: collections by name, owners of
// channels. Everything is refreshed when a shard says that it is out of date (D3).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "nodes/membership/coordinator_client.h"
#include "nodes/proto/coordinator.pb.h"
#include "nodes/proxy/joint_call.h"
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
  // doubt_max: to learn whether a channel whose owner does not serve has moved.
  Metadata(Clock& clock, membership::CoordinatorClient& coordinator, Duration doubt_max)
      : clock_(clock), coordinator_(coordinator), doubt_max_(doubt_max) {}

  // Null: nothing is.
  CollectionRef remembered(const std::string& name) const;
  // What the coordinator says of the name after this call, in one request for all who ask at a
  // time. It replaces what was remembered, which others may use until then. not_found (Milvus 100)
  // if there is none, unavailable if there is no answer in time.
  Task<Result<CollectionRef>> describe(std::string name, MonotonicTime deadline);
  void forget_collection(const std::string& name) { collections_.erase(name); }

  // The owner that serves the channel; unavailable while none is known, with the reason if there is
  // one. All who want to know better share one question to the coordinator, and nobody asks sooner
  // than kRoutesInterval after it.
  Task<Result<internal::Route>> route(std::string channel, MonotonicTime deadline);
  // This term's owner says that it does not serve now, or nothing. That is no sign of another one,
  // but there may be: the next call that wants the route asks the coordinator, unless it just was
  // asked. Until it knows better the route stays, and serves the others.
  void doubt_route(const std::string& channel, std::int64_t term);
  // This term's owner is surely out of date.
  void forget_route(const std::string& channel, std::int64_t term);

 private:
  static constexpr std::size_t kCollectionsMax = 4096;
  static constexpr Duration kRoutesInterval = 100ms;

  Task<Result<CollectionRef>> ask_collection(std::string name, MonotonicTime deadline);
  Task<Status> refresh_routes(MonotonicTime deadline);
  Task<Result<internal::Empty>> ask_routes(MonotonicTime deadline);

  Clock& clock_;
  membership::CoordinatorClient& coordinator_;
  Duration doubt_max_;
  // By name. Beyond kCollectionsMax all are forgotten, and described again once they are used: what
  // was dropped through another proxy would stay for ever.
  std::map<std::string, CollectionRef> collections_;
  std::map<std::string, JointCall<CollectionRef>> describing_;  // by name, as long as somebody asks
  std::map<std::string, internal::Route> routes_;
  std::set<std::string> doubted_;                // channels whose route is to be asked for anew
  std::map<std::string, std::string> troubles_;  // why a channel has no owner, as last heard
  JointCall<internal::Empty> asking_routes_;
  MonotonicTime routes_not_before_ = MonotonicTime::min();
  Status routes_said_;  // what came of the last question, for who asks too soon after it
};

// Which shard a key belongs to: the same for every proxy, for ever.
std::size_t shard_of(const storage::PrimaryKey& key, std::size_t shards);

}  // namespace eyrie::proxy
