#include "scenarios/clients/client_calls.h"

#include <algorithm>
#include <utility>

#include "scenarios/clients/requests.h"

namespace eyrie::scenarios {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

// As iterators do, that read for long at the time at which they began.
constexpr sim::SimTime kIterates = 6 * sim::kSecond;

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

}  // namespace

ClientCalls::ClientCalls(Environment& environment, ClientContext context, std::size_t client,
                         std::string machine, const std::vector<Address>& proxies)
    : environment_(environment), context_(context), client_(client), machine_(std::move(machine)) {
  for (const Address& proxy : proxies) proxies_.emplace_back(environment, proxy, kCluster);
}

void ClientCalls::wait_for(const std::string& what, const Address& proxy) {
  std::string now = what + " of " + to_string(proxy);
  Progress::Wait& wait = context_.progress.waits[machine_];
  if (wait.what != now) wait = {std::move(now), {}};
}

void ClientCalls::be_through() {
  context_.progress.waits.erase(machine_);
  ++context_.progress.finished;
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
  record.invoked = context_.time.now();
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
    record.ef = op.ef;
  }
  if (op.reads()) record.requested_timestamp = timestamp_for(op.level);
  context_.history.operations.push_back(record);
  wait_for(std::string(name_of(op.kind)), proxy_of(op).proxy());
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
    case OpKind::load:
    case OpKind::flush:
    case OpKind::release:
    case OpKind::drop:
      co_await do_definition(op, record);
      break;
    case OpKind::describe:
      co_await do_describe(op, record);
      break;
  }
  context_.history.operations[id] = std::move(record);
  co_return id;
}

Task<void> ClientCalls::do_write(const ClientOp& op, Operation& record) {
  const MonotonicTime deadline = environment_.clock.monotonic() + context_.call_timeout;
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
  settle(status, context_.time.now(), record);
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
  const std::string name = collection_name(op.collection);
  client::Client& proxy = proxy_of(op);
  Status status;
  if (op.kind == OpKind::create) {
    status = co_await settled<common::Status>(
        proxy, "CreateCollection", create_request(name, context_.words, 1, IndexType::hnsw));
  } else if (op.kind == OpKind::load) {
    status = co_await settled<common::Status>(proxy, "LoadCollection",
                                              named<pb::LoadCollectionRequest>(name));
  } else if (op.kind == OpKind::flush) {
    pb::FlushRequest request;
    request.add_collection_names(name);
    status = co_await settled<pb::FlushResponse>(proxy, "Flush", std::move(request));
  } else if (op.kind == OpKind::release) {
    status = co_await settled<common::Status>(proxy, "ReleaseCollection",
                                              named<pb::ReleaseCollectionRequest>(name));
  } else {
    status = co_await settled<common::Status>(proxy, "DropCollection",
                                              named<pb::DropCollectionRequest>(name));
  }
  settle(status, context_.time.now(), record);
}

Task<void> ClientCalls::do_describe(const ClientOp& op, Operation& record) {
  const MonotonicTime deadline = environment_.clock.monotonic() + context_.call_timeout;
  const auto answer = co_await proxy_of(op).call<pb::DescribeCollectionResponse>(
      "DescribeCollection", named<pb::DescribeCollectionRequest>(collection_name(op.collection)),
      deadline);
  settle(status_of_call(answer), context_.time.now(), record);
  if (!answer || record.outcome != Outcome::ok) co_return;
  record.described = {answer->collectionid(), answer->shards_num()};
}

template <class Response, class Request>
Task<Status> ClientCalls::settled(client::Client& proxy, std::string method, Request request) {
  const auto answer =
      co_await proxy.call<Response>(std::move(method), std::move(request),
                                    environment_.clock.monotonic() + context_.call_timeout);
  co_return status_of_call(answer);
}

std::uint64_t ClientCalls::timestamp_for(Level level) const {
  return level == Level::pinned ? strong_timestamp_ : session_timestamp_;
}

void ClientCalls::note_read(Operation& record, std::uint64_t session_timestamp) {
  session_timestamp_ = std::max(session_timestamp_, session_timestamp);
  if (record.level == Level::strong && !keeps_timestamp()) {
    strong_timestamp_ = record.guarantee_timestamp;
    strong_since_ = context_.time.now();
  }
}

bool ClientCalls::keeps_timestamp() const {
  const bool iterates = client_ % 4 == 3 && client_ < context_.plan.clients.size();
  return iterates && strong_timestamp_ != 0 && context_.time.now() - strong_since_ < kIterates;
}

Task<void> ClientCalls::do_search(const ClientOp& op, Operation& record) {
  pb::SearchRequest request;
  request.set_collection_name(collection_name(op.collection));
  request.set_placeholder_group(
      client::placeholder_group(context_.words.vector(op.query_row).data(),
                                static_cast<std::size_t>(context_.words.dimension)));
  request.set_consistency_level(static_cast<common::ConsistencyLevel>(op.level));
  request.set_guarantee_timestamp(record.requested_timestamp);
  request.add_output_fields("vector");
  request.add_output_fields("version");
  for (const auto& [key, value] : {std::pair("topk", op.limit), std::pair("ef", op.ef)}) {
    auto* pair = request.add_search_params();
    pair->set_key(key);
    pair->set_value(std::to_string(value));
  }
  const MonotonicTime deadline = environment_.clock.monotonic() + context_.call_timeout;
  const auto answer =
      co_await proxy_of(op).call<pb::SearchResults>("Search", std::move(request), deadline);
  settle(status_of_call(answer), context_.time.now(), record);
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
  pb::QueryRequest request = query_request(collection_name(op.collection), context_.words,
                                           record.asked, op.level, record.requested_timestamp);
  const MonotonicTime deadline = environment_.clock.monotonic() + context_.call_timeout;
  const auto answer =
      co_await proxy_of(op).call<pb::QueryResults>("Query", std::move(request), deadline);
  settle(status_of_call(answer), context_.time.now(), record);
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

}  // namespace eyrie::scenarios
