// ChannelState: what the durable records of a physical channel amount to, up to a position.
//
// A pure function of the checkpoint and the records behind it: recovery and the live channel make
// it with the same apply(). Only the flush takes from it what has become durable elsewhere.
//
// Invariants:
//   (1) applied() is the place of the newest record applied; positions are applied without a gap.
//   (2) a shard belongs to a collection that is alive (D3).
//   (3) at or below the checkpoint every row and delete is durable outside the log (S1).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nodes/streaming/shard.h"
#include "nodes/wire/schema.h"
#include "storage/format/wal_record.h"

namespace eyrie::streaming {

// Where replay begins: everything at or below the place is durable elsewhere.
struct Checkpoint {
  Place place;  // no record above the position has a timestamp at or below this one
  std::set<CollectionId> alive;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// "<physical>_<collection id>v<shard>" (D3): the part before the shard's number.
std::string virtual_channel_prefix(const std::string& channel, CollectionId collection);

// A collection that is alive has one shard on the channel: the coordinator gives each another one.
struct AliveCollection {
  wire::Schema schema;
  std::string virtual_channel;
};

class ChannelState {
 public:
  ChannelState(std::string channel, Checkpoint checkpoint, const index::Kernels& kernels);

  // Before any apply(), for each collection that the checkpoint names as alive. Without a schema
  // its metadata is gone already, so its drop must be in the log; its data before that is passed
  // over.
  Status add_alive(CollectionId collection, std::string virtual_channel, BytesView schema);
  void add_orphan(CollectionId collection) { orphans_.insert(collection); }
  const std::set<CollectionId>& orphans() const { return orphans_; }

  // The record at the next position. Rows of `skip_rows` are durable elsewhere (S1).
  // data_loss: the record is not what a sequencer of ours could have written here.
  Status apply(const storage::WalRecord& record, bool skip_rows = false);

  const std::string& channel() const { return channel_; }
  Place applied() const { return applied_; }
  bool alive(CollectionId collection) const { return alive_.contains(collection); }
  const AliveCollection* find_alive(CollectionId collection) const;
  const std::map<CollectionId, AliveCollection>& collections() const { return alive_; }
  // Where a collection that is alive was created, if that is known; else null.
  const Place* find_created(CollectionId collection) const;

  std::shared_ptr<Shard> find_shard(const std::string& virtual_channel);
  // Of a collection that is alive; made on first use. invalid_argument: the name is not its.
  Result<std::shared_ptr<Shard>> shard_of(CollectionId collection,
                                          const std::string& virtual_channel);
  const std::map<std::string, std::shared_ptr<Shard>>& shards() const { return shards_; }

  // The highest checkpoint that S1 allows, `tick` being the newest tick.
  Checkpoint highest_checkpoint(Timestamp tick) const;
  // It was committed: forgets what only earlier ones needed.
  void set_checkpoint(Checkpoint checkpoint);
  const Checkpoint& checkpoint() const { return checkpoint_; }

  std::size_t growing_bytes() const;
  std::size_t delete_bytes() const;

 private:
  struct Change {
    Place place;
    CollectionId collection;
    bool created = false;
  };

  // The shard whose rows or deletes the record at that place has. data_loss: there is none.
  Result<std::shared_ptr<Shard>> shard_of_record(Place place, CollectionId collection,
                                                 const std::string& virtual_channel);
  Status apply_body(const storage::TimeTickRecord&, Place, bool) { return {}; }
  Status apply_body(const storage::FlushRecord&, Place, bool) { return {}; }
  Status apply_body(const storage::InsertRecord& insert, Place place, bool skip_rows);
  Status apply_body(const storage::DeleteRecord& deletion, Place place, bool skip_rows);
  Status apply_body(const storage::UpsertRecord& upsert, Place place, bool skip_rows);
  Status apply_body(const storage::CreateCollectionRecord& create, Place place, bool skip_rows);
  Status apply_body(const storage::DropCollectionRecord& drop, Place place, bool skip_rows);

  std::string channel_;
  Checkpoint checkpoint_;
  const index::Kernels* kernels_;
  Place applied_;
  std::map<CollectionId, AliveCollection> alive_;
  std::set<CollectionId> orphans_;
  std::vector<Change> changes_;  // above the checkpoint, in order
  std::map<CollectionId, Place> created_;
  std::map<std::string, std::shared_ptr<Shard>> shards_;
};

}  // namespace eyrie::streaming
