// A query node over its wire: what it loads, how much of it, and the index that comes later.
#include "nodes/query/query_node.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "index/hnsw.h"
#include "nodes/catalog/keys.h"
#include "nodes/streaming/rpc_query_workers.h"
#include "nodes/wire/columns.h"
#include "runtime/combine.h"
#include "runtime/crc32c.h"
#include "tests/nodes/support/fake_coordinator.h"
#include "tests/nodes/support/rows.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::query {
namespace {

using streaming::RpcQueryWorkers;
using streaming::Worker;
using test::row_of;

constexpr std::int64_t kRows = 40;
constexpr std::int64_t kSegment = 7;

std::vector<test::TestRow> rows() {
  std::vector<test::TestRow> made;
  for (std::int64_t key = 1; key <= kRows; ++key) made.push_back(row_of(key, 1));
  return made;
}

// Of the first `count` rows. A graph scores by its own metric, which tells its searches from those
// without one: here it is the inner product, and the searches ask for L2.
Bytes graph(std::int64_t count) {
  index::Matrix matrix(2);
  for (std::int64_t i = 0; i < count; ++i) {
    matrix.add_row(rows().at(static_cast<std::size_t>(i)).vector);
  }
  return index::HnswIndex::build(index::scalar_kernels(), index::Metric::inner_product,
                                 matrix.view(), {})
      .value()
      .serialize();
}

Task<void> serve(QueryNode& node) {
  (void)co_await node.run();
}

// A node and whoever commands it, on two machines of one world.
struct QueryNodeTest : testing::Test {
  QueryNodeTest() {
    objects.objects = {{"binlog", test::make_binlog(kSegment, rows())},
                       {"graph", graph(kRows)},
                       {"other graph", graph(kRows - 1)}};
    catalog.add_collection(5, "ch", 1);
  }
  // The node lives until the body ends.
  using Body = Task<void> (QueryNodeTest::*)(RpcQueryWorkers&);
  void run(Body body) {
    world.spawn("node", [this](Environment& environment) { return live(environment); });
    world.run("owner",
              [this, body](Environment& environment) { return command(environment, body); });
  }
  Task<void> live(Environment& environment) {
    test::MemoryMeta meta(environment, store);
    test::MemoryObjects node_objects(environment, objects);
    QueryOptions options;
    options.identity = {"test", "query", NodeId(3), Address{"node", 7'000}};
    options.copies_max = copies_max;
    options.deletes_in_place_max = deletes_in_place_max;
    QueryNode node(environment, meta, node_objects, index::scalar_kernels(), options);
    TaskGroup tasks(co_await this_scope());
    tasks.spawn(serve(node));
    while (!done && (co_await environment.clock.sleep_for(100ms)).ok()) {
    }
    node.request_stop();
    co_await tasks.join();
    stopped = true;
  }
  Task<void> command(Environment& environment, Body body) {
    clock = &environment.clock;
    const std::string key = catalog::session_key("query", 3);
    while (!store.items.contains(key)) (void)co_await clock->sleep_for(10ms);
    worker = {3, store.items.at(key).mod_revision, "node:7000"};
    rpc::ChannelOptions options;
    options.self = {"test", NodeId(9), IncarnationId(1)};
    rpc::ChannelPool pool(environment, options, 4);
    RpcQueryWorkers workers(pool);
    co_await (this->*body)(workers);
    co_await pool.stop();
    done = true;
    while (!stopped) (void)co_await clock->sleep_for(10ms);
  }

  MonotonicTime soon() const { return clock->monotonic() + 5s; }
  static internal::CopyOwner owner(std::int64_t term = 1) {
    internal::CopyOwner made;
    made.set_channel("ch");
    made.set_term(term);
    return made;
  }
  Task<Status> load(RpcQueryWorkers& workers, std::int64_t segment, std::int64_t load,
                    std::optional<std::uint32_t> checksum = std::nullopt) {
    internal::LoadSegmentRequest request;
    *request.mutable_owner() = owner();
    *request.mutable_collection() = catalog.collections.at(5);
    request.mutable_segment()->set_id(segment);
    request.mutable_segment()->mutable_binlog()->set_key("binlog");
    if (checksum) request.mutable_segment()->mutable_binlog()->set_crc32c(*checksum);
    request.set_load(load);
    return workers.load(worker, std::move(request), soon());
  }
  Task<Status> load_index(RpcQueryWorkers& workers, const std::string& key, std::int64_t load,
                          std::int64_t term = 1) {
    internal::LoadIndexRequest request;
    *request.mutable_owner() = owner(term);
    request.set_segment_id(kSegment);
    request.set_load(load);
    request.mutable_index()->set_build_id(90);
    request.mutable_index()->mutable_file()->set_key(key);
    return workers.load_index(worker, std::move(request), soon());
  }
  Task<Status> remove(RpcQueryWorkers& workers, std::int64_t key) {
    return remove_all(workers, {key}, {kSegment});
  }
  Task<Status> remove_all(RpcQueryWorkers& workers, std::vector<std::int64_t> keys,
                          const std::vector<std::int64_t>& segments) {
    internal::ApplyDeletesRequest request;
    *request.mutable_owner() = owner();
    for (const std::int64_t segment : segments) request.add_segment_ids(segment);
    for (std::size_t i = 0; i < keys.size(); ++i) request.add_timestamps(20);
    request.set_keys(
        wire::encode_columns(wire::columns_of_keys(test::kKeyField, storage::PrimaryKeys(keys)))
            .value());
    return workers.apply_deletes(worker, std::move(request), soon());
  }
  Task<Result<internal::QueryShardResponse>> query(RpcQueryWorkers& workers,
                                                   internal::QueryParameters parameters,
                                                   std::int64_t segment = kSegment) {
    internal::QuerySegmentsRequest request;
    *request.mutable_owner() = owner();
    request.add_segment_ids(segment);
    request.set_read_timestamp(30);
    *request.mutable_parameters() = std::move(parameters);
    return workers.query(worker, std::move(request), soon());
  }
  // The score of each key that a search for (1, 0) finds.
  Task<Result<std::map<std::int64_t, float>>> search(RpcQueryWorkers& workers) {
    internal::SearchSegmentsRequest request;
    *request.mutable_owner() = owner();
    request.add_segment_ids(kSegment);
    request.set_read_timestamp(30);
    internal::SearchParameters& parameters = *request.mutable_parameters();
    const std::array<float, 2> vector{1.0F, 0.0F};
    parameters.mutable_vectors()->resize(sizeof(vector));
    std::memcpy(parameters.mutable_vectors()->data(), vector.data(), sizeof(vector));
    parameters.set_queries(1);
    parameters.set_dim(2);
    parameters.set_limit(kRows);
    parameters.set_metric_type("L2");
    EYRIE_CO_TRY(const internal::SearchShardResponse answer,
                 co_await workers.search(worker, std::move(request), soon()));
    EYRIE_CO_TRY(const storage::Columns columns, wire::decode_columns(answer.rows()));
    std::map<std::int64_t, float> found;
    for (const test::TestRow& row : test::read_rows(columns)) {
      found[row.key] = answer.scores(static_cast<int>(found.size()));
    }
    co_return found;
  }

  Task<void> attach_later(RpcQueryWorkers& workers);
  Task<void> attach_wrongly(RpcQueryWorkers& workers);
  Task<void> load_many(RpcQueryWorkers& workers);
  Task<void> query_by_key(RpcQueryWorkers& workers);
  Task<void> count_and_get(RpcQueryWorkers& workers);

  // --- a batch of deletes that is long in the work ---
  Task<Result<std::int64_t>> count(RpcQueryWorkers& workers, std::int64_t segment) {
    internal::QueryParameters how_many;
    how_many.set_count_only(true);
    EYRIE_CO_TRY(const internal::QueryShardResponse counted,
                 co_await query(workers, std::move(how_many), segment));
    co_return counted.count();
  }
  // Segments of the same rows, loaded by request 1.
  Task<Status> load_long(RpcQueryWorkers& workers);
  // Of all rows of these segments; and what is asked of the node while it is at it, if anything.
  Task<Status> remove_long(RpcQueryWorkers& workers) {
    std::vector<std::int64_t> keys(kLongKeys);
    std::iota(keys.begin(), keys.end(), 1);
    return remove_all(workers, std::move(keys), long_segments());
  }
  Task<Status> remove_long_and(RpcQueryWorkers& workers, Task<Status> meanwhile);
  Task<Status> release(RpcQueryWorkers& workers, std::int64_t load);
  Task<void> count_meanwhile(RpcQueryWorkers& workers);
  Task<void> load_anew_meanwhile(RpcQueryWorkers& workers);
  Task<void> release_meanwhile(RpcQueryWorkers& workers);
  Task<void> change_term_meanwhile(RpcQueryWorkers& workers);
  Task<void> remove_up_to_the_bound(RpcQueryWorkers& workers);

  static constexpr std::size_t kLongKeys = 10'000;
  static std::vector<std::int64_t> long_segments() {
    std::vector<std::int64_t> segments(20);
    std::iota(segments.begin(), segments.end(), kSegment);
    return segments;
  }

  test::SimTestWorld world{5};
  test::MemoryMetaStore store{world.world()};
  test::MemoryObjectStoreState objects;
  test::FakeCatalog catalog;
  std::size_t copies_max = 100;
  std::size_t deletes_in_place_max = 0;  // each is looked for on another core
  Clock* clock = nullptr;
  Worker worker;
  bool done = false;
  bool stopped = false;
};

using Scores = std::map<std::int64_t, float>;

Task<void> QueryNodeTest::attach_later(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load(workers, kSegment, 1));
  EYRIE_CO_ASSERT_OK(co_await remove(workers, 5));
  EYRIE_CO_ASSERT_TRY(const Scores before, co_await search(workers));
  EXPECT_EQ(before.size(), kRows - 1U);
  EXPECT_EQ(before.at(3), 4.0F);  // the squared distance
  EYRIE_CO_ASSERT_OK(co_await load_index(workers, "graph", 1));
  EYRIE_CO_ASSERT_TRY(const Scores after, co_await search(workers));
  EXPECT_EQ(after.size(), kRows - 1U);
  EXPECT_FALSE(after.contains(5));
  EXPECT_EQ(after.at(3), 3.0F);  // the inner product
  // Deletes go on where they were.
  EYRIE_CO_ASSERT_OK(co_await remove(workers, 6));
  EYRIE_CO_ASSERT_TRY(const Scores later, co_await search(workers));
  EXPECT_EQ(later.size(), kRows - 2U);
  // A repetition does nothing: it does not even look for the file.
  objects.objects.erase("graph");
  EYRIE_CO_ASSERT_OK(co_await load_index(workers, "graph", 1));
}

TEST_F(QueryNodeTest, AnAttachedIndexServesSearchesAndWhatWasDeletedStaysDeleted) {
  run(&QueryNodeTest::attach_later);
}

Task<void> QueryNodeTest::attach_wrongly(RpcQueryWorkers& workers) {
  EXPECT_EQ((co_await load_index(workers, "graph", 1)).code(), Code::not_found);
  const std::uint32_t checksum = crc32c(objects.objects.at("binlog"));
  EXPECT_EQ((co_await load(workers, kSegment, 2, checksum + 1)).code(), Code::data_loss);
  EYRIE_CO_ASSERT_OK(co_await load(workers, kSegment, 2, checksum));
  EXPECT_EQ((co_await load_index(workers, "graph", 1)).code(), Code::conflict);
  EXPECT_EQ((co_await load_index(workers, "graph", 3)).code(), Code::conflict);
  EXPECT_EQ((co_await load_index(workers, "graph", 2, 0)).code(), Code::fenced);
  EXPECT_EQ((co_await load_index(workers, "missing", 2)).code(), Code::not_found);
  EXPECT_EQ((co_await load_index(workers, "binlog", 2)).code(), Code::data_loss);
  EXPECT_EQ((co_await load_index(workers, "other graph", 2)).code(), Code::data_loss);
  EYRIE_CO_ASSERT_TRY(const Scores scores, co_await search(workers));
  EXPECT_EQ(scores.at(3), 4.0F);
  // The copy that came while the graph was on its way is another one.
  std::vector<Task<Status>> both;
  both.push_back(load_index(workers, "graph", 2));
  both.push_back(load(workers, kSegment, 3));
  const std::vector<Status> ends = co_await all(std::move(both));
  EXPECT_TRUE(ends.at(1).ok()) << ends.at(1);
  EXPECT_TRUE(ends.at(0).ok() || ends.at(0).code() == Code::conflict) << ends.at(0);
  EYRIE_CO_ASSERT_TRY(const Scores anew, co_await search(workers));
  EXPECT_EQ(anew.at(3), 4.0F);
}

TEST_F(QueryNodeTest, AnIndexOfAnotherLoadOrOfOtherRowsIsRefused) {
  run(&QueryNodeTest::attach_wrongly);
}

Task<void> QueryNodeTest::load_many(RpcQueryWorkers& workers) {
  std::vector<Task<Status>> loads;
  for (std::int64_t segment = 1; segment <= 8; ++segment) {
    loads.push_back(load(workers, segment, segment));
  }
  std::vector<std::int64_t> held;
  std::vector<std::int64_t> refused;
  std::int64_t segment = 0;
  for (const Status& status : co_await all(std::move(loads))) {
    ++segment;
    if (!status.ok()) EXPECT_EQ(status.code(), Code::resource_exhausted) << status;
    (status.ok() ? held : refused).push_back(segment);
  }
  EXPECT_EQ(held.size(), 3U);
  for (const std::int64_t here : held) EYRIE_CO_ASSERT_OK(co_await load(workers, here, 9));
  for (const std::int64_t other : refused) {
    EXPECT_EQ((co_await load(workers, other, 10)).code(), Code::resource_exhausted) << other;
  }
}

TEST_F(QueryNodeTest, LoadsThatBeginTogetherKeepTheLimitOfSegments) {
  copies_max = 3;
  run(&QueryNodeTest::load_many);
}

internal::QueryParameters by_key(const storage::Columns& columns) {
  internal::QueryParameters parameters;
  parameters.set_keys(wire::encode_columns(columns).value());
  return parameters;
}

storage::Column column_of(storage::FieldId field, std::vector<std::int64_t> values) {
  return {field, std::move(values)};
}

Task<void> QueryNodeTest::query_by_key(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load(workers, kSegment, 1));
  const storage::Column keys = column_of(test::kKeyField, {3, 5, 3, 99});
  EYRIE_CO_ASSERT_TRY(const internal::QueryShardResponse found,
                      co_await query(workers, by_key({{keys}})));
  EXPECT_EQ(found.count(), 2);
  const storage::Column values = column_of(test::kValueField, {1, 1, 1, 1});
  std::vector<internal::QueryParameters> malformed = {by_key({{keys, values}}), by_key({}), {}};
  malformed.emplace_back().set_keys("no columns");
  malformed.push_back(by_key({{{test::kVectorField, storage::FloatVectors{2, {1, 2}}}}}));
  for (std::size_t i = 0; i < malformed.size(); ++i) {
    EXPECT_EQ(status_of(co_await query(workers, malformed[i])).code(), Code::invalid_argument) << i;
  }
}

TEST_F(QueryNodeTest, AQueryWhoseKeysAreNotOneColumnOfKeysIsRefused) {
  run(&QueryNodeTest::query_by_key);
}

Task<void> QueryNodeTest::count_and_get(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load(workers, kSegment, 1));
  EYRIE_CO_ASSERT_OK(co_await remove(workers, 5));
  std::vector<std::int64_t> sent(kRows + 1);  // one more than there are
  std::iota(sent.begin(), sent.end(), 1);
  EYRIE_CO_ASSERT_TRY(const internal::QueryShardResponse found,
                      co_await query(workers, by_key({{column_of(test::kKeyField, sent)}})));
  EXPECT_EQ(found.count(), kRows - 1);
  EXPECT_EQ(found.timestamps_size(), kRows - 1);
  EYRIE_CO_ASSERT_TRY(const storage::Columns columns, wire::decode_columns(found.rows()));
  std::vector<std::int64_t> keys;
  for (const test::TestRow& row : test::read_rows(columns)) keys.push_back(row.key);
  EXPECT_EQ(keys.size(), kRows - 1U);
  EXPECT_EQ(std::ranges::count(keys, 5), 0);
  internal::QueryParameters how_many;
  how_many.set_count_only(true);
  EYRIE_CO_ASSERT_TRY(const internal::QueryShardResponse counted,
                      co_await query(workers, how_many));
  EXPECT_EQ(counted.count(), kRows - 1);
  EXPECT_EQ(counted.timestamps_size(), 0);
  EYRIE_CO_ASSERT_TRY(const storage::Columns none, wire::decode_columns(counted.rows()));
  EXPECT_EQ(none.rows(), 0U);
}

TEST_F(QueryNodeTest, RowsThatAreDeletedAreNeitherFoundNorCounted) {
  run(&QueryNodeTest::count_and_get);
}

constexpr Duration kLong = 40ms;  // 10,000 keys in 20 segments

Task<Status> QueryNodeTest::load_long(RpcQueryWorkers& workers) {
  for (const std::int64_t segment : long_segments()) {
    EYRIE_CO_RETURN_IF_ERROR(co_await load(workers, segment, 1));
  }
  co_return Status();
}

Task<Status> after(Clock& clock, Duration time, Task<Status> task) {
  EYRIE_CO_RETURN_IF_ERROR(co_await clock.sleep_for(time));
  co_return co_await std::move(task);
}

Task<Status> timed(Clock& clock, Task<Status> task, MonotonicTime& end) {
  Status status = co_await std::move(task);
  end = clock.monotonic();
  co_return status;
}

Task<Status> QueryNodeTest::remove_long_and(RpcQueryWorkers& workers, Task<Status> meanwhile) {
  const MonotonicTime begin = clock->monotonic();
  std::vector<MonotonicTime> ends(2);
  std::vector<Task<Status>> both;
  both.push_back(timed(*clock, remove_long(workers), ends[0]));
  both.push_back(timed(*clock, after(*clock, 10ms, std::move(meanwhile)), ends[1]));
  const std::vector<Status> statuses = co_await all(std::move(both));
  EYRIE_CO_RETURN_IF_ERROR(statuses[1]);
  EXPECT_GE(ends[0] - begin, kLong);
  EXPECT_LT(ends[1] - begin, kLong);
  co_return statuses[0];
}

Task<Status> QueryNodeTest::release(RpcQueryWorkers& workers, std::int64_t load) {
  internal::ReleaseSegmentsRequest request;
  *request.mutable_owner() = owner();
  request.add_segment_ids(kSegment);
  request.set_load(load);
  return workers.release(worker, std::move(request), soon());
}

template <class T>
Task<Status> only_status(Task<Result<T>> task) {
  co_return status_of(co_await std::move(task));
}

Task<void> QueryNodeTest::count_meanwhile(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load_long(workers));
  EYRIE_CO_ASSERT_OK(
      co_await remove_long_and(workers, only_status<std::int64_t>(count(workers, kSegment))));
  for (const std::int64_t segment : long_segments()) {
    EYRIE_CO_ASSERT_TRY(const std::int64_t left, co_await count(workers, segment));
    EXPECT_EQ(left, 0) << segment;
  }
}

TEST_F(QueryNodeTest, ALargeBatchOfDeletesTakesItsTimeAndHoldsNobodyUp) {
  run(&QueryNodeTest::count_meanwhile);
}

Task<void> QueryNodeTest::load_anew_meanwhile(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load_long(workers));
  const Status removed = co_await remove_long_and(workers, load(workers, kSegment, 2));
  EXPECT_EQ(removed.code(), Code::unavailable) << removed;  // so nothing was done anywhere
  for (const std::int64_t segment : {kSegment, kSegment + 1}) {
    EYRIE_CO_ASSERT_TRY(const std::int64_t left, co_await count(workers, segment));
    EXPECT_EQ(left, kRows) << segment;
  }
  EYRIE_CO_ASSERT_OK(co_await remove_long(workers));
  EYRIE_CO_ASSERT_TRY(const std::int64_t left, co_await count(workers, kSegment));
  EXPECT_EQ(left, 0);
}

TEST_F(QueryNodeTest, DeletesAreNotAcknowledgedForACopyThatCameMeanwhile) {
  run(&QueryNodeTest::load_anew_meanwhile);
}

Task<void> QueryNodeTest::release_meanwhile(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load_long(workers));
  EYRIE_CO_ASSERT_OK(co_await remove_long_and(workers, release(workers, 1)));
  EXPECT_EQ(status_of(co_await count(workers, kSegment)).code(), Code::not_found);
  EYRIE_CO_ASSERT_TRY(const std::int64_t left, co_await count(workers, kSegment + 1));
  EXPECT_EQ(left, 0);
}

TEST_F(QueryNodeTest, ACopyThatIsGivenUpMeanwhileIsNoHindranceToTheOthers) {
  run(&QueryNodeTest::release_meanwhile);
}

Task<Status> expecting(Code code, Task<Status> task) {
  const Status status = co_await std::move(task);
  EXPECT_EQ(status.code(), code) << status;
  co_return Status();
}

Task<void> QueryNodeTest::change_term_meanwhile(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load_long(workers));
  const Status removed = co_await remove_long_and(
      workers, expecting(Code::not_found, load_index(workers, "graph", 1, 2)));
  EXPECT_EQ(removed.code(), Code::fenced) << removed;
}

TEST_F(QueryNodeTest, DeletesOfATermThatEndedMeanwhileAreNotAcknowledged) {
  run(&QueryNodeTest::change_term_meanwhile);
}

// On a machine whose cores are slow, which makes what is offloaded stand out.
Task<void> QueryNodeTest::remove_up_to_the_bound(RpcQueryWorkers& workers) {
  EYRIE_CO_ASSERT_OK(co_await load_long(workers));
  constexpr std::int64_t kSlower = 100;
  world.sim_machine("node").cores().slow_down(kSlower, world.world().now() + 100 * sim::kSecond);
  const std::size_t most = deletes_in_place_max / long_segments().size();
  const Duration offloaded = Duration(kSlower * kKeyWork * std::int64_t(deletes_in_place_max));
  for (const std::int64_t keys : {kRows / 2, kRows}) {
    const bool in_place = keys < kRows;
    std::vector<std::int64_t> batch(in_place ? most : most + 1, 1'000);  // mostly of no row
    std::iota(batch.begin(), batch.begin() + keys, 1);
    const MonotonicTime begin = clock->monotonic();
    EYRIE_CO_ASSERT_OK(co_await remove_all(workers, std::move(batch), long_segments()));
    EXPECT_EQ(clock->monotonic() - begin < offloaded, in_place);
    EYRIE_CO_ASSERT_TRY(const std::int64_t left, co_await count(workers, kSegment));
    EXPECT_EQ(left, kRows - keys);
  }
}

TEST_F(QueryNodeTest, ASmallBatchOfDeletesDoesNotQueueForACore) {
  deletes_in_place_max = QueryOptions().deletes_in_place_max;
  run(&QueryNodeTest::remove_up_to_the_bound);
}

}  // namespace
}  // namespace eyrie::query
