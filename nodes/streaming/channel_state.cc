#include "nodes/streaming/channel_state.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "runtime/plant.h"

namespace eyrie::streaming {

namespace {

Status wrong_record(Place place, std::string_view what) {
  return Status(Code::data_loss,
                "record " + std::to_string(place.position) + ": " + std::string(what));
}

}  // namespace

std::string virtual_channel_prefix(const std::string& channel, CollectionId collection) {
  return channel + "_" + to_string(collection) + "v";
}

ChannelState::ChannelState(std::string channel, Checkpoint checkpoint,
                           const index::Kernels& kernels)
    : channel_(std::move(channel)),
      checkpoint_(std::move(checkpoint)),
      kernels_(&kernels),
      applied_(checkpoint_.place) {}

Status ChannelState::add_alive(CollectionId collection, std::string virtual_channel,
                               BytesView schema) {
  EYRIE_TRY(wire::Schema read, wire::read_schema(schema));
  alive_[collection] = {std::move(read), std::move(virtual_channel)};
  return {};
}

const AliveCollection* ChannelState::find_alive(CollectionId collection) const {
  const auto found = alive_.find(collection);
  return found != alive_.end() ? &found->second : nullptr;
}

const Place* ChannelState::find_created(CollectionId collection) const {
  const auto found = created_.find(collection);
  return found != created_.end() ? &found->second : nullptr;
}

std::shared_ptr<Shard> ChannelState::find_shard(const std::string& virtual_channel) {
  const auto found = shards_.find(virtual_channel);
  return found != shards_.end() ? found->second : nullptr;
}

Result<std::shared_ptr<Shard>> ChannelState::shard_of(CollectionId collection,
                                                      const std::string& virtual_channel) {
  const AliveCollection* owner = find_alive(collection);
  if (owner == nullptr || virtual_channel != owner->virtual_channel) {
    return fail(Code::invalid_argument, virtual_channel + " is no shard of collection " +
                                            to_string(collection) + " on " + channel_);
  }
  std::shared_ptr<Shard>& shard = shards_[virtual_channel];
  if (shard == nullptr) {
    shard = std::make_shared<Shard>(collection, virtual_channel,
                                    KeySchema{owner->schema.key().id, owner->schema.key().type},
                                    checkpoint_.place.position, *kernels_);
  }
  return shard;
}

Result<std::shared_ptr<Shard>> ChannelState::shard_of_record(Place place, CollectionId collection,
                                                             const std::string& virtual_channel) {
  if (!alive(collection)) return fail(wrong_record(place, "its collection is not alive"));
  Result<std::shared_ptr<Shard>> shard = shard_of(collection, virtual_channel);
  if (!shard) return fail(wrong_record(place, shard.error().message()));
  return shard;
}

Status ChannelState::apply(const storage::WalRecord& record, bool skip_rows) {
  const Place place{record.position, record.timestamp};
  if (place.position != applied_.position + 1) return wrong_record(place, "is out of order");
  if (place.timestamp <= applied_.timestamp) return wrong_record(place, "has an old timestamp");
  EYRIE_RETURN_IF_ERROR(std::visit(
      [&](const auto& body) { return apply_body(body, place, skip_rows); }, record.body));
  applied_ = place;
  return {};
}

Status ChannelState::apply_body(const storage::InsertRecord& insert, Place place, bool skip_rows) {
  if (orphans_.contains(insert.collection)) return {};
  EYRIE_TRY(const std::shared_ptr<Shard> shard,
            shard_of_record(place, insert.collection, insert.virtual_channel));
  if (skip_rows) return {};
  return shard->insert(place, insert.segment, insert.columns);
}

Status ChannelState::apply_body(const storage::DeleteRecord& deletion, Place place, bool) {
  if (orphans_.contains(deletion.collection)) return {};
  EYRIE_TRY(const std::shared_ptr<Shard> shard,
            shard_of_record(place, deletion.collection, deletion.virtual_channel));
  return shard->remove(place, deletion.keys);
}

Status ChannelState::apply_body(const storage::UpsertRecord& upsert, Place place, bool skip_rows) {
  EYRIE_RETURN_IF_ERROR(apply_body(upsert.insert, place, skip_rows));
  if (orphans_.contains(upsert.insert.collection)) return {};
  return find_shard(upsert.insert.virtual_channel)->remove(place, upsert.deleted);
}

Status ChannelState::apply_body(const storage::CreateCollectionRecord& create, Place place, bool) {
  if (alive(create.collection)) return {};
  if (!create.virtual_channel.starts_with(virtual_channel_prefix(channel_, create.collection))) {
    return wrong_record(place, create.virtual_channel + " is no shard of collection " +
                                   to_string(create.collection) + " on " + channel_);
  }
  EYRIE_RETURN_IF_ERROR(add_alive(create.collection, create.virtual_channel, create.schema));
  created_[create.collection] = place;
  changes_.push_back({place, create.collection, true});
  return {};
}

Status ChannelState::apply_body(const storage::DropCollectionRecord& drop, Place place, bool) {
  if (!alive(drop.collection) && orphans_.erase(drop.collection) == 0) return {};
  alive_.erase(drop.collection);
  created_.erase(drop.collection);
  changes_.push_back({place, drop.collection, false});
  std::erase_if(shards_,
                [&](const auto& entry) { return entry.second->collection() == drop.collection; });
  return {};
}

Checkpoint ChannelState::highest_checkpoint(Timestamp tick) const {
  Checkpoint highest{{applied_.position, std::max(applied_.timestamp, tick)}, checkpoint_.alive};
  for (const auto& [name, shard] : shards_) {
    const Place first = shard->first_not_durable();
    if (first.position == 0 || first.position > highest.place.position) continue;
    const WalPosition last = EYRIE_PLANT(checkpoint_too_far, first.position - 1, first.position);
    highest.place = {last, before(first.timestamp)};
  }
  for (const Change& change : changes_) {
    if (change.place.position > highest.place.position) break;
    if (change.created) {
      highest.alive.insert(change.collection);
    } else {
      highest.alive.erase(change.collection);
    }
  }
  return highest;
}

void ChannelState::set_checkpoint(Checkpoint checkpoint) {
  EYRIE_CHECK(checkpoint.place.position >= checkpoint_.place.position, "checkpoints only rise");
  checkpoint_ = std::move(checkpoint);
  std::erase_if(changes_, [&](const Change& change) {
    return change.place.position <= checkpoint_.place.position;
  });
}

std::size_t ChannelState::growing_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, shard] : shards_) bytes += shard->growing_bytes();
  return bytes;
}

std::size_t ChannelState::delete_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, shard] : shards_) bytes += shard->deletes().memory_bytes();
  return bytes;
}

}  // namespace eyrie::streaming
