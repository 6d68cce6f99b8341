// A whole cluster in one world: what a user does, end to end, through every role, with each kind of
// key, index and metric, and a column of every type.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/scenarios/cluster_user.h"

namespace eyrie::scenarios {
namespace {

constexpr int kNearest = 5;

class Story {
 public:
  Story(Environment& environment, Address proxy, Kind kind, const Marks& marks)
      : environment_(environment),
        user_(environment, std::move(proxy)),
        table_(std::move(kind)),
        marks_(marks) {}

  Task<void> tell();

 private:
  enum class Found : std::uint8_t { exactly, nearly };  // by a graph

  Task<void> insert(RowNumbers rows);
  Task<void> remove(RowNumbers rows, std::string expression);
  Task<void> refuse_what_does_not_fit();
  Task<void> expect_everything(Found found);
  Task<void> expect_rows(std::string expression, RowNumbers wanted);
  Task<std::size_t> search(int query);

  Environment& environment_;
  User user_;
  const Table table_;
  const Marks& marks_;
  std::set<int> live_;
};

Task<void> Story::insert(RowNumbers rows) {
  co_await user_.call<pb::MutationResult>("Insert", table_.insert(rows));
  live_.insert(rows.begin(), rows.end());
}

Task<void> Story::remove(RowNumbers rows, std::string expression) {
  pb::DeleteRequest request;
  request.set_collection_name(kName);
  request.set_expr(std::move(expression));
  co_await user_.call<pb::MutationResult>("Delete", request);
  for (const int row : rows) live_.erase(row);
}

Task<void> Story::refuse_what_does_not_fit() {
  for (const std::int32_t wrong : {128, -129}) {
    pb::InsertRequest request = table_.insert(row_numbers(900, 3));
    schema::FieldData& field = *request.mutable_fields_data(2);
    field.mutable_scalars()->mutable_int_data()->set_data(1, wrong);
    const Status status = co_await user_.once<pb::MutationResult>("Insert", request);
    EXPECT_EQ(status.code(), Code::invalid_argument) << status;
    EXPECT_EQ(status.message(), "a value of field int8 is out of its range");
  }
  EXPECT_EQ(co_await user_.count(), std::ssize(live_));
}

Task<void> Story::expect_rows(std::string expression, RowNumbers wanted) {
  const auto answer = co_await user_.call<pb::QueryResults>("Query", table_.query(expression));
  const RowNumbers found = table_.read(answer);
  const std::multiset<int> sorted(found.begin(), found.end());
  EXPECT_EQ(sorted, std::multiset<int>(wanted.begin(), wanted.end())) << expression;
}

// How many of the nearest it found; what it finds is right, whatever it is.
Task<std::size_t> Story::search(int query) {
  const auto answer =
      co_await user_.call<pb::SearchResults>("Search", table_.search(query, kNearest));
  const RowNumbers found = table_.read(answer);
  const auto& scores = answer.results().scores();
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kNearest));
  EXPECT_EQ(scores.size(), std::ssize(found));
  const std::vector<float> best = table_.best_scores(query, live_, kNearest);
  const std::set<int> distinct(found.begin(), found.end());
  EXPECT_EQ(distinct.size(), found.size());
  std::size_t hits = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(live_.contains(found[i])) << found[i];
    const float score = scores.at(static_cast<int>(i));
    EXPECT_EQ(score, table_.score(query, found[i])) << "rows " << query << " and " << found[i];
    // Ties may come in any order. A result that lacks one is worse from there on.
    hits += score == best.at(i) ? 1 : 0;
  }
  co_return hits;
}

Task<void> Story::expect_everything(Found how) {
  EXPECT_EQ(co_await user_.count(), std::ssize(live_));
  RowNumbers all = row_numbers(0, Table::kRowsMax);
  all.insert(all.end(), {0, 5, 20});  // who is asked for twice comes once
  co_await expect_rows(table_.one_of(all), {live_.begin(), live_.end()});
  for (int row = 0; row < Table::kSpecialKeys; ++row) {
    co_await expect_rows(table_.is(row), live_.contains(row) ? RowNumbers{row} : RowNumbers());
  }
  std::size_t hits = 0;
  std::size_t wanted = 0;
  for (int query = 0; query < Table::kRowsMax; query += 41) {
    hits += co_await search(query);
    wanted += kNearest;
  }
  if (how == Found::exactly) {
    EXPECT_EQ(hits, wanted);
  } else {
    EXPECT_GE(hits * 10, wanted * 9);
  }
}

Task<void> Story::tell() {
  co_await user_.call<common::Status>("CreateCollection", table_.create(2));
  co_await insert(row_numbers(0, 60));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await user_.call<common::Status>("LoadCollection", load);
  co_await user_.until_loaded();
  co_await refuse_what_does_not_fit();
  co_await expect_everything(Found::exactly);
  co_await remove({1, 17, 30}, table_.one_of({1, 17, 30, 999}));
  co_await remove({2}, table_.is(2));
  co_await expect_everything(Found::exactly);
  EXPECT_FALSE(marks_.counts.contains("streaming.sealed"));  // all of it was of growing rows
  for (int batch = 0; batch < 10; ++batch) co_await insert(row_numbers(100 + batch * 50, 50));
  co_await user_.flush();
  const Found sealed = table_.kind().index == "FLAT" ? Found::exactly : Found::nearly;
  co_await expect_everything(sealed);
  // The sealed copies take over and get their graphs.
  EXPECT_TRUE((co_await environment_.clock.sleep_for(20s)).ok());
  co_await expect_everything(sealed);
  co_await remove({0, 333}, table_.one_of({333, 0}));
  co_await remove({5}, table_.is(5));
  co_await expect_everything(sealed);
  co_await user_.stop();
}

Task<void> tell(Environment& environment, Address proxy, Kind kind, const Marks& marks,
                bool& done) {
  Story story(environment, std::move(proxy), std::move(kind), marks);
  co_await story.tell();
  done = true;
}

std::uint64_t run_cluster(std::uint64_t seed, const Kind& kind, Marks& marks) {
  sim::World world(seed, {});
  world.add_observer(marks);
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  test::IdleProcess& client = start_client(world);
  bool done = false;
  client.group().spawn(
      tell(client.environment(), deployment.entrances().front(), kind, marks, done));
  world.run_until(300 * sim::kSecond, [&] { return done; });
  EXPECT_TRUE(done) << "stopped at " << world.now() / sim::kMillisecond << " ms";
  for (const sim::Mistake& mistake : world.mistakes()) {
    ADD_FAILURE() << mistake.machine << ": " << mistake.what;
  }
  return world.trace_hash();
}

const std::vector<Kind> kKinds = {
    {"VarCharHnswL2", schema::VarChar, "HNSW", "L2"},
    {"VarCharFlatCosine", schema::VarChar, "FLAT", "COSINE"},
    {"Int64FlatIp", schema::Int64, "FLAT", "IP"},
    {"Int64HnswCosine", schema::Int64, "HNSW", "COSINE"},
    {"Int64HnswIp", schema::Int64, "HNSW", "IP"},
};

class ClusterOf : public testing::TestWithParam<Kind> {};

TEST_P(ClusterOf, InsertSearchDeleteFlushAndHandOff) {
  Marks marks;
  run_cluster(1, GetParam(), marks);
  for (const char* mark : {"coordinator.leader_changed", "streaming.sealed", "streaming.flushed",
                           "streaming.handed_off"}) {
    EXPECT_GT(marks.counts[mark], 0) << mark;
  }
  for (const char* mark : {"data.indexed", "query.index_attached"}) {
    EXPECT_EQ(marks.counts[mark] > 0, GetParam().index == "HNSW") << mark;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ClusterOf, testing::ValuesIn(kKinds),
                         [](const auto& each) { return each.param.name; });

TEST(ClusterSeed, TheSameSeedRunsTheSame) {
  Marks first;
  Marks second;
  EXPECT_EQ(run_cluster(2, kKinds.front(), first), run_cluster(2, kKinds.front(), second));
}

}  // namespace
}  // namespace eyrie::scenarios
