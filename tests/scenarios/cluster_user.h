// What tests of a whole cluster share: its user, and how they watch it.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "nodes/client/client.h"
#include "scenarios/deployment/deployment.h"
#include "scenarios/plan/plan.h"
#include "tests/scenarios/cluster_table.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {

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

  Task<void> flush() {
    pb::FlushRequest request;
    request.add_collection_names(kName);
    const auto flushed = co_await call<pb::FlushResponse>("Flush", request);
    pb::GetFlushStateRequest ask;
    ask.set_collection_name(kName);
    ask.set_flush_ts(flushed.coll_flush_ts().at(kName));
    for (const auto id : flushed.coll_segids().at(kName).data()) ask.add_segmentids(id);
    // Nothing fails here, so not even the most uneven shards need longer.
    for (int i = 0; i < 30; ++i) {
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

inline Settings small_segments() {
  return settings_of({{"membership.lease", "5s"},
                      {"streaming.segment_rows_min", "100"},
                      {"streaming.segment_rows_max", "200"}},
                     "the test")
      .value();
}

// A machine beside the cluster.
inline test::IdleProcess& start_client(sim::World& world) {
  sim::Machine& machine = world.add_machine({.name = "client"});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  return static_cast<test::IdleProcess&>(machine.process());
}

}  // namespace eyrie::scenarios
