#include "nodes/coordinator/collections.h"

#include <algorithm>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "nodes/wire/consistency.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

namespace {

constexpr std::size_t kNameBytesMax = 255;
// Below the store's limit for one transaction (T4), with room for the compares.
constexpr std::size_t kOperationsAtOnce = 100;

storage::MetaOperation put_collection(const catalog::CollectionRecord& record) {
  return storage::put_key(catalog::collection_key(record.id()), catalog::encode_record(record));
}

}  // namespace

// In Milvus's words. Of a long name only that it is.
Status check_name(const std::string& name) {
  const auto invalid = [](const std::string& about, const std::string& why) {
    return Status(Code::invalid_argument, "Invalid collection name: " + about + why);
  };
  if (name.empty()) return invalid("", "it should not be empty");
  if (name.size() > kNameBytesMax) {
    return invalid("", "its length is over " + std::to_string(kNameBytesMax) + " bytes");
  }
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (!letter(name.front())) {
    return invalid(name, ". The first character must be an underscore or letter");
  }
  const bool plain =
      std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
  if (!plain) return invalid(name, ". It can only contain numbers, letters and underscores");
  return {};
}

Status collection_not_found(const std::string& name) {
  return Status(Code::not_found, "can't find collection[database=default][collection=" + name + "]")
      .with_milvus_code(100);
}

CollectionManager::CollectionManager(Environment& environment, LeaderCatalog& catalog,
                                     ChannelManager& channels, Commander& commander, IdService& ids,
                                     const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      channels_(channels),
      commander_(commander),
      ids_(ids),
      options_(options) {}

Task<Result<catalog::CollectionRecord>> CollectionManager::create(
    internal::CreateCollectionRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(check_name(request.name()));
  EYRIE_CO_RETURN_IF_ERROR(wire::check_consistency_level(request.consistency_level()));
  const auto shards = static_cast<std::size_t>(std::max(request.shards(), 1));
  if (shards > std::min(options_.shards_max, options_.channels.size())) {
    co_return fail(Code::invalid_argument,
                   "invalid shards num " + std::to_string(shards) + ", the most is " +
                       std::to_string(std::min(options_.shards_max, options_.channels.size())));
  }
  EYRIE_CO_TRY(const std::int64_t id, co_await ids_.allocate(1));
  catalog::CollectionRecord record;
  record.set_id(id);
  record.set_name(request.name());
  record.set_schema(request.schema());
  record.set_consistency_level(request.consistency_level());
  *record.mutable_index() = request.index();
  record.set_state(catalog::COLLECTION_CREATING);
  for (std::size_t shard = 0; shard < shards; ++shard) {
    const std::size_t place = (static_cast<std::size_t>(id) + shard) % options_.channels.size();
    catalog::VirtualChannel* channel = record.add_virtual_channels();
    channel->set_channel(options_.channels[place]);
    channel->set_shard(static_cast<std::int32_t>(shard));
    channel->set_name(options_.channels[place] + "_" + std::to_string(id) + "v" +
                      std::to_string(shard));
  }
  EYRIE_CO_RETURN_IF_ERROR(
      co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
        if (state.collection_ids.contains(request.name())) {
          return fail(Code::already_exists, "collection " + request.name() + " already exists");
        }
        const std::string name_key = catalog::collection_name_key(request.name());
        Change change;
        change.compares.push_back(storage::key_absent(name_key));
        change.operations.push_back(storage::put_key(name_key, std::to_string(id)));
        change.operations.push_back(put_collection(record));
        return change;
      }));
  EYRIE_CO_RETURN_IF_ERROR(co_await wait_until_settled(id));
  const catalog::CollectionRecord* created = catalog_.state().find_created(id);
  if (created == nullptr) {
    co_return fail(Code::failed_precondition, "collection " + request.name() + " was dropped");
  }
  co_return *created;
}

Task<Status> CollectionManager::drop(std::string name) {
  std::int64_t id = 0;
  EYRIE_CO_RETURN_IF_ERROR(
      co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
        const catalog::CollectionRecord* found = state.find_created(name);
        if (found == nullptr) return fail(collection_not_found(name));
        id = found->id();
        catalog::CollectionRecord record = *found;
        record.set_state(catalog::COLLECTION_DROPPING);
        Change change;
        change.operations.push_back(put_collection(record));
        change.operations.push_back(storage::remove_key(catalog::collection_name_key(name)));
        if (state.loads.contains(id)) {
          change.operations.push_back(storage::remove_key(catalog::load_key(id)));
        }
        return change;
      }));
  co_return co_await wait_until_settled(id);
}

Task<Status> CollectionManager::load(std::int64_t collection_id) {
  co_return co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
    if (state.find_created(collection_id) == nullptr) {
      return fail(collection_not_found(std::to_string(collection_id)));
    }
    Change change;
    if (state.loads.contains(collection_id)) return change;
    catalog::LoadRecord record;
    record.set_collection_id(collection_id);
    change.operations.push_back(
        storage::put_key(catalog::load_key(collection_id), catalog::encode_record(record)));
    return change;
  });
}

Task<Status> CollectionManager::release(std::int64_t collection_id) {
  co_return co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
    if (state.find_created(collection_id) == nullptr) {
      return fail(collection_not_found(std::to_string(collection_id)));
    }
    Change change;
    if (state.loads.contains(collection_id)) {
      change.operations.push_back(storage::remove_key(catalog::load_key(collection_id)));
    }
    return change;
  });
}

// The intent is written, so from here on the outcome is unknown to whoever stops waiting.
Task<Status> CollectionManager::wait_until_settled(std::int64_t id) {
  const MonotonicTime deadline = environment_.clock.monotonic() + options_.ddl_timeout;
  while (true) {
    const auto found = catalog_.state().collections.find(id);
    if (found == catalog_.state().collections.end() ||
        found->second.record.state() == catalog::COLLECTION_CREATED) {
      co_return Status();
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await wait_until(environment_.clock, deadline, catalog_.changed()));
  }
}

Task<void> CollectionManager::finish_intents() {
  TaskGroup group(co_await this_scope());
  while (true) {
    for (const auto& [id, stored] : catalog_.state().collections) {
      const bool settled = stored.record.state() == catalog::COLLECTION_CREATED;
      if (settled || finishing_.contains(id)) continue;
      finishing_.insert(id);
      group.spawn(stored.record.state() == catalog::COLLECTION_CREATING
                      ? finish_create(stored.record)
                      : finish_drop(stored.record));
    }
    if (!(co_await catalog_.changed().wait()).ok()) break;
  }
  group.cancel();
  co_await group.join();
}

Task<void> CollectionManager::finish_create(catalog::CollectionRecord record) {
  const Result<std::uint64_t> timestamp = co_await append_everywhere(record, false);
  Status status = status_of(timestamp);
  while (status.ok()) {
    record.set_create_timestamp(*timestamp);
    record.set_state(catalog::COLLECTION_CREATED);
    const Status committed =
        co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
          const auto found = state.collections.find(record.id());
          Change change;
          if (found != state.collections.end() &&
              found->second.record.state() == catalog::COLLECTION_CREATING) {
            change.operations.push_back(put_collection(record));
          }
          return change;
        });
    if (committed.ok()) {
      // Where nothing was left to change, too: an attempt before was applied, and its answer lost.
      emit(environment_.tracer, kCollectionCreated, record.id(), record.name());
      break;
    }
    status = co_await environment_.clock.sleep_for(options_.retry_interval);
  }
  finishing_.erase(record.id());
}

Task<void> CollectionManager::finish_drop(catalog::CollectionRecord record) {
  Status status = status_of(co_await append_everywhere(record, true));
  while (status.ok() && catalog_.state().collections.contains(record.id())) {
    const Status removed = co_await remove_leftovers(record.id());
    if (!removed.ok()) status = co_await environment_.clock.sleep_for(options_.retry_interval);
  }
  if (status.ok()) emit(environment_.tracer, kCollectionDropped, record.id());
  finishing_.erase(record.id());
}

// Segments and deltas first, some at a time, the collection's own record with the last of them.
Task<Status> CollectionManager::remove_leftovers(std::int64_t id) {
  co_return co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
    Change change;
    const auto found = state.collections.find(id);
    if (found == state.collections.end()) return change;
    for (const catalog::VirtualChannel& channel : found->second.record.virtual_channels()) {
      if (const auto held = state.segments.find(channel.name()); held != state.segments.end()) {
        for (const auto& [segment, stored] : held->second) {
          change.operations.push_back(
              storage::remove_key(catalog::segment_key(channel.name(), segment)));
        }
      }
      if (const auto held = state.deltas.find(channel.name()); held != state.deltas.end()) {
        for (const auto& [delta, stored] : held->second) {
          change.operations.push_back(
              storage::remove_key(catalog::delta_key(channel.name(), delta)));
        }
      }
      if (state.horizons.contains(channel.name())) {
        change.operations.push_back(storage::remove_key(catalog::horizon_key(channel.name())));
      }
    }
    if (change.operations.size() > kOperationsAtOnce) {
      change.operations.resize(kOperationsAtOnce);
    } else {
      change.operations.push_back(storage::remove_key(catalog::collection_key(id)));
    }
    return change;
  });
}

Task<Result<std::uint64_t>> CollectionManager::append_everywhere(catalog::CollectionRecord record,
                                                                 bool drop) {
  std::set<std::string> names;
  for (const catalog::VirtualChannel& channel : record.virtual_channels()) {
    names.insert(channel.channel());
  }
  std::vector<Task<Result<std::uint64_t>>> appends;
  for (const std::string& name : names) appends.push_back(append_to(name, record, drop));
  std::uint64_t greatest = 0;
  for (const Result<std::uint64_t>& timestamp : co_await all(std::move(appends))) {
    EYRIE_CO_RETURN_IF_ERROR(timestamp);
    greatest = std::max(greatest, *timestamp);
  }
  co_return greatest;
}

Task<Result<std::uint64_t>> CollectionManager::append_to(std::string channel,
                                                         catalog::CollectionRecord record,
                                                         bool drop) {
  while (true) {
    if (const ServingOwner* owner = channels_.find_serving(channel); owner != nullptr) {
      internal::AppendDdlRequest request;
      request.set_channel(channel);
      request.set_term(owner->term);
      request.set_drop(drop);
      *request.mutable_collection() = record;
      const auto answer = co_await commander_.send<internal::AppendDdlResponse>(
          owner->node, "streaming.AppendDdl", std::move(request), options_.command_timeout);
      if (answer) co_return answer->timestamp();
      // Whatever the failure: repeating is harmless, and the channel will have an owner again.
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(options_.retry_interval));
  }
}

}  // namespace eyrie::coordinator
