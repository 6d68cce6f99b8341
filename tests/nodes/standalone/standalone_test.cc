// A standalone on one simulated machine: what it acknowledged outlives power cuts, and its end is
// orderly.
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/client/client.h"
#include "nodes/standalone/events.h"
#include "nodes/standalone/process.h"
#include "tests/support/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::standalone {
namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr int kDimension = 4;
constexpr char kName[] = "words";
constexpr char kMachine[] = "alone";
constexpr std::uint16_t kPort = 19'531;

// Counts what a log at the usual level would show, by name.
class LogCounter final : public Tracer {
 public:
  using Lines = std::map<std::string, int>;
  LogCounter(Tracer& inner, Lines& lines) : inner_(inner), lines_(lines) {}
  void record(const EventHeader& event, std::span<const Field> values) override {
    if (event.level >= Level::info) ++lines_[std::string(event.name)];
    inner_.record(event, values);
  }

 private:
  Tracer& inner_;
  Lines& lines_;
};

class Process final : public sim::Process {
 public:
  Process(Environment& environment, StandaloneOptions options, LogCounter::Lines& lines)
      : counter_(environment.tracer, lines),
        environment_{environment.executor, environment.clock, environment.random,
                     environment.network,  environment.disk,  counter_,
                     environment.metrics},
        process_(environment_, *index::best_kernels(), std::move(options)) {}
  Task<Status> run() override { return process_.run(); }
  void request_stop() override { process_.request_stop(); }

 private:
  LogCounter counter_;
  Environment environment_;
  StandaloneProcess process_;
};

pb::CreateCollectionRequest create_request() {
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
  request.set_shards_num(2);
  return request;
}

pb::UpsertRequest upsert_request(int first, int count) {
  pb::UpsertRequest request;
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
    for (int i = 0; i < kDimension; ++i) {
      vectors->mutable_vectors()->mutable_float_vector()->add_data(static_cast<float>(row + i));
    }
  }
  return request;
}

// What its user did and learned, over all lives of the server.
struct Story {
  int sent = 0;   // rows, from w0 on
  int acked = 0;  // of these, in order
  bool waiting = false;
  bool asked = false;
  std::int64_t count = -1;
};

class User {
 public:
  User(Environment& environment, Story& story)
      : environment_(environment),
        story_(story),
        client_(environment, {kMachine, kPort}, kCluster) {}

  // Until it succeeds: every request here may be repeated.
  template <class Response, class Request>
  Task<Response> call(std::string method, Request request) {
    while (true) {
      const Result<Response> answer =
          co_await client_.call<Response>(method, request, environment_.clock.monotonic() + 5s);
      const Status status = answer ? client::from_milvus(status_part(*answer)) : answer.error();
      if (answer && (status.ok() || status.code() == Code::already_exists)) co_return *answer;
      (void)co_await environment_.clock.sleep_for(50ms);
    }
  }

  Task<void> prepare() {
    co_await call<common::Status>("CreateCollection", create_request());
    pb::LoadCollectionRequest load;
    load.set_collection_name(kName);
    co_await call<common::Status>("LoadCollection", load);
  }

  Task<void> write(int batches) {
    for (int batch = 0; batch < batches; ++batch) {
      story_.sent = std::max(story_.sent, story_.acked + kBatch);
      co_await call<pb::MutationResult>("Upsert", upsert_request(story_.acked, kBatch));
      story_.acked += kBatch;
    }
  }

  Task<void> count() {
    pb::QueryRequest request;
    request.set_collection_name(kName);
    request.set_consistency_level(common::Strong);
    request.add_output_fields("count(*)");
    const auto answer = co_await call<pb::QueryResults>("Query", request);
    EYRIE_CO_ASSERT(answer.fields_data_size() == 1);
    story_.count = answer.fields_data(0).scalars().long_data().data(0);
  }

  Task<void> stop() { return client_.stop(); }

  static constexpr int kBatch = 7;

 private:
  static const common::Status& status_part(const common::Status& status) { return status; }
  template <class Response>
  static const common::Status& status_part(const Response& response) {
    return response.status();
  }

  Environment& environment_;
  Story& story_;
  client::Client client_;
};

Task<void> fill(Environment& environment, Story& story, bool& done) {
  User user(environment, story);
  co_await user.prepare();
  co_await user.write(40);
  co_await user.stop();
  done = true;
}

Task<void> ask_count(Environment& environment, Story& story) {
  User user(environment, story);
  co_await user.count();
  co_await user.stop();
}

class StandaloneTest : public testing::Test {
 protected:
  explicit StandaloneTest(std::uint64_t seed = 1) { begin(seed); }

  void begin(std::uint64_t seed) {
    world_ = std::make_unique<test::SimTestWorld>(seed);
    story_ = {};
    world_->world().set_supervision(sim::kSecond);
    server_ = &world_->world().add_machine({.name = kMachine});
    StandaloneOptions options;
    options.listen = {kMachine, kPort};
    options.streaming.streaming.seal.rows_min = 20;
    options.streaming.streaming.seal.rows_max = 40;
    world_->world().start(*server_, [options, this](Environment& environment) {
      return std::make_unique<Process>(environment, options, lines_);
    });
  }

  sim::SimTime now() { return world_->world().now(); }

  LogCounter::Lines lines_;
  std::unique_ptr<test::SimTestWorld> world_;
  sim::Machine* server_ = nullptr;
  Story story_;
};

TEST_F(StandaloneTest, WhatWasAcknowledgedOutlivesPowerCuts) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    begin(seed);
    bool done = false;
    world_->spawn("client",
                  [&](Environment& environment) { return fill(environment, story_, done); });
    Random random(seed);
    for (int cut = 0; cut < 4 && !done; ++cut) {
      const sim::SimTime until = now() + sim::SimTime(random.below(4 * sim::kSecond));
      world_->world().run_until(until, [&] { return done; });
      world_->world().end(*server_, sim::Ending::power_cut, sim::kSecond / 2);
    }
    world_->world().run_until(now() + 600 * sim::kSecond, [&] { return done; });
    ASSERT_TRUE(done) << "seed " << seed << ": " << story_.acked << " rows were acknowledged";
    world_->world().end(*server_, sim::Ending::power_cut, sim::kSecond);
    world_->run("client", [&](Environment& environment) { return ask_count(environment, story_); });
    EXPECT_EQ(story_.count, story_.acked) << "seed " << seed;
  }
}

// Nobody else has the stores, so what a dead process held need not run out.
TEST_F(StandaloneTest, ARestartDoesNotWaitForTheLeasesOfTheProcessBefore) {
  bool done = false;
  world_->spawn("client",
                [&](Environment& environment) { return fill(environment, story_, done); });
  world_->world().run_until(now() + 600 * sim::kSecond, [&] { return done; });
  ASSERT_TRUE(done);
  world_->world().end(*server_, sim::Ending::kill, sim::kSecond / 10);
  const sim::SimTime killed = now();
  world_->run("client", [&](Environment& environment) { return ask_count(environment, story_); });
  EXPECT_EQ(story_.count, story_.acked);
  const sim::SimTime lease =
      sim::SimTime(to_ns(StandaloneOptions().coordinator.lease.time_to_live));
  EXPECT_LT(now() - killed, lease / 2);
}

// Fails every such operation of the disk from the moment that the stores are open.
class FailsOnceOpened final : public sim::TraceObserver {
 public:
  FailsOnceOpened(sim::Machine& server, Ratio sim::DiskFaults::* what)
      : server_(server), what_(what) {}
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader& event,
                std::span<const Field>) override {
    if (event.name == kOpened.name) server_.device().faults.*what_ = {1, 1};
  }

 private:
  sim::Machine& server_;
  Ratio sim::DiskFaults::* what_;
};

struct StandaloneStartTest : StandaloneTest,
                             testing::WithParamInterface<Ratio sim::DiskFaults::*> {};

// Whoever supervises it must not take that for a service that will be there later: to its store a
// read that fails is a transaction that certainly did nothing, a write one of unknown outcome.
TEST_P(StandaloneStartTest, OneThatItsDiskFailsEndsForThat) {
  bool done = false;
  world_->spawn("client",
                [&](Environment& environment) { return fill(environment, story_, done); });
  world_->world().run_until(now() + 600 * sim::kSecond, [&] { return done; });
  ASSERT_TRUE(done);
  std::optional<Status> ended;
  world_->world().set_may_end([&](const sim::Machine&, const Status& status) {
    if (!ended) ended = status;
    return true;
  });
  FailsOnceOpened fails(*server_, GetParam());
  world_->world().add_observer(fails);
  world_->world().end(*server_, sim::Ending::kill, sim::kSecond / 10);
  world_->world().run_until(now() + 10 * sim::kSecond, [&] { return ended.has_value(); });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code(), Code::io_error) << *ended;
  EXPECT_NE(ended->message().find("the sessions of the run before"), std::string::npos) << *ended;
}

INSTANTIATE_TEST_SUITE_P(Disk, StandaloneStartTest,
                         testing::Values(&sim::DiskFaults::read_error,
                                         &sim::DiskFaults::write_error));

TEST_F(StandaloneTest, AnOrderlyEndIsOneAndLosesNothing) {
  bool done = false;
  world_->spawn("client",
                [&](Environment& environment) { return fill(environment, story_, done); });
  world_->world().run_until(now() + 600 * sim::kSecond, [&] { return story_.acked > 100; });
  ASSERT_GT(story_.acked, 100);
  server_->request_stop();
  world_->world().run_until(now() + 60 * sim::kSecond, [&] { return !server_->running(); });
  ASSERT_FALSE(server_->running()) << "it does not end";
  world_->world().start(*server_);
  world_->world().run_until(now() + 600 * sim::kSecond, [&] { return done; });
  ASSERT_TRUE(done);
  world_->run("client", [&](Environment& environment) { return ask_count(environment, story_); });
  EXPECT_EQ(story_.count, story_.acked);
}

TEST_F(StandaloneTest, OneThatIsIdleLogsNothing) {
  bool done = false;
  world_->spawn("client",
                [&](Environment& environment) { return fill(environment, story_, done); });
  world_->world().run_until(now() + 600 * sim::kSecond, [&] { return done; });
  ASSERT_TRUE(done);
  world_->world().run_until(now() + 60 * sim::kSecond);  // until what was written has settled
  EXPECT_FALSE(lines_.empty());
  lines_.clear();
  world_->world().run_until(now() + 300 * sim::kSecond);
  for (const auto& [name, count] : lines_) ADD_FAILURE() << count << " lines of " << name;
}

}  // namespace
}  // namespace eyrie::standalone
