// CoordinatorWorld: coordinators on simulated machines, among nodes that are models of the others.
//
// The metadata store lives in the test. A fake node registers a session and answers commands from
// what the test set; it keeps what it was told. Coordinators are the real ones.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/coordinator/coordinator.h"
#include "nodes/membership/coordinator_client.h"
#include "nodes/proto/coordinator.pb.h"
#include "nodes/proto/data.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "runtime/rpc/server.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {

// What a streaming node does, and what it was told.
struct FakeStreaming {
  internal::ChannelState state = internal::CHANNEL_SERVING;
  std::string reason;  // of that state
  bool answers_ddl = true;
  bool answers_syncs = true;
  std::int64_t loads_since = 0;  // in its answers to these

  std::map<std::string, std::set<std::int64_t>> terms;  // assigned to it, by channel
  int assignments = 0;                                  // asked for, each repetition counted
  std::vector<std::pair<std::string, bool>> ddl;        // channel, and whether it is a drop
  std::vector<internal::SyncTargetRequest> syncs;
};

struct FakeData {
  Duration build_time = 1s;
  bool says_that_it_builds = true;

  Duration compaction_time = 100ms;  // of a merge, and of a hand-out
  std::set<std::int64_t> broken;     // segments that it cannot read, and delta logs

  int builds_begun = 0;
  int builds_done = 0;
  std::set<std::int64_t> building;  // builds and compactions
  std::vector<std::int64_t> built;  // segments, by builds that were begun
  // What it was asked, in its order: "merge 1 2", "hand_out 3: 1 2".
  std::vector<std::string> compactions;
  int compactions_done = 0;
  std::size_t compacting = 0;
  std::size_t compacting_most = 0;  // at a time
};

class CoordinatorWorld {
 public:
  explicit CoordinatorWorld(std::uint64_t seed = 1);

  // Node `number` on machine "c<number>"; the options are those of all.
  void start_coordinator(std::int64_t number);
  void start_streaming(std::int64_t number, FakeStreaming& node);
  void start_data(std::int64_t number, FakeData& node);
  // Ends the machine with its power.
  void crash(const std::string& machine);
  void run_for(Duration duration);
  // Runs until it holds; a failure of the test if it does not within a minute.
  void run_until(const std::function<bool()>& holds, const char* what);

  // Asks whoever leads, for at most `patience`.
  template <class Response, class Request>
  Result<Response> ask(std::string method, Request request, Duration patience = 20s) {
    std::optional<Result<Response>> answer;
    world.run("client", [&](Environment& environment) {
      return ask_task<Response, Request>(environment, store, "coordinator." + method, request,
                                         patience, answer);
    });
    return std::move(*answer);
  }
  Result<internal::CollectionResponse> create(const std::string& name, int shards);
  Status load(std::int64_t collection);
  // An attempt of the owner of (channel, term).
  Result<std::int64_t> begin_attempt(const std::string& channel, std::int64_t term);

  const catalog::CollectionRecord* collection(std::int64_t id);
  bool has(const std::string& key) const { return store.items.contains(key); }
  // Puts a record as if a leader had.
  void put(const std::string& key, const google::protobuf::MessageLite& record);

  SimTestWorld world;
  MemoryMetaStore store;
  MemoryObjectStoreState objects;
  coordinator::CoordinatorOptions options;

 private:
  template <class Response, class Request>
  static Task<void> ask_task(Environment& environment, MemoryMetaStore& store, std::string method,
                             const Request& request, Duration patience,
                             std::optional<Result<Response>>& answer) {
    MemoryMeta meta(environment, store);
    rpc::ChannelOptions channel_options;
    channel_options.self = {"test", NodeId(99), IncarnationId(1)};
    rpc::ChannelPool pool(environment, channel_options, 4);
    membership::CoordinatorClient client(environment, meta, pool);
    rpc::CallOptions call_options;
    call_options.deadline = environment.clock.monotonic() + patience;
    answer = co_await client.call<Response>(std::move(method), request, call_options);
    co_await pool.stop();
  }

  std::map<std::int64_t, catalog::CollectionRecord> decoded_;
};

}  // namespace eyrie::test
