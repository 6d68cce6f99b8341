#include "scenarios/run/client_process.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <span>
#include <utility>

namespace eyrie::scenarios {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr Duration kCallTimeout = 8s;

// An answer's status and the call's own, as one.
template <class Response>
Status status_of_call(const Result<Response>& answer) {
  return answer ? client::from_milvus(answer->status()) : answer.error();
}

void settle(const Status& status, sim::SimTime now, Operation& record) {
  record.error = status.ok() ? "" : status.to_string();
  const bool unknown = status.category() == Category::unknown_outcome;
  record.outcome = status.ok() ? Outcome::ok : unknown ? Outcome::info : Outcome::fail;
  record.completed = now;
}

Outcome outcome_of_row(std::int32_t state) {
  return state == 0 ? Outcome::ok : state == 1 ? Outcome::fail : Outcome::info;
}

template <class Request>
void fill_rows(const ClientOp& op, const Words& words, Request& request) {
  request.set_collection_name(collection_name(op.collection));
  request.set_num_rows(static_cast<std::uint32_t>(op.rows.size()));
  auto* keys = request.add_fields_data();
  keys->set_field_name("word");
  keys->set_type(schema::VarChar);
  auto* vectors = request.add_fields_data();
  vectors->set_field_name("vector");
  vectors->set_type(schema::FloatVector);
  vectors->mutable_vectors()->set_dim(words.dimension);
  auto* versions = request.add_fields_data();
  versions->set_field_name("version");
  versions->set_type(schema::Int64);
  for (const PlannedRow& row : op.rows) {
    keys->mutable_scalars()->mutable_string_data()->add_data(words.words[row.word]);
    versions->mutable_scalars()->mutable_long_data()->add_data(row.version);
    const auto vector = words.vector(payload_row(row.word, row.version, words.words.size()));
    vectors->mutable_vectors()->mutable_float_vector()->mutable_data()->Add(vector.begin(),
                                                                            vector.end());
  }
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace

std::string collection_name(std::uint32_t collection) {
  return collection == 0 ? kCollection : "side-" + std::to_string(collection);
}

std::int32_t shard_number(const std::string& virtual_channel) {
  std::int32_t number = -1;
  const std::size_t at = virtual_channel.rfind('v');
  const char* end = virtual_channel.data() + virtual_channel.size();
  if (at != std::string::npos) std::from_chars(virtual_channel.data() + at + 1, end, number);
  return number;
}

ClientProcess::ClientProcess(Environment& environment, ClientContext context, std::size_t client,
                             const std::vector<Address>& proxies)
    : environment_(environment),
      context_(context),
      client_(client),
      calls_(environment, context, client, proxies) {}

Task<Status> ClientProcess::run() {
  for (const ClientOp& op : context_.plan.clients[client_]) {
    if (stopping_.is_open()) break;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(Duration(op.gap)));
    (void)co_await calls_.do_operation(op);
  }
  ++context_.progress.finished;
  (void)co_await stopping_.wait();
  co_await calls_.stop();
  co_return Status();
}

ClientCalls::ClientCalls(Environment& environment, ClientContext context, std::size_t client,
                         const std::vector<Address>& proxies)
    : environment_(environment), context_(context), client_(client) {
  for (const Address& proxy : proxies) proxies_.emplace_back(environment, proxy, kCluster);
}

Task<void> ClientCalls::stop() {
  for (client::Client& proxy : proxies_) co_await proxy.stop();
}

Task<std::size_t> ClientCalls::do_operation(ClientOp op) {
  const std::size_t id = context_.history.operations.size();
  Operation record;
  record.id = id;
  record.client = client_;
  record.kind = op.kind;
  record.level = op.level;
  record.collection = op.collection;
  record.invoked = context_.world.now();
  record.completed = sim::kNever;
  for (const PlannedRow& row : op.rows) {
    if (op.kind == OpKind::query)
      record.asked.push_back(row.word);
    else
      record.written.push_back({row.word, row.version, Outcome::info, 0});
  }
  if (op.kind == OpKind::search) {
    record.query_row = op.query_row;
    record.limit = op.limit;
  }
  if (op.reads()) record.requested_timestamp = timestamp_for(op.level);
  context_.history.operations.push_back(record);
  switch (op.kind) {
    case OpKind::insert:
    case OpKind::upsert:
    case OpKind::remove:
      co_await do_write(op, record);
      break;
    case OpKind::search:
      co_await do_search(op, record);
      break;
    case OpKind::query:
    case OpKind::count:
      co_await do_query(op, record);
      break;
    case OpKind::create:
    case OpKind::drop:
      co_await do_definition(op, record);
      break;
  }
  context_.history.operations[id] = std::move(record);
  co_return id;
}

Task<void> ClientCalls::do_write(const ClientOp& op, Operation& record) {
  const MonotonicTime deadline = environment_.clock.monotonic() + kCallTimeout;
  Result<pb::MutationResult> answer = fail(Status());
  if (op.kind == OpKind::remove) {
    pb::DeleteRequest request;
    request.set_collection_name(collection_name(op.collection));
    request.set_expr("word in [" + quoted(context_.words.words[op.rows.front().word]) + "]");
    answer = co_await proxy_of(op).call<pb::MutationResult>("Delete", std::move(request), deadline);
  } else if (op.kind == OpKind::insert) {
    pb::InsertRequest request;
    fill_rows(op, context_.words, request);
    answer = co_await proxy_of(op).call<pb::MutationResult>("Insert", std::move(request), deadline);
  } else {
    pb::UpsertRequest request;
    fill_rows(op, context_.words, request);
    answer = co_await proxy_of(op).call<pb::MutationResult>("Upsert", std::move(request), deadline);
  }
  const Status status = status_of_call(answer);
  settle(status, context_.world.now(), record);
  for (std::size_t i = 0; i < record.written.size(); ++i) {
    WrittenRow& row = record.written[i];
    if (answer && answer->rows_size() == static_cast<int>(record.written.size())) {
      row.outcome = outcome_of_row(answer->rows(static_cast<int>(i)).state());
      row.timestamp = answer->rows(static_cast<int>(i)).timestamp();
    } else {
      row.outcome = record.outcome;
    }
  }
  if (answer) session_timestamp_ = std::max(session_timestamp_, answer->timestamp());
}

Task<void> ClientCalls::do_definition(const ClientOp& op, Operation& record) {
  const MonotonicTime deadline = environment_.clock.monotonic() + kCallTimeout;
  const std::string name = collection_name(op.collection);
  Result<common::Status> answer = fail(Status());
  if (op.kind == OpKind::create) {
    answer = co_await proxy_of(op).call<common::Status>(
        "CreateCollection", create_request(name, context_.words, 1), deadline);
  } else {
    pb::DropCollectionRequest request;
    request.set_collection_name(name);
    answer =
        co_await proxy_of(op).call<common::Status>("DropCollection", std::move(request), deadline);
  }
  settle(answer ? client::from_milvus(*answer) : answer.error(), context_.world.now(), record);
}

std::uint64_t ClientCalls::timestamp_for(Level level) const {
  return level == Level::pinned ? strong_timestamp_ : session_timestamp_;
}

void ClientCalls::note_read(Operation& record, std::uint64_t session_timestamp) {
  session_timestamp_ = std::max(session_timestamp_, session_timestamp);
  if (record.level == Level::strong) strong_timestamp_ = record.guarantee_timestamp;
}

Task<void> ClientCalls::do_search(const ClientOp& op, Operation& record) {
  pb::SearchRequest request;
  request.set_collection_name(kCollection);
  request.set_placeholder_group(
      client::placeholder_group(context_.words.vector(op.query_row).data(),
                                static_cast<std::size_t>(context_.words.dimension)));
  request.set_consistency_level(static_cast<common::ConsistencyLevel>(op.level));
  request.set_guarantee_timestamp(record.requested_timestamp);
  request.add_output_fields("vector");
  request.add_output_fields("version");
  for (const auto& [key, value] :
       {std::pair("topk", std::to_string(op.limit)), std::pair("ef", std::string("64"))}) {
    auto* pair = request.add_search_params();
    pair->set_key(key);
    pair->set_value(value);
  }
  const MonotonicTime deadline = environment_.clock.monotonic() + kCallTimeout;
  const auto answer =
      co_await proxy_of(op).call<pb::SearchResults>("Search", std::move(request), deadline);
  settle(status_of_call(answer), context_.world.now(), record);
  if (!answer || record.outcome != Outcome::ok) co_return;
  read_header(*answer, record);
  note_read(record, answer->session_ts());
  read_rows(answer->results().fields_data(), answer->row_timestamps(), context_.words, record.seen);
  const auto& scores = answer->results().scores();
  for (std::size_t i = 0; i < record.seen.size() && static_cast<int>(i) < scores.size(); ++i) {
    record.seen[i].score = scores.Get(static_cast<int>(i));
  }
}

Task<void> ClientCalls::do_query(const ClientOp& op, Operation& record) {
  pb::QueryRequest request = query_request(context_.words, record.asked, op.level);
  request.set_guarantee_timestamp(record.requested_timestamp);
  const MonotonicTime deadline = environment_.clock.monotonic() + kCallTimeout;
  const auto answer =
      co_await proxy_of(op).call<pb::QueryResults>("Query", std::move(request), deadline);
  settle(status_of_call(answer), context_.world.now(), record);
  if (!answer || record.outcome != Outcome::ok) co_return;
  read_header(*answer, record);
  note_read(record, answer->session_ts());
  if (op.kind == OpKind::count) {
    const bool one = answer->fields_data_size() == 1 &&
                     answer->fields_data(0).scalars().long_data().data_size() == 1;
    record.count = one ? answer->fields_data(0).scalars().long_data().data(0) : -1;
  } else {
    read_rows(answer->fields_data(), answer->row_timestamps(), context_.words, record.seen);
  }
}

pb::CreateCollectionRequest create_request(const std::string& called, const Words& words,
                                           std::int32_t shards) {
  schema::CollectionSchema collection;
  auto* key = collection.add_fields();
  key->set_name("word");
  key->set_is_primary_key(true);
  key->set_data_type(schema::VarChar);
  auto* vector = collection.add_fields();
  vector->set_name("vector");
  vector->set_data_type(schema::FloatVector);
  auto* dimension = vector->add_type_params();
  dimension->set_key("dim");
  dimension->set_value(std::to_string(words.dimension));
  auto* version = collection.add_fields();
  version->set_name("version");
  version->set_data_type(schema::Int64);
  pb::CreateCollectionRequest request;
  request.set_collection_name(called);
  request.set_schema(collection.SerializeAsString());
  request.set_shards_num(shards);
  const std::vector<std::pair<std::string, std::string>> index = {{"index_type", "HNSW"},
                                                                  {"metric_type", "COSINE"},
                                                                  {"M", "8"},
                                                                  {"efConstruction", "40"},
                                                                  {"rows_min", "64"}};
  for (const auto& [name, value] : index) {
    auto* pair = request.add_index_params();
    pair->set_key(name);
    pair->set_value(value);
  }
  return request;
}

pb::QueryRequest query_request(const Words& words, const std::vector<std::uint32_t>& asked,
                               Level level) {
  pb::QueryRequest request;
  request.set_collection_name(kCollection);
  request.set_consistency_level(static_cast<common::ConsistencyLevel>(level));
  if (asked.empty()) {
    request.add_output_fields("count(*)");
    return request;
  }
  std::string list;
  for (const std::uint32_t word : asked) {
    list += (list.empty() ? "" : ", ") + quoted(words.words[word]);
  }
  request.set_expr("word in [" + list + "]");
  request.add_output_fields("vector");
  request.add_output_fields("version");
  return request;
}

void read_rows(const google::protobuf::RepeatedPtrField<schema::FieldData>& fields,
               const google::protobuf::RepeatedField<std::uint64_t>& timestamps, const Words& words,
               std::vector<SeenRow>& seen) {
  const auto find = [&](const char* name) -> const schema::FieldData* {
    for (const schema::FieldData& field : fields) {
      if (field.field_name() == name) return &field;
    }
    return nullptr;
  };
  const schema::FieldData* keys = find("word");
  const schema::FieldData* versions = find("version");
  const schema::FieldData* vectors = find("vector");
  if (keys == nullptr || versions == nullptr || vectors == nullptr) return;
  const int rows = keys->scalars().string_data().data_size();
  seen.reserve(static_cast<std::size_t>(rows));
  const auto& floats = vectors->vectors().float_vector().data();
  const std::span values(floats.data(), static_cast<std::size_t>(floats.size()));
  for (int i = 0; i < rows; ++i) {
    SeenRow row;
    row.key = keys->scalars().string_data().data(i);
    if (i < versions->scalars().long_data().data_size()) {
      row.version = versions->scalars().long_data().data(i);
    }
    if (i < timestamps.size()) row.timestamp = timestamps.Get(i);
    const auto width = static_cast<std::size_t>(words.dimension);
    const std::size_t begin = static_cast<std::size_t>(i) * width;
    const auto found = words.rows.find(row.key);
    if (found != words.rows.end() && begin + width <= values.size()) {
      const auto expected =
          words.vector(payload_row(found->second, row.version, words.words.size()));
      row.payload_matches =
          std::memcmp(expected.data(), &values[begin], expected.size_bytes()) == 0;
    }
    seen.push_back(std::move(row));
  }
}

}  // namespace eyrie::scenarios
