// A whole cluster in one world: what a user does, end to end, through every role.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/client/client.h"
#include "scenarios/deployment/deployment.h"
#include "scenarios/plan/plan.h"
#include "tests/support/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

namespace pb = milvus::proto::milvus;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr int kDimension = 8;
constexpr char kName[] = "words";

// Row i's vector is that of no other row.
std::vector<float> vector_of(int row) {
  std::vector<float> vector(kDimension, 0.1F);
  vector[static_cast<std::size_t>(row % kDimension)] += 1.0F + static_cast<float>(row) / 100;
  return vector;
}

pb::CreateCollectionRequest create_request(int shards) {
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
  dimension->set_value(std::to_string(kDimension));
  pb::CreateCollectionRequest request;
  request.set_collection_name(kName);
  request.set_schema(collection.SerializeAsString());
  request.set_shards_num(shards);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"index_type", "HNSW"}, {"metric_type", "L2"}, {"M", "8"}, {"rows_min", "64"}}) {
    auto* pair = request.add_index_params();
    pair->set_key(name);
    pair->set_value(value);
  }
  return request;
}

pb::InsertRequest insert_request(int first, int count) {
  pb::InsertRequest request;
  request.set_collection_name(kName);
  request.set_num_rows(static_cast<std::uint32_t>(count));
  auto* words = request.add_fields_data();
  words->set_field_name("word");
  words->set_type(schema::VarChar);
  auto* vectors = request.add_fields_data();
  vectors->set_field_name("vector");
  vectors->set_type(schema::FloatVector);
  vectors->mutable_vectors()->set_dim(kDimension);
  for (int row = first; row < first + count; ++row) {
    words->mutable_scalars()->mutable_string_data()->add_data("w" + std::to_string(row));
    for (const float value : vector_of(row)) {
      vectors->mutable_vectors()->mutable_float_vector()->add_data(value);
    }
  }
  return request;
}

pb::SearchRequest search_request(int row) {
  pb::SearchRequest request;
  request.set_collection_name(kName);
  request.set_placeholder_group(client::placeholder_group(vector_of(row).data(), kDimension));
  request.set_consistency_level(common::Strong);
  auto* limit = request.add_search_params();
  limit->set_key("topk");
  limit->set_value("3");
  return request;
}

// A user of one proxy; every call has to succeed, in the end.
class User {
 public:
  User(Environment& environment, Address proxy)
      : environment_(environment), client_(environment, std::move(proxy), kCluster) {}

  // Repeats what fails without effect; anything else is a test failure.
  template <class Response, class Request>
  Task<Response> call(std::string method, Request request) {
    Response response;
    for (int attempt = 0; attempt < 200; ++attempt) {
      Result<Response> answer =
          co_await client_.call<Response>(method, request, environment_.clock.monotonic() + 20s);
      if (answer) {
        response = *answer;
        last_ = client::from_milvus(status_part(response));
        if (last_.ok()) co_return response;
      } else {
        last_ = answer.error();
      }
      (void)co_await environment_.clock.sleep_for(100ms);
    }
    ADD_FAILURE() << method << ": " << last_;
    co_return response;
  }

  template <class Response, class Request>
  Task<Status> once(std::string method, Request request) {
    EYRIE_CO_TRY(
        const Response response,
        co_await client_.call<Response>(method, request, environment_.clock.monotonic() + 20s));
    co_return client::from_milvus(status_part(response));
  }

  Task<void> until_loaded() {
    pb::GetLoadingProgressRequest request;
    request.set_collection_name(kName);
    for (int i = 0; i < 300; ++i) {
      const auto progress =
          co_await call<pb::GetLoadingProgressResponse>("GetLoadingProgress", request);
      if (progress.progress() == 100) co_return;
      (void)co_await environment_.clock.sleep_for(100ms);
    }
    ADD_FAILURE() << "the collection was not loaded in time";
  }

  Task<std::int64_t> count() {
    pb::QueryRequest request;
    request.set_collection_name(kName);
    request.add_output_fields("count(*)");
    request.set_consistency_level(common::Strong);
    const auto answer = co_await call<pb::QueryResults>("Query", request);
    if (answer.fields_data_size() != 1) co_return -1;
    co_return answer.fields_data(0).scalars().long_data().data(0);
  }

  Task<std::string> nearest(int row) {
    const auto answer = co_await call<pb::SearchResults>("Search", search_request(row));
    if (answer.results().ids().str_id().data_size() == 0) co_return "";
    co_return answer.results().ids().str_id().data(0);
  }

  // How many rows a strong query with this filter returns.
  Task<int> rows_of(std::string expression) {
    pb::QueryRequest request;
    request.set_collection_name(kName);
    request.set_expr(std::move(expression));
    request.add_output_fields("word");
    request.set_consistency_level(common::Strong);
    const auto answer = co_await call<pb::QueryResults>("Query", request);
    if (answer.fields_data_size() == 0) co_return 0;
    co_return answer.fields_data(0).scalars().string_data().data_size();
  }

  Task<void> flush() {
    pb::FlushRequest request;
    request.add_collection_names(kName);
    const auto flushed = co_await call<pb::FlushResponse>("Flush", request);
    pb::GetFlushStateRequest ask;
    ask.set_collection_name(kName);
    ask.set_flush_ts(flushed.coll_flush_ts().at(kName));
    for (const auto id : flushed.coll_segids().at(kName).data()) ask.add_segmentids(id);
    for (int i = 0; i < 300; ++i) {
      const auto state = co_await call<pb::GetFlushStateResponse>("GetFlushState", ask);
      if (state.flushed()) co_return;
      (void)co_await environment_.clock.sleep_for(100ms);
    }
    ADD_FAILURE() << "the collection was not flushed in time";
  }

  Task<void> stop() { return client_.stop(); }

 private:
  static const common::Status& status_part(const common::Status& status) { return status; }
  template <class Response>
  static const common::Status& status_part(const Response& response) {
    return response.status();
  }

  Environment& environment_;
  client::Client client_;
  Status last_;
};

// Counts trace events by name.
struct Marks : sim::TraceObserver {
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader& event,
                std::span<const Field>) override {
    ++counts[std::string(event.name)];
  }
  std::map<std::string, int> counts;
};

Task<void> use(Environment& environment, Address proxy, bool& done) {
  User user(environment, proxy);
  co_await user.call<common::Status>("CreateCollection", create_request(2));
  co_await user.call<pb::MutationResult>("Insert", insert_request(0, 60));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await user.call<common::Status>("LoadCollection", load);
  co_await user.until_loaded();
  EXPECT_EQ(co_await user.count(), 60);
  EXPECT_EQ(co_await user.nearest(17), "w17");
  pb::DeleteRequest remove;
  remove.set_collection_name(kName);
  remove.set_expr("word in ['w17', 'w3']");
  co_await user.call<pb::MutationResult>("Delete", remove);
  EXPECT_EQ(co_await user.count(), 58);
  EXPECT_NE(co_await user.nearest(17), "w17");
  for (int batch = 0; batch < 10; ++batch) {
    co_await user.call<pb::MutationResult>("Insert", insert_request(100 + batch * 50, 50));
  }
  co_await user.flush();
  EXPECT_EQ(co_await user.count(), 558);
  EXPECT_EQ(co_await user.nearest(333), "w333");
  EXPECT_NE(co_await user.nearest(17), "w17");
  // The sealed copies take over and get their graphs.
  EXPECT_TRUE((co_await environment.clock.sleep_for(20s)).ok());
  EXPECT_EQ(co_await user.count(), 558);
  EXPECT_EQ(co_await user.nearest(333), "w333");
  EXPECT_NE(co_await user.nearest(17), "w17");
  // A key that is asked for twice comes once, from growing rows and from sealed ones.
  EXPECT_EQ(co_await user.rows_of("word in ['w333', 'w333', 'w0', 'w17']"), 2);
  co_await user.stop();
  done = true;
}

Settings small_segments() {
  return settings_of({{"membership.lease", "5s"},
                      {"streaming.segment_rows_min", "100"},
                      {"streaming.segment_rows_max", "200"}},
                     "the test")
      .value();
}

std::uint64_t run_cluster(std::uint64_t seed, Marks& marks) {
  sim::World world(seed, {});
  world.add_observer(marks);
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  sim::Machine& machine = world.add_machine({.name = "client"});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  bool done = false;
  auto& process = static_cast<test::IdleProcess&>(machine.process());
  process.group().spawn(use(process.environment(), deployment.entrances().front(), done));
  world.run_until(300 * sim::kSecond, [&] { return done; });
  EXPECT_TRUE(done) << "stopped at " << world.now() / sim::kMillisecond << " ms";
  for (const sim::Mistake& mistake : world.mistakes()) {
    ADD_FAILURE() << mistake.machine << ": " << mistake.what;
  }
  return world.trace_hash();
}

TEST(Cluster, InsertSearchDeleteFlushAndHandOff) {
  Marks marks;
  run_cluster(1, marks);
  for (const char* mark : {"coordinator.leader_changed", "streaming.sealed", "streaming.flushed",
                           "data.indexed", "streaming.handed_off", "query.index_attached"}) {
    EXPECT_GT(marks.counts[mark], 0) << mark;
  }
}

// Which segments each query node holds, by its own word.
struct Held : sim::TraceObserver {
  void on_trace(sim::SimTime, const sim::Machine& machine, const EventHeader& event,
                std::span<const Field> values) override {
    const auto number = [&](std::size_t i) { return std::get<std::int64_t>(values[i]); };
    std::map<std::int64_t, std::int64_t>& terms = copies[machine.name()];
    if (event.name == "query.segment_loaded") terms[number(0)] = number(3);
    if (event.name == "query.segment_released") terms.erase(number(0));
    if (event.name == "query.copies_dropped") {
      std::erase_if(terms, [&](const auto& copy) { return copy.second < number(1); });
    }
  }
  std::size_t size() const {
    std::size_t count = 0;
    for (const auto& [machine, terms] : copies) count += terms.size();
    return count;
  }
  std::map<std::string, std::map<std::int64_t, std::int64_t>> copies;  // segment: term
};

Task<void> fill(Environment& environment, Address proxy, bool& done) {
  User user(environment, proxy);
  co_await user.call<common::Status>("CreateCollection", create_request(1));
  co_await user.call<pb::MutationResult>("Insert", insert_request(0, 200));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await user.call<common::Status>("LoadCollection", load);
  co_await user.flush();
  (void)co_await environment.clock.sleep_for(5s);
  co_await user.until_loaded();
  co_await user.stop();
  done = true;
}

Task<void> drop(Environment& environment, Address proxy, bool& done) {
  User user(environment, proxy);
  pb::DropCollectionRequest request;
  request.set_collection_name(kName);
  co_await user.call<common::Status>("DropCollection", request);
  co_await user.stop();
  done = true;
}

// `owners_crash`: every streaming node ends at the moment of the drop, so that nobody is left who
// knows what was loaded where.
void drop_loaded_collection(bool owners_crash) {
  sim::World world(3, {});
  Held held;
  world.add_observer(held);
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  sim::Machine& machine = world.add_machine({.name = "client"});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  auto& process = static_cast<test::IdleProcess&>(machine.process());
  const Address proxy = deployment.entrances().front();
  bool filled = false;
  process.group().spawn(fill(process.environment(), proxy, filled));
  world.run_until(300 * sim::kSecond, [&] { return filled; });
  ASSERT_TRUE(filled);
  ASSERT_GT(held.size(), 0U);
  bool dropped = false;
  process.group().spawn(drop(process.environment(), proxy, dropped));
  if (owners_crash) {
    for (const std::string& name : deployment.machines("streaming")) {
      world.end(*world.find_machine(name), sim::Ending::kill, sim::kSecond);
    }
  }
  world.run_until(world.now() + 120 * sim::kSecond, [&] { return dropped; });
  ASSERT_TRUE(dropped);
  world.run_until(world.now() + 30 * sim::kSecond, [&] { return held.size() == 0; });
  EXPECT_EQ(held.size(), 0U);
}

TEST(Cluster, AfterADropNoQueryNodeHoldsACopy) {
  drop_loaded_collection(false);
}

TEST(Cluster, AfterADropNoQueryNodeHoldsACopyThoughTheOwnersCrashed) {
  drop_loaded_collection(true);
}

// The proxy that did not hear of the drop and the creation serves the new collection all the same.
Task<void> recreate_elsewhere(Environment& environment, std::vector<Address> proxies, bool& done) {
  User first(environment, proxies.at(0));
  User second(environment, proxies.at(1));
  co_await first.call<common::Status>("CreateCollection", create_request(2));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await first.call<common::Status>("LoadCollection", load);
  co_await first.call<pb::MutationResult>("Insert", insert_request(0, 20));
  EXPECT_EQ(co_await second.count(), 20);
  pb::DropCollectionRequest remove;
  remove.set_collection_name(kName);
  co_await first.call<common::Status>("DropCollection", remove);
  co_await first.call<common::Status>("CreateCollection", create_request(1));
  // Without a repetition: nothing here may fail but for being not loaded yet.
  EXPECT_TRUE((co_await second.once<pb::MutationResult>("Insert", insert_request(0, 7))).ok());
  co_await second.call<common::Status>("LoadCollection", load);
  co_await second.until_loaded();
  EXPECT_EQ(co_await second.count(), 7);
  co_await second.flush();
  co_await first.call<common::Status>("DropCollection", remove);
  co_await first.call<common::Status>("CreateCollection", create_request(2));
  co_await first.call<common::Status>("LoadCollection", load);
  co_await first.until_loaded();
  EXPECT_TRUE((co_await second.once<pb::SearchResults>("Search", search_request(3))).ok());
  co_await first.stop();
  co_await second.stop();
  done = true;
}

TEST(Cluster, AProxyLearnsThatACollectionWasDroppedAndCreatedAnew) {
  sim::World world(4, {});
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  sim::Machine& machine = world.add_machine({.name = "client"});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  auto& process = static_cast<test::IdleProcess&>(machine.process());
  bool done = false;
  process.group().spawn(recreate_elsewhere(process.environment(), deployment.entrances(), done));
  world.run_until(300 * sim::kSecond, [&] { return done; });
  EXPECT_TRUE(done);
}

TEST(Cluster, TheSameSeedRunsTheSame) {
  Marks first;
  Marks second;
  EXPECT_EQ(run_cluster(2, first), run_cluster(2, second));
}

}  // namespace
}  // namespace eyrie::scenarios
