// What a data node builds: byte for byte, under which name, and that a query node loads it.
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "index/hnsw.h"
#include "nodes/streaming/rpc_query_workers.h"
#include "nodes/wire/columns.h"
#include "storage/format/paths.h"
#include "tests/nodes/data/data_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::data {
namespace {

struct BuiltGraph : DataWorld {
  Task<void> build_and_load();
  Task<void> expect_loads(catalog::IndexRecord index);
};

// The same bytes whoever builds it: the segment is the seed.
Bytes graph() {
  index::Matrix matrix(2);
  for (const test::TestRow& row : rows()) matrix.add_row(row.vector);
  return index::HnswIndex::build(index::scalar_kernels(), index::Metric::inner_product,
                                 matrix.view(), {.M = 8, .ef_construction = 100, .seed = kSegment})
      .value()
      .serialize();
}

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

Task<void> BuiltGraph::expect_loads(catalog::IndexRecord index) {
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

Task<void> BuiltGraph::build_and_load() {
  EYRIE_CO_ASSERT_TRY(const Built built, co_await build(order(90)));
  EXPECT_EQ(built.index().build_id(), 90);
  EXPECT_EQ(graphs(), 1U);
  EYRIE_CO_ASSERT_TRY(const storage::IndexFileName name,
                      storage::parse_index_key(built.index().file().key()));
  EXPECT_EQ(name.build, storage::BuildId(90));
  EXPECT_EQ(name.attempt, storage::AttemptId(90));  // a build is one attempt
  EXPECT_EQ(name.segment, storage::SegmentId(kSegment));
  const Bytes& object = objects.objects.at(built.index().file().key());
  EXPECT_EQ(built.index().file().bytes(), object.size());
  EXPECT_EQ(object, graph());
  co_await expect_loads(built.index());
}

TEST_F(BuiltGraph, IsWhatAQueryNodeLoads) {
  run([this] { return build_and_load(); });
}

}  // namespace
}  // namespace eyrie::data
