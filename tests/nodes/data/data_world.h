// DataWorld: a data node over its wire, one that loads what it builds, and whoever commands both.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/data/data_node.h"
#include "nodes/query/query_node.h"
#include "runtime/rpc/pool.h"
#include "tests/nodes/support/fake_coordinator.h"
#include "tests/nodes/support/rows.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::data {

using Built = internal::BuildIndexResponse;

inline constexpr std::int64_t kRows = 40;
inline constexpr std::int64_t kSegment = 7;
inline constexpr std::int64_t kLeader = 50;  // revision of the one whose commands come
// Makes a build take a second of a core (index/cost.h), for it is charged by this.
inline constexpr std::int32_t kSlow = 6'250'000;

inline std::vector<test::TestRow> rows() {
  std::vector<test::TestRow> made;
  for (std::int64_t key = 1; key <= kRows; ++key) {
    made.push_back({key, 1, {static_cast<float>(key), static_cast<float>(key * key % 11)}});
  }
  return made;
}

// So that what offloaded work finds is what was so when its time was over.
inline sim::WorldOptions reading_at_end() {
  sim::WorldOptions options;
  options.executor.offload_reads_at_end = true;
  return options;
}

template <class Node>
Task<void> serve(Node& node) {
  (void)co_await node.run();
}

struct DataWorld : testing::Test {
  DataWorld() {
    objects.objects = {{"binlog", test::make_binlog(kSegment, rows())}};
    catalog::IndexParameters& index = *catalog.add_collection(5, "ch", 1).mutable_index();
    index.set_index_type("HNSW");
    index.set_metric_type("IP");
    index.set_m(8);
    index.set_ef_construction(100);
  }

  // The nodes live until the body ends.
  using Body = std::function<Task<void>()>;
  void run(const Body& body) {
    sim::Machine& machine = world.world().add_machine({.name = "data", .cores = 8});
    world.world().start(machine, [](Environment& environment) {
      return std::make_unique<test::IdleProcess>(environment);
    });
    world.spawn("data", [this](Environment& environment) { return live(environment); });
    world.run("leader", [&](Environment& environment) { return command(environment, body); });
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
  Task<void> command(Environment& environment, const Body& body) {
    clock = &environment.clock;
    rpc::ChannelOptions channel_options;
    channel_options.self = {"test", NodeId(9), IncarnationId(1)};
    rpc::ChannelPool channels(environment, channel_options, 4);
    pool = &channels;
    incarnation = co_await incarnation_of("data", 4);
    co_await body();
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

  test::SimTestWorld world{5, reading_at_end()};
  test::MemoryMetaStore store{world.world()};
  test::MemoryObjectStoreState objects;
  test::FakeCatalog catalog;
  index::Kernels kernels = index::scalar_kernels();
  DataOptions options;
  Clock* clock = nullptr;
  rpc::ChannelPool* pool = nullptr;
  IncarnationId incarnation;
  std::int64_t sequence = 1;  // of the last command
  bool done = false;
  bool stopped = false;
};

}  // namespace eyrie::data
