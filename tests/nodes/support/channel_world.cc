#include "tests/nodes/support/channel_world.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "nodes/wire/columns.h"
#include "storage/format/wal_record.h"

namespace eyrie::test {

namespace {

Task<void> run_node(Environment& environment, ChannelWorld& world, std::string machine) {
  TestNode node(environment, world);
  world.nodes[machine] = &node;
  (void)co_await node.stop.wait();
  world.nodes.erase(machine);
  co_await node.table.stop();
}

sim::WorldOptions world_options(bool shuffle) {
  sim::WorldOptions options;
  options.executor.shuffle_ready = shuffle;
  options.executor.offload_reads_at_end = shuffle;
  return options;
}

Task<void> run_body(ChannelWorld::Body body, TestNode& node) {
  co_await body(node);
}

Task<void> assign_to(TestNode& node, std::int64_t term) {
  internal::AssignChannelRequest request;
  request.set_channel(kChannel);
  request.set_term(term);
  while (true) {
    *request.mutable_command() = Client(node).command();
    const auto state = node.table.assign(request);
    if (state && state->state() == internal::CHANNEL_SERVING) co_return;
    if (state && state->state() == internal::CHANNEL_FAILED) {
      ADD_FAILURE() << "the channel failed: " << state->reason();
      co_return;
    }
    (void)co_await node.environment.clock.sleep_for(5ms);
  }
}

void apply(const storage::WalRecord& record, std::vector<FoundRow>& rows) {
  const std::int64_t at = record.timestamp.value;
  const auto remove = [&](const storage::PrimaryKeys& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::int64_t key = std::get<std::int64_t>(keys.at(i).value);
      std::erase_if(rows, [key](const FoundRow& row) { return row.key == key; });
    }
  };
  const auto insert = [&](const storage::InsertRecord& body) {
    for (const TestRow& row : read_rows(body.columns)) rows.push_back({row.key, row.value, at});
  };
  if (const auto* body = std::get_if<storage::InsertRecord>(&record.body)) insert(*body);
  if (const auto* body = std::get_if<storage::DeleteRecord>(&record.body)) remove(body->keys);
  if (const auto* body = std::get_if<storage::UpsertRecord>(&record.body)) {
    remove(body->deleted);
    insert(body->insert);
  }
}

}  // namespace

TestNode::TestNode(Environment& machine, ChannelWorld& channel_world)
    : environment(machine),
      world(channel_world),
      wal(machine, channel_world.wal),
      objects(machine, channel_world.objects),
      coordinator(machine, channel_world.catalog),
      workers(machine, channel_world.query_nodes),
      table({machine, coordinator, wal, objects, workers, index::scalar_kernels(),
             channel_world.options, channel_world.format}) {}

ChannelWorld::ChannelWorld(std::uint64_t seed, bool shuffle) : world(seed, world_options(shuffle)) {
  catalog.now_ms = [this] { return world.world().now() / sim::kMillisecond + 1; };
  catalog.add_collection(kCollection, kChannel, 1);
  query_nodes.objects = &objects;
  query_nodes.nodes[1];
  query_nodes.nodes[2];
  options.seal.rows_min = 20;
  options.seal.rows_max = 40;
  options.sequencer.tick_interval = 50ms;
  options.flush.poll_interval = 50ms;
  options.flush.delete_age_max = 400ms;
  options.delegator.forward_timeout = 200ms;
  options.delegator.load_timeout = 2s;
  options.delegator.read_timeout_max = 2s;
}

TestNode& ChannelWorld::node(const std::string& machine) {
  if (!nodes.contains(machine)) {
    world.spawn(machine, [this, machine](Environment& environment) {
      return run_node(environment, *this, machine);
    });
    world.world().run_until(world.world().now() + sim::kSecond,
                            [&] { return nodes.contains(machine); });
  }
  return *nodes.at(machine);
}

void ChannelWorld::run(const std::string& machine, Body body) {
  TestNode& test_node = node(machine);
  world.run(machine, [&test_node, &body](Environment&) { return run_body(body, test_node); });
}

void ChannelWorld::spawn(const std::string& machine, Body body) {
  TestNode& test_node = node(machine);
  world.spawn(machine, [&test_node, &body](Environment&) { return run_body(body, test_node); });
}

void ChannelWorld::run_for(Duration duration) {
  world.world().run_until(world.world().now() + to_ns(duration));
}

void ChannelWorld::assign(const std::string& machine) {
  const std::int64_t term = catalog.assign(kChannel);
  run(machine, [term](TestNode& test_node) { return assign_to(test_node, term); });
}

void ChannelWorld::crash(const std::string& machine) {
  world.world().end(world.sim_machine(machine), sim::Ending::power_cut);
  nodes.erase(machine);
  world.world().start(world.sim_machine(machine));
}

std::vector<FoundRow> ChannelWorld::expected(std::int64_t at) const {
  const std::vector<storage::WalEntry>& history = wal.channels.at(kChannel).history;
  while (decoded_.size() < history.size()) {
    Result<storage::WalRecord> record = storage::decode_wal_record(history[decoded_.size()].record);
    EYRIE_CHECK(record.has_value());
    decoded_.push_back(std::move(*record));
  }
  std::vector<FoundRow> rows;
  for (const storage::WalRecord& record : decoded_) {
    if (record.timestamp.value <= at) apply(record, rows);
  }
  std::ranges::sort(rows);
  return rows;
}

internal::Target ChannelWorld::make_target() {
  internal::Target target;
  target.set_version(catalog.revision);
  *target.mutable_collection() = catalog.collections.at(kCollection);
  for (const auto& [id, segment] : catalog.segments[kShard]) {
    internal::SegmentTarget* out = target.add_segments();
    *out->mutable_segment() = segment;
    std::vector<std::int64_t> up;
    for (const auto& [number, query_node] : query_nodes.nodes) {
      if (!query_node.down) up.push_back(number);
    }
    if (up.empty()) continue;
    const std::int64_t holder = up[static_cast<std::size_t>(id) % up.size()];
    out->set_node_id(holder);
    out->set_incarnation(query_nodes.nodes[holder].incarnation);
    out->set_address("query:" + std::to_string(holder));
  }
  for (const auto& [id, delta] : catalog.deltas[kShard]) *target.add_deltas() = delta;
  target.set_checkpoint_position(catalog.checkpoints[kChannel].position());
  target.set_horizon(catalog.horizon);
  return target;
}

internal::Command Client::command() {
  internal::Command command;
  command.set_leader_revision(1);
  command.set_sequence(++node.world.commands_);
  return command;
}

internal::ReadHeader Client::header(std::int64_t guarantee) const {
  internal::ReadHeader header;
  header.set_channel(kChannel);
  header.set_virtual_channel(kShard);
  header.set_collection_id(kCollection);
  header.set_guarantee_timestamp(static_cast<std::uint64_t>(guarantee));
  header.set_exact(true);
  return header;
}

namespace {

Bytes encode_keys(std::vector<std::int64_t> keys) {
  const storage::PrimaryKeys typed(std::move(keys));
  return wire::encode_columns(wire::columns_of_keys(kKeyField, typed)).value();
}

Task<Status> only_status(Task<Result<internal::AppendDdlResponse>> task) {
  co_return status_of(co_await std::move(task));
}

}  // namespace

Task<Status> Client::create(bool drop) {
  internal::AppendDdlRequest request;
  *request.mutable_command() = command();
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_drop(drop);
  *request.mutable_collection() = node.world.catalog.collections.at(kCollection);
  return only_status(node.table.append_ddl(std::move(request)));
}

Task<Result<internal::AppendResponse>> Client::append(internal::AppendKind kind,
                                                      std::vector<TestRow> rows) {
  internal::AppendRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_virtual_channel(kShard);
  request.set_collection_id(kCollection);
  request.set_kind(kind);
  request.set_columns(wire::encode_columns(make_rows(rows)).value());
  for (const TestRow& row : rows) node.world.keys_sent.insert(row.key);
  return node.table.append(std::move(request));
}

Task<Result<internal::AppendResponse>> Client::remove(std::vector<std::int64_t> keys) {
  internal::AppendRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_virtual_channel(kShard);
  request.set_collection_id(kCollection);
  request.set_kind(internal::APPEND_DELETE);
  request.set_columns(encode_keys(std::move(keys)));
  return node.table.append(std::move(request));
}

Task<Result<internal::SealResponse>> Client::seal(std::int64_t until) {
  internal::SealRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_virtual_channel(kShard);
  request.set_collection_id(kCollection);
  request.set_timestamp(static_cast<std::uint64_t>(until));
  return node.table.seal(std::move(request));
}

Result<internal::ShardStateResponse> Client::sync(bool release) {
  internal::SyncTargetRequest request;
  *request.mutable_command() = command();
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_virtual_channel(kShard);
  request.set_release(release);
  if (!release) *request.mutable_target() = node.world.make_target();
  return node.table.sync_target(request);
}

namespace {

std::vector<FoundRow> found_rows(const std::string& bytes,
                                 const google::protobuf::RepeatedField<std::uint64_t>& timestamps) {
  const Result<Columns> columns = wire::decode_columns(bytes);
  EYRIE_CHECK(columns.has_value());
  std::vector<FoundRow> found;
  for (const TestRow& row : read_rows(*columns)) {
    const auto at = timestamps.Get(static_cast<int>(found.size()));
    found.push_back({row.key, row.value, static_cast<std::int64_t>(at)});
  }
  return found;
}

Task<void> load_shard(TestNode& node) {
  while (true) {
    const auto state = Client(node).sync();
    if (state && state->readable()) co_return;
    (void)co_await node.environment.clock.sleep_for(10ms);
  }
}

Task<void> sync_for_ever(TestNode& node) {
  do {
    (void)Client(node).sync();  // a refused target is made anew
  } while ((co_await node.environment.clock.sleep_for(20ms)).ok());
}

Task<Result<std::vector<FoundRow>>> query(TestNode& node, internal::QueryShardRequest request) {
  request.mutable_parameters()->add_output_field_ids(kValueField.value);
  request.mutable_parameters()->add_output_field_ids(kVectorField.value);
  const MonotonicTime deadline = node.environment.clock.monotonic() + 5s;
  EYRIE_CO_TRY(const auto answer, co_await node.table.query(std::move(request), deadline));
  std::vector<FoundRow> rows = found_rows(answer.rows(), answer.timestamps());
  std::ranges::sort(rows);
  co_return rows;
}

Task<Result<std::vector<FoundRow>>> scan_rows(TestNode& node, internal::QueryShardRequest by_key,
                                              internal::QueryShardRequest counting) {
  EYRIE_CO_TRY(std::vector<FoundRow> rows, co_await query(node, std::move(by_key)));
  const MonotonicTime deadline = node.environment.clock.monotonic() + 5s;
  EYRIE_CO_TRY(const auto counted, co_await node.table.query(std::move(counting), deadline));
  EXPECT_EQ(counted.count(), static_cast<std::int64_t>(rows.size()));
  co_return rows;
}

Task<Result<std::vector<FoundRow>>> search_rows(TestNode& node,
                                                internal::SearchShardRequest request) {
  const MonotonicTime deadline = node.environment.clock.monotonic() + 5s;
  EYRIE_CO_TRY(const auto answer, co_await node.table.search(std::move(request), deadline));
  co_return found_rows(answer.rows(), answer.timestamps());
}

}  // namespace

Task<void> Client::load() {
  return load_shard(node);
}

Task<void> Client::keep_synced() {
  return sync_for_ever(node);
}

Task<Result<std::vector<FoundRow>>> Client::scan_at(std::int64_t guarantee) {
  const std::set<std::int64_t>& keys = node.world.keys_sent;
  internal::QueryShardRequest by_key;
  *by_key.mutable_header() = header(guarantee);
  by_key.mutable_parameters()->set_keys(encode_keys({keys.begin(), keys.end()}));
  internal::QueryShardRequest counting;
  *counting.mutable_header() = header(guarantee);
  counting.mutable_parameters()->set_count_only(true);
  return scan_rows(node, std::move(by_key), std::move(counting));
}

Task<Result<std::vector<FoundRow>>> Client::scan() {
  return scan_at(node.world.catalog.fresh_timestamp());
}

Task<Result<std::vector<FoundRow>>> Client::get(std::vector<std::int64_t> keys) {
  internal::QueryShardRequest request;
  *request.mutable_header() = header(node.world.catalog.fresh_timestamp());
  request.mutable_parameters()->set_keys(encode_keys(std::move(keys)));
  return query(node, std::move(request));
}

Task<Result<std::vector<FoundRow>>> Client::search(float x, std::int32_t limit) {
  internal::SearchShardRequest request;
  *request.mutable_header() = header(node.world.catalog.fresh_timestamp());
  internal::SearchParameters& parameters = *request.mutable_parameters();
  const std::array<float, 2> vector{x, 0.0F};
  parameters.set_vectors(std::string(reinterpret_cast<const char*>(vector.data()), sizeof(vector)));
  parameters.set_queries(1);
  parameters.set_dim(2);
  parameters.set_limit(limit);
  parameters.set_vector_field_id(kVectorField.value);
  parameters.set_metric_type("L2");
  parameters.add_output_field_ids(kValueField.value);
  parameters.add_output_field_ids(kVectorField.value);
  return search_rows(node, std::move(request));
}

}  // namespace eyrie::test
