#include "bench/nodes/inserts.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "bench/runtime/machines.h"
#include "nodes/client/client.h"
#include "nodes/standalone/options.h"
#include "nodes/standalone/stores.h"
#include "runtime/task_group.h"

namespace eyrie::bench {

namespace {

namespace pb = client::pb;
namespace common = milvus::proto::common;
namespace schema = milvus::proto::schema;

constexpr Duration kCallTimeout = 30s;
constexpr char kKey[] = "id";
constexpr char kVector[] = "vector";

pb::CreateCollectionRequest create_request(const std::string& name) {
  schema::CollectionSchema collection;
  auto* key = collection.add_fields();
  key->set_name(kKey);
  key->set_is_primary_key(true);
  key->set_data_type(schema::Int64);
  auto* vector = collection.add_fields();
  vector->set_name(kVector);
  vector->set_data_type(schema::FloatVector);
  auto* dimension = vector->add_type_params();
  dimension->set_key("dim");
  dimension->set_value(std::to_string(kDimension));
  pb::CreateCollectionRequest request;
  request.set_collection_name(name);
  request.set_schema(collection.SerializeAsString());
  request.set_shards_num(1);
  return request;
}

// Numbers do not matter here, but that they are not all alike.
pb::InsertRequest insert_request(const std::string& collection, std::int64_t first,
                                 std::size_t rows) {
  pb::InsertRequest request;
  request.set_collection_name(collection);
  request.set_num_rows(static_cast<std::uint32_t>(rows));
  auto* keys = request.add_fields_data();
  keys->set_field_name(kKey);
  keys->set_type(schema::Int64);
  auto* column = request.add_fields_data();
  column->set_field_name(kVector);
  column->set_type(schema::FloatVector);
  column->mutable_vectors()->set_dim(kDimension);
  auto& values = *column->mutable_vectors()->mutable_float_vector()->mutable_data();
  values.Reserve(static_cast<int>(rows) * kDimension);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int64_t id = first + static_cast<std::int64_t>(row);
    keys->mutable_scalars()->mutable_long_data()->add_data(id);
    for (int i = 0; i < kDimension; ++i) {
      values.Add(static_cast<float>((id * 31 + i * 17) % 1009) / 1009.0F - 0.5F);
    }
  }
  return request;
}

struct Work {
  Environment& environment;
  std::string collection;
  InsertLoad load;
  MonotonicTime end;
  std::int64_t next_id = 1;
  std::vector<Duration> calls;
};

Task<void> work_through(Work& work, client::Client& server) {
  Clock& clock = work.environment.clock;
  while (clock.monotonic() < work.end) {
    pb::InsertRequest request = insert_request(work.collection, work.next_id, work.load.batch);
    work.next_id += static_cast<std::int64_t>(work.load.batch);
    const MonotonicTime begin = clock.monotonic();
    const auto answer = co_await server.call<pb::MutationResult>("Insert", std::move(request),
                                                                 begin + kCallTimeout);
    check(status_of(answer));
    check(client::from_milvus(answer->status()));
    work.calls.push_back(clock.monotonic() - begin);
  }
}

double ms(Duration duration) {
  return static_cast<double>(to_ns(duration)) / 1e6;
}

double quantile_ms(std::vector<Duration>& sorted, std::size_t percent) {
  return ms(sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)]);
}

}  // namespace

Task<InsertRates> insert_rows(Environment& environment, Address proxy, std::string collection,
                              InsertLoad load) {
  Clock& clock = environment.clock;
  std::vector<std::unique_ptr<client::Client>> servers;
  for (std::size_t i = 0; i < load.clients; ++i) {
    servers.push_back(std::make_unique<client::Client>(environment, proxy, standalone::kCluster));
  }
  const auto created = co_await servers.front()->call<common::Status>(
      "CreateCollection", create_request(collection), clock.monotonic() + kCallTimeout);
  check(status_of(created));
  check(client::from_milvus(*created));
  const MonotonicTime begin = clock.monotonic();
  Work work{environment, std::move(collection), load, begin + load.time, 1, {}};
  TaskGroup group(co_await this_scope());
  for (const auto& server : servers) group.spawn(work_through(work, *server));
  co_await group.join();
  const double seconds = ms(clock.monotonic() - begin) / 1e3;
  for (const auto& server : servers) co_await server->stop();
  std::ranges::sort(work.calls);
  InsertRates rates;
  rates.calls = work.calls.size();
  rates.rows_a_second = static_cast<double>(work.next_id - 1) / seconds;
  rates.p50_ms = quantile_ms(work.calls, 50);
  rates.p99_ms = quantile_ms(work.calls, 99);
  co_return rates;
}

}  // namespace eyrie::bench
