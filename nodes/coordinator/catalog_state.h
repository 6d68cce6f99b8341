// CatalogState: the catalog as the leader holds it in memory, equal to the store at one revision.
//
// Only the leader writes the catalog, so what it reads when it is elected plus what it commits is
// the truth. Both go through put() and remove(), by key.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nodes/proto/catalog.pb.h"
#include "runtime/status.h"
#include "storage/seam/meta_store.h"

namespace eyrie::coordinator {

template <class Record>
struct Stored {
  Record record;
  storage::Revision mod_revision = 0;
};

struct CatalogState {
  // Prefixes whose keys are mirrored here.
  static const std::vector<std::string>& prefixes();

  // data_loss if the value is not what the key says. Keys of other prefixes are ignored.
  Status put(const std::string& key, BytesView value, storage::Revision revision);
  void remove(const std::string& key);

  const Stored<catalog::ChannelRecord>* find_channel(const std::string& name) const;
  const catalog::CheckpointRecord* find_checkpoint(const std::string& channel) const;
  const catalog::SegmentRecord* find_segment(const std::string& virtual_channel,
                                             std::int64_t id) const;
  const catalog::DeltaRecord* find_delta(const std::string& virtual_channel, std::int64_t id) const;
  // S4; 0: no compaction has dropped a row of the shard.
  std::uint64_t horizon(const std::string& virtual_channel) const;
  // Created and alive; nullptr otherwise.
  const catalog::CollectionRecord* find_created(const std::string& name) const;
  const catalog::CollectionRecord* find_created(std::int64_t id) const;
  // Whether the collection has that virtual channel on that channel.
  bool knows_virtual_channel(std::int64_t collection_id, const std::string& channel,
                             const std::string& virtual_channel) const;

  // Whether a segment, a delta or garbage names the object.
  bool names(const std::string& object) const { return objects.contains(object); }

  // Of its last change; 0: the key is absent.
  storage::Revision mod_revision(const std::string& key) const;

  storage::Revision revision = 0;
  std::map<std::int64_t, Stored<catalog::CollectionRecord>> collections;
  std::map<std::string, std::int64_t> collection_ids;  // by name
  std::map<std::string, Stored<catalog::ChannelRecord>> channels;
  std::map<std::string, Stored<catalog::CheckpointRecord>> checkpoints;
  // By virtual channel, then id.
  std::map<std::string, std::map<std::int64_t, Stored<catalog::SegmentRecord>>> segments;
  std::map<std::string, std::map<std::int64_t, Stored<catalog::DeltaRecord>>> deltas;
  std::map<std::string, catalog::HorizonRecord> horizons;  // by virtual channel
  std::map<std::string, std::map<std::int64_t, Stored<catalog::GarbageRecord>>> garbage;
  std::map<std::int64_t, Stored<catalog::AttemptRecord>> attempts;
  std::set<std::int64_t> loads;                            // collections to be served
  std::multiset<std::string> objects;                      // that any of these records names
  std::map<std::string, storage::Revision> mod_revisions;  // of every key
};

}  // namespace eyrie::coordinator
