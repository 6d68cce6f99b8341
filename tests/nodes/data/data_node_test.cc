// A data node over its wire: what it builds, how much of it at once, whom it obeys, and that it
// leaves nothing behind of what it did not finish.
#include "nodes/data/data_node.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "index/hnsw.h"
#include "nodes/catalog/keys.h"
#include "nodes/query/query_node.h"
#include "nodes/streaming/rpc_query_workers.h"
#include "nodes/wire/columns.h"
#include "runtime/combine.h"
#include "storage/format/paths.h"
#include "tests/nodes/support/fake_coordinator.h"
#include "tests/nodes/support/rows.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::data {
namespace {

using Built = internal::BuildIndexResponse;

constexpr std::int64_t kRows = 40;
constexpr std::int64_t kSegment = 7;
constexpr std::int64_t kLeader = 50;  // revision of the one whose commands come
// Makes a build take a second of a core (index/cost.h), for it is charged by this.
constexpr std::int32_t kSlow = 6'250'000;

std::vector<test::TestRow> rows() {
  std::vector<test::TestRow> made;
  for (std::int64_t key = 1; key <= kRows; ++key) {
    made.push_back({key, 1, {static_cast<float>(key), static_cast<float>(key * key % 11)}});
  }
  return made;
}

// The same bytes whoever builds it: the segment is the seed.
Bytes graph() {
  index::Matrix matrix(2);
  for (const test::TestRow& row : rows()) matrix.add_row(row.vector);
  return index::HnswIndex::build(index::scalar_kernels(), index::Metric::inner_product,
                                 matrix.view(), {.M = 8, .ef_construction = 100, .seed = kSegment})
      .value()
      .serialize();
}

// How many distances builds have measured since the test began.
std::uint64_t distances = 0;

float count_and_measure(const float* a, const float* b, std::size_t dimension) {
  ++distances;
  return index::scalar_kernels().inner_product(a, b, dimension);
}

index::Kernels counting_kernels() {
  index::Kernels kernels = index::scalar_kernels();
  kernels.inner_product = count_and_measure;
  return kernels;
}

// So that what offloaded work finds is what was so when its time was over.
sim::WorldOptions reading_at_end() {
  sim::WorldOptions options;
  options.executor.offload_reads_at_end = true;
  return options;
}

template <class Node>
Task<void> serve(Node& node) {
  (void)co_await node.run();
}

// The node, one that loads what it builds, and whoever commands both, each on a machine.
struct DataNodeTest : testing::Test {
  DataNodeTest() {
    distances = 0;
    objects.objects = {{"binlog", test::make_binlog(kSegment, rows())}};
    catalog::IndexParameters& index = *catalog.add_collection(5, "ch", 1).mutable_index();
    index.set_index_type("HNSW");
    index.set_metric_type("IP");
    index.set_m(8);
    index.set_ef_construction(100);
  }

  // The nodes live until the body ends.
  using Body = Task<void> (DataNodeTest::*)();
  void run(Body body) {
    sim::Machine& machine = world.world().add_machine({.name = "data", .cores = 8});
    world.world().start(machine, [](Environment& environment) {
      return std::make_unique<test::IdleProcess>(environment);
    });
    world.spawn("data", [this](Environment& environment) { return live(environment); });
    world.run("leader",
              [this, body](Environment& environment) { return command(environment, body); });
  }
  Task<void> live(Environment& environment) {
    test::MemoryMeta meta(environment, store);
    test::MemoryObjects node_objects(environment, objects);
    options.identity = {"test", "data", NodeId(4), Address{"data", 7'000}};
    DataNode node(environment, meta, node_objects, kernels, options);
    query::QueryOptions query_options;
    query_options.identity = {"test", "query", NodeId(3), Address{"data", 7'001}};
    query::QueryNode loader(environment, meta, node_objects, kernels, query_options);
    TaskGroup tasks(co_await this_scope());
    tasks.spawn(serve(node));
    tasks.spawn(serve(loader));
    while (!done && (co_await environment.clock.sleep_for(100ms)).ok()) {
    }
    node.request_stop();
    loader.request_stop();
    co_await tasks.join();
    stopped = true;
  }
  Task<void> command(Environment& environment, Body body) {
    clock = &environment.clock;
    rpc::ChannelOptions channel_options;
    channel_options.self = {"test", NodeId(9), IncarnationId(1)};
    rpc::ChannelPool channels(environment, channel_options, 4);
    pool = &channels;
    incarnation = co_await incarnation_of("data", 4);
    co_await (this->*body)();
    co_await channels.stop();
    done = true;
    while (!stopped) (void)co_await clock->sleep_for(10ms);
  }
  Task<IncarnationId> incarnation_of(std::string role, std::int64_t node) {
    const std::string key = catalog::session_key(role, node);
    while (!store.items.contains(key)) (void)co_await clock->sleep_for(10ms);
    co_return IncarnationId(store.items.at(key).mod_revision);
  }

  // Of the one segment, as the catalog has it now.
  internal::BuildIndexRequest order(std::int64_t build_id) {
    internal::BuildIndexRequest request;
    request.mutable_command()->set_leader_revision(kLeader);
    request.mutable_command()->set_sequence(++sequence);
    request.set_build_id(build_id);
    *request.mutable_collection() = catalog.collections.at(5);
    request.mutable_segment()->set_id(kSegment);
    request.mutable_segment()->mutable_binlog()->set_key("binlog");
    return request;
  }
  catalog::IndexParameters& parameters() { return *catalog.collections.at(5).mutable_index(); }
  template <class Response, class Request>
  Task<Result<Response>> send(std::string method, Request request, Duration timeout) {
    EYRIE_CO_TRY(const rpc::ChannelLease channel, pool->get({"data", 7'000}));
    rpc::CallOptions call;
    call.deadline = clock->monotonic() + timeout;
    call.target_incarnation = incarnation;
    co_return co_await rpc::call<Response>(*channel, std::move(method), request, call);
  }
  Task<Result<Built>> build(internal::BuildIndexRequest request, Duration timeout = 60s) {
    return send<Built>("data.BuildIndex", std::move(request), timeout);
  }
  // Nobody, if the question fails.
  Task<std::optional<bool>> running(std::int64_t build_id, std::int64_t leader = kLeader) {
    internal::GetBuildStateRequest request;
    request.mutable_command()->set_leader_revision(leader);
    request.set_build_id(build_id);
    const auto state =
        co_await send<internal::GetBuildStateResponse>("data.GetBuildState", request, 5s);
    co_return state ? std::optional(state->running()) : std::nullopt;
  }
  std::size_t graphs() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        objects.objects, [](const auto& each) { return each.first.starts_with("index_files/"); }));
  }

  Task<void> build_and_load();
  Task<void> expect_loads(catalog::IndexRecord index);
  Task<void> build_many();
  Task<void> build_late();
  Task<void> cancel_one_that_waits();
  Task<void> obey();
  Task<void> build_from_what_is_not_there();
  Task<void> build_what_cannot_be();
  Task<void> fail_to_upload();

  test::SimTestWorld world{5, reading_at_end()};
  test::MemoryMetaStore store{world.world()};
  test::MemoryObjectStoreState objects;
  test::FakeCatalog catalog;
  const index::Kernels kernels = counting_kernels();
  DataOptions options;
  Clock* clock = nullptr;
  rpc::ChannelPool* pool = nullptr;
  IncarnationId incarnation;
  std::int64_t sequence = 1;  // of the last command
  bool done = false;
  bool stopped = false;
};

// The score of each key that a search for (1, 0) by L2 finds in these copies. A graph scores by its
// own metric, the inner product here, which tells whether it answered.
Task<Result<std::map<std::int64_t, float>>> search(streaming::RpcQueryWorkers& workers,
                                                   streaming::Worker worker,
                                                   internal::CopyOwner owner,
                                                   MonotonicTime deadline) {
  internal::SearchSegmentsRequest request;
  *request.mutable_owner() = owner;
  request.add_segment_ids(kSegment);
  request.set_read_timestamp(30);
  const std::array<float, 2> vector{1.0F, 0.0F};
  request.mutable_parameters()->mutable_vectors()->resize(sizeof(vector));
  std::memcpy(request.mutable_parameters()->mutable_vectors()->data(), vector.data(),
              sizeof(vector));
  request.mutable_parameters()->set_queries(1);
  request.mutable_parameters()->set_dim(2);
  request.mutable_parameters()->set_limit(kRows);
  request.mutable_parameters()->set_metric_type("L2");
  EYRIE_CO_TRY(const internal::SearchShardResponse answer,
               co_await workers.search(std::move(worker), std::move(request), deadline));
  EYRIE_CO_TRY(const storage::Columns columns, wire::decode_columns(answer.rows()));
  std::map<std::int64_t, float> found;
  for (const test::TestRow& row : test::read_rows(columns)) {
    found[row.key] = answer.scores(static_cast<int>(found.size()));
  }
  co_return found;
}

Task<void> DataNodeTest::expect_loads(catalog::IndexRecord index) {
  const IncarnationId loader = co_await incarnation_of("query", 3);
  const streaming::Worker worker{3, loader.value, "data:7001"};
  streaming::RpcQueryWorkers workers(*pool);
  internal::CopyOwner owner;
  owner.set_channel("ch");
  owner.set_term(1);
  internal::LoadSegmentRequest segment;
  *segment.mutable_owner() = owner;
  *segment.mutable_collection() = catalog.collections.at(5);
  segment.mutable_segment()->set_id(kSegment);
  segment.mutable_segment()->mutable_binlog()->set_key("binlog");
  segment.set_load(1);
  const MonotonicTime deadline = clock->monotonic() + 5s;
  EYRIE_CO_ASSERT_OK(co_await workers.load(worker, segment, deadline));
  EYRIE_CO_ASSERT_TRY(const auto before, co_await search(workers, worker, owner, deadline));
  EXPECT_EQ(before.at(3), 85.0F);  // the squared distance
  internal::LoadIndexRequest attach;
  *attach.mutable_owner() = owner;
  attach.set_segment_id(kSegment);
  attach.set_load(1);
  *attach.mutable_index() = std::move(index);
  EYRIE_CO_ASSERT_OK(co_await workers.load_index(worker, attach, deadline));
  EYRIE_CO_ASSERT_TRY(const auto after, co_await search(workers, worker, owner, deadline));
  EXPECT_EQ(after.size(), static_cast<std::size_t>(kRows));
  EXPECT_EQ(after.at(3), 3.0F);  // the inner product
}

Task<void> DataNodeTest::build_and_load() {
  EYRIE_CO_ASSERT_TRY(const Built built, co_await build(order(90)));
  EXPECT_EQ(built.index().build_id(), 90);
  EXPECT_EQ(graphs(), 1U);
  EYRIE_CO_ASSERT_TRY(const storage::IndexFileName name,
                      storage::parse_index_key(built.index().file().key()));
  EXPECT_EQ(name.build, storage::BuildId(90));
  EXPECT_EQ(name.attempt, storage::AttemptId(incarnation.value));
  EXPECT_EQ(name.segment, storage::SegmentId(kSegment));
  const Bytes& object = objects.objects.at(built.index().file().key());
  EXPECT_EQ(built.index().file().bytes(), object.size());
  EXPECT_EQ(object, graph());
  co_await expect_loads(built.index());
}

TEST_F(DataNodeTest, WhatItBuiltIsWhatAQueryNodeLoads) {
  run(&DataNodeTest::build_and_load);
  EXPECT_GT(distances, 0U);
}

Task<Result<Built>> finish(Task<Result<Built>> task, Clock& clock, MonotonicTime& at) {
  Result<Built> built = co_await std::move(task);
  at = clock.monotonic();
  co_return built;
}

Task<void> DataNodeTest::build_many() {
  parameters().set_ef_construction(kSlow);
  const MonotonicTime begin = clock->monotonic();
  std::array<MonotonicTime, 3> ends{};
  TaskGroup group(co_await this_scope());
  std::vector<Task<Result<Built>>> builds;
  for (std::int64_t i = 0; i < 3; ++i) {
    builds.push_back(finish(build(order(90 + i)), *clock, ends.at(static_cast<std::size_t>(i))));
  }
  std::optional<std::vector<Result<Built>>> built;
  group.spawn(detail::store_result(all(std::move(builds)), built));
  (void)co_await clock->sleep_for(500ms);
  for (const std::int64_t id : {90, 91, 92}) EXPECT_EQ(co_await running(id), true) << id;
  EXPECT_EQ(co_await running(93), false);
  (void)co_await clock->sleep_for(1s);  // two are done, and the third has begun
  EXPECT_EQ(graphs(), 2U);
  int waiting = 0;
  for (const std::int64_t id : {90, 91, 92}) waiting += *co_await running(id) ? 1 : 0;
  EXPECT_EQ(waiting, 1);
  co_await group.join();
  for (const Result<Built>& each : *built) EXPECT_TRUE(each.has_value()) << status_of(each);
  std::ranges::sort(ends);
  EXPECT_LT(ends[1] - begin, 1500ms);
  EXPECT_GT(ends[2] - begin, 2s);
  EXPECT_EQ(graphs(), 3U);
  for (const std::int64_t id : {90, 91, 92}) EXPECT_EQ(co_await running(id), false) << id;
}

TEST_F(DataNodeTest, NoMoreBuildsRunAtOnceThanTheLimitAndWhoWaitsIsSaidToRun) {
  options.builds_running_max = 2;
  run(&DataNodeTest::build_many);
}

Task<void> DataNodeTest::build_late() {
  parameters().set_ef_construction(kSlow);
  const Status late = status_of(co_await build(order(90), 300ms));
  EXPECT_EQ(late.code(), Code::deadline_exceeded) << late;
  (void)co_await clock->sleep_for(2s);
  EXPECT_EQ(co_await running(90), false);
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(distances, static_cast<std::uint64_t>(kRows));  // norms alone: it linked no row
  EYRIE_CO_ASSERT_OK(co_await build(order(91)));
  EXPECT_EQ(graphs(), 1U);
}

TEST_F(DataNodeTest, ABuildThatNobodyWaitsForIsAbandonedAndGivesUpItsPlace) {
  options.builds_running_max = 1;
  run(&DataNodeTest::build_late);
}

Task<Result<Built>> after(Duration wait, Task<Result<Built>> task, Clock& clock) {
  (void)co_await clock.sleep_for(wait);
  co_return co_await std::move(task);
}

Task<void> DataNodeTest::cancel_one_that_waits() {
  parameters().set_ef_construction(kSlow);
  const MonotonicTime begin = clock->monotonic();
  std::vector<Task<Result<Built>>> builds;
  builds.push_back(build(order(90)));
  builds.push_back(build(order(91), 300ms));
  builds.push_back(after(500ms, build(order(92)), *clock));
  const auto built = co_await all(std::move(builds));
  EXPECT_TRUE(built[0].has_value()) << status_of(built[0]);
  EXPECT_EQ(status_of(built[1]).code(), Code::deadline_exceeded);
  EXPECT_TRUE(built[2].has_value()) << status_of(built[2]);
  EXPECT_GT(clock->monotonic() - begin, 2s);  // the third one waited for the first
  EXPECT_EQ(co_await running(91), false);
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, ABuildThatIsCancelledWhileItWaitsTakesAndGivesNoPlace) {
  options.builds_running_max = 1;
  run(&DataNodeTest::cancel_one_that_waits);
}

Task<void> DataNodeTest::obey() {
  EYRIE_CO_ASSERT_OK(co_await build(order(90)));
  internal::BuildIndexRequest deposed = order(91);
  deposed.mutable_command()->set_leader_revision(kLeader - 1);
  EXPECT_EQ(status_of(co_await build(deposed)).code(), Code::fenced);
  internal::BuildIndexRequest overtaken = order(92);
  overtaken.mutable_command()->set_sequence(1);
  EXPECT_EQ(status_of(co_await build(overtaken)).code(), Code::conflict);
  const IncarnationId ours = std::exchange(incarnation, IncarnationId(incarnation.value - 1));
  EXPECT_EQ(status_of(co_await build(order(93))).code(), Code::fenced);
  EXPECT_EQ(co_await running(93), std::nullopt);
  incarnation = ours;
  EXPECT_EQ(graphs(), 1U);
  for (const std::int64_t id : {91, 92, 93}) EXPECT_EQ(co_await running(id), false) << id;
  // A question is answered to any leader; the next leader's numbers begin anew.
  EXPECT_EQ(co_await running(90, kLeader - 1), false);
  internal::BuildIndexRequest next = order(94);
  next.mutable_command()->set_leader_revision(kLeader + 1);
  next.mutable_command()->set_sequence(1);
  EYRIE_CO_ASSERT_OK(co_await build(next));
  EXPECT_EQ(status_of(co_await build(order(95))).code(), Code::fenced);
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, ACommandOfADeposedLeaderOrForAnotherIncarnationIsRefused) {
  run(&DataNodeTest::obey);
}

Task<void> DataNodeTest::build_from_what_is_not_there() {
  const Bytes whole = objects.objects.at("binlog");
  std::map<std::string, Bytes> damaged = {{"empty", ""},
                                          {"cut", whole.substr(0, whole.size() - 1)},
                                          {"longer", whole + '\0'},
                                          {"noise", "this was never a binlog"}};
  for (const std::size_t at : {std::size_t{0}, whole.size() / 2, whole.size() - 1}) {
    Bytes& flipped = damaged["byte " + std::to_string(at)] = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
  }
  for (const auto& [what, bytes] : damaged) {
    objects.objects["binlog"] = bytes;
    const Status status = status_of(co_await build(order(90)));
    EXPECT_EQ(status.code(), Code::data_loss) << what << ": " << status;
    EXPECT_EQ(status.message().find("binlog is damaged: it"), 0U) << what << ": " << status;
    EXPECT_EQ(co_await running(90), false) << what;
  }
  objects.objects.erase("binlog");
  const Status missing = status_of(co_await build(order(90)));
  EXPECT_EQ(missing.code(), Code::not_found) << missing;
  EXPECT_NE(missing.message().find("binlog"), std::string::npos) << missing;
  EXPECT_TRUE(objects.objects.empty());
  // Each gave back its place.
  objects.objects["binlog"] = whole;
  EYRIE_CO_ASSERT_OK(co_await build(order(91)));
}

TEST_F(DataNodeTest, ABinlogThatIsMissingOrDamagedGivesAnErrorAndNoIndex) {
  options.builds_running_max = 1;
  run(&DataNodeTest::build_from_what_is_not_there);
}

Task<void> DataNodeTest::build_what_cannot_be() {
  internal::BuildIndexRequest wrong = order(90);
  wrong.mutable_collection()->mutable_index()->set_metric_type("HAMMING");
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::invalid_argument);
  wrong = order(90);
  wrong.mutable_collection()->mutable_index()->set_m(1);
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::invalid_argument);
  wrong = order(90);
  wrong.mutable_collection()->set_schema("no schema");
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::data_loss);
  // The binlog has no such field.
  storage::Binlog other = storage::decode_binlog(objects.objects.at("binlog")).value();
  other.columns.columns.pop_back();
  objects.objects["binlog"] = storage::encode_binlog(other).value();
  const Status lacking = status_of(co_await build(order(90)));
  EXPECT_EQ(lacking.code(), Code::data_loss);
  EXPECT_EQ(lacking.message(), "a segment lacks its vector field");
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(co_await running(90), false);
}

TEST_F(DataNodeTest, WhatCannotBeBuiltIsRefused) {
  run(&DataNodeTest::build_what_cannot_be);
}

Task<void> DataNodeTest::fail_to_upload() {
  objects.puts_to_fail = 1;
  EXPECT_EQ(status_of(co_await build(order(90))).code(), Code::unavailable);
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(co_await running(90), false);
  objects.puts_to_lose_answer = 1;
  EXPECT_EQ(status_of(co_await build(order(91))).code(), Code::unknown);
  EXPECT_EQ(graphs(), 1U);  // an orphan
  EYRIE_CO_ASSERT_OK(co_await build(order(92)));
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, AnUploadThatFailsIsTheBuildsFailure) {
  run(&DataNodeTest::fail_to_upload);
}

}  // namespace
}  // namespace eyrie::data
