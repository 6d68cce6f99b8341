#include "tests/nodes/support/fake_coordinator.h"

#include <algorithm>
#include <utility>

#include "nodes/wire/schema.h"
#include "runtime/rpc/message.h"

namespace eyrie::test {

namespace {

namespace pb = milvus::proto::schema;

// key (Int64), value (Int64), vector of dimension 2: fields 100, 101, 102.
Bytes test_schema() {
  pb::CollectionSchema schema;
  pb::FieldSchema* key = schema.add_fields();
  key->set_name("key");
  key->set_data_type(pb::Int64);
  key->set_is_primary_key(true);
  pb::FieldSchema* value = schema.add_fields();
  value->set_name("value");
  value->set_data_type(pb::Int64);
  pb::FieldSchema* vector = schema.add_fields();
  vector->set_name("vector");
  vector->set_data_type(pb::FloatVector);
  auto* dimension = vector->add_type_params();
  dimension->set_key("dim");
  dimension->set_value("2");
  EYRIE_CHECK(wire::complete_schema(schema).ok());
  return rpc::encode_message(schema).value();
}

}  // namespace

std::int64_t FakeCatalog::fresh_timestamp(std::int64_t count) {
  const std::int64_t first = std::max(last_timestamp + 1, now_ms() << 18);
  last_timestamp = first + count - 1;
  return first;
}

catalog::CollectionRecord& FakeCatalog::add_collection(std::int64_t id, const std::string& channel,
                                                       int shards) {
  ++revision;
  catalog::CollectionRecord& record = collections[id];
  record.set_id(id);
  record.set_schema(test_schema());
  for (int shard = 0; shard < shards; ++shard) {
    catalog::VirtualChannel* name = record.add_virtual_channels();
    name->set_channel(channel);
    name->set_shard(shard);
    name->set_name(channel + "_" + std::to_string(id) + "v" + std::to_string(shard));
  }
  return record;
}

Task<Status> FakeCoordinator::travel() {
  EYRIE_CO_RETURN_IF_ERROR(
      co_await environment_.clock.sleep_for(Duration(random_.between(100'000, 1'000'000))));
  if (catalog_.down) co_return Status(Code::unavailable, "no leader");
  co_return Status();
}

Status FakeCoordinator::check_term(const std::string& channel, streaming::WalTerm term) const {
  const auto found = catalog_.terms.find(channel);
  if (found != catalog_.terms.end() && found->second == term) return {};
  return Status(Code::fenced, "the term is not the assigned one");
}

Task<Result<streaming::Timestamp>> FakeCoordinator::allocate_timestamps(std::string channel,
                                                                        streaming::WalTerm term,
                                                                        std::int32_t count) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  EYRIE_CO_RETURN_IF_ERROR(check_term(channel, term));
  if (catalog_.timestamps_to_refuse > 0) {
    --catalog_.timestamps_to_refuse;
    co_return fail(Code::unavailable, "not now");
  }
  const streaming::Timestamp first(catalog_.fresh_timestamp(count));
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  co_return first;
}

Task<Result<std::int64_t>> FakeCoordinator::allocate_ids(std::int32_t count) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  const std::int64_t first = catalog_.next_id;
  catalog_.next_id += count;
  co_return first;
}

Task<Result<internal::RecoverResponse>> FakeCoordinator::recover(std::string channel,
                                                                 streaming::WalTerm term) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  EYRIE_CO_RETURN_IF_ERROR(check_term(channel, term));
  internal::RecoverResponse response;
  response.set_revision(catalog_.revision);
  const auto checkpoint = catalog_.checkpoints.find(channel);
  if (checkpoint != catalog_.checkpoints.end()) {
    *response.mutable_checkpoint() = checkpoint->second;
  }
  for (const auto& [id, collection] : catalog_.collections) {
    *response.add_collections() = collection;
    for (const catalog::VirtualChannel& shard : collection.virtual_channels()) {
      for (const auto& [segment_id, segment] : catalog_.segments[shard.name()]) {
        *response.add_segments() = segment;
      }
    }
  }
  co_return response;
}

Status FakeCoordinator::answer_commit() {
  if (catalog_.commit_answers_to_lose == 0) return {};
  --catalog_.commit_answers_to_lose;
  return Status(Code::unknown, "the answer was lost");
}

Task<Result<std::int64_t>> FakeCoordinator::begin_attempt(std::string channel,
                                                          streaming::WalTerm term) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  EYRIE_CO_RETURN_IF_ERROR(check_term(channel, term));
  co_return catalog_.next_id++;
}

Task<Status> FakeCoordinator::commit_flush(internal::CommitFlushRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  EYRIE_CO_RETURN_IF_ERROR(catalog_.commit_refusal);
  EYRIE_CO_RETURN_IF_ERROR(check_term(request.channel(), request.term()));
  ++catalog_.revision;
  for (const catalog::SegmentRecord& segment : request.segments()) {
    catalog_.segments[segment.virtual_channel()].try_emplace(segment.id(), segment);
  }
  for (const catalog::DeltaRecord& delta : request.deltas()) {
    catalog_.deltas[delta.virtual_channel()].try_emplace(delta.id(), delta);
  }
  co_return answer_commit();
}

Task<Status> FakeCoordinator::commit_checkpoint(internal::CommitCheckpointRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (catalog_.checkpoints_held) co_return Status(Code::unavailable, "held");
  EYRIE_CO_RETURN_IF_ERROR(check_term(request.channel(), request.term()));
  catalog::CheckpointRecord& saved = catalog_.checkpoints[request.channel()];
  if (request.checkpoint().position() >= saved.position()) {
    ++catalog_.revision;
    saved = request.checkpoint();
  }
  co_return answer_commit();
}

Task<Status> FakeCoordinator::report_channel(std::string channel, streaming::WalTerm term,
                                             std::string reason) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  catalog_.reports.push_back(channel + "/" + std::to_string(term) + ": " + reason);
  co_return Status();
}

}  // namespace eyrie::test
