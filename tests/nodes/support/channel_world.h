// ChannelWorld: streaming nodes on simulated machines, around one channel "ch" with one collection.
//
// What outlives machines (catalog, log, objects, query nodes) is the test's. A node is used from
// its own machine: run() and spawn() give a body that node. The log's history is the oracle: what a
// read at T must answer follows from the records <= T alone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "index/kernels.h"
#include "nodes/streaming/channel_table.h"
#include "tests/nodes/support/fake_coordinator.h"
#include "tests/nodes/support/fake_workers.h"
#include "tests/nodes/support/rows.h"
#include "tests/support/memory_objects.h"
#include "tests/support/memory_wal.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {

inline constexpr char kChannel[] = "ch";
inline constexpr std::int64_t kCollection = 7;
inline constexpr char kShard[] = "ch_7v0";

class ChannelWorld;

// A node without its RPC layer. Lives in a task of its machine.
struct TestNode {
  TestNode(Environment& environment, ChannelWorld& world);

  Environment& environment;
  ChannelWorld& world;
  MemoryWal wal;
  MemoryObjects objects;
  FakeCoordinator coordinator;
  FakeWorkers workers;
  streaming::ChannelTable table;
  Gate stop;
};

// A visible row as reads answer it.
struct FoundRow {
  std::int64_t key = 0;
  std::int64_t value = 0;
  std::int64_t timestamp = 0;

  friend auto operator<=>(const FoundRow&, const FoundRow&) = default;
};

class ChannelWorld {
 public:
  explicit ChannelWorld(std::uint64_t seed = 1, bool shuffle = true);

  using Body = std::function<Task<void>(TestNode&)>;
  void run(const std::string& machine, Body body);
  void spawn(const std::string& machine, Body body);
  void run_for(Duration duration);

  // Begins the next term on the machine, whose node is started if need be, and waits for SERVING.
  void assign(const std::string& machine);
  // Ends the machine at once, and starts it again, empty.
  void crash(const std::string& machine);

  std::int64_t term() const { return catalog.terms.at(kChannel); }
  // What a read at T must find in the shard, in order.
  std::vector<FoundRow> expected(std::int64_t at) const;
  internal::Target make_target();

  membership::ClusterFormat format{kThisRelease};
  FakeCatalog catalog;
  std::set<std::int64_t> keys_sent{0};  // by clients, and one that never is
  MemoryWalStore wal;
  MemoryObjectStoreState objects;
  FakeQueryNodes query_nodes;
  streaming::StreamingOptions options;
  std::map<std::string, TestNode*> nodes;
  SimTestWorld world;

 private:
  TestNode& node(const std::string& machine);
  std::int64_t commands_ = 0;
  mutable std::vector<storage::WalRecord> decoded_;  // the log's history so far
  friend struct Client;
};

// What a proxy and the coordinator ask of a node, as tasks of its machine. The tasks do not need
// the Client that made them.
struct Client {
  explicit Client(TestNode& test_node) : node(test_node) {}

  Task<Status> create(bool drop = false);
  Task<Result<internal::AppendResponse>> append(internal::AppendKind kind,
                                                std::vector<TestRow> rows);
  Task<Result<internal::AppendResponse>> remove(std::vector<std::int64_t> keys);
  // Everything up to then.
  Task<Result<internal::SealResponse>> seal(std::int64_t until);
  Result<internal::ShardStateResponse> sync(bool release = false);
  // Syncs until the newest flushed state is readable.
  Task<void> load();
  // Repeats sync() for ever, as the coordinator does.
  Task<void> keep_synced();

  // Every visible row at exactly the guarantee: those of all keys that were ever sent, which must
  // be as many as are counted.
  Task<Result<std::vector<FoundRow>>> scan_at(std::int64_t guarantee);
  Task<Result<std::vector<FoundRow>>> scan();  // Strong
  Task<Result<std::vector<FoundRow>>> search(float x, std::int32_t limit);
  Task<Result<std::vector<FoundRow>>> get(std::vector<std::int64_t> keys);

  internal::Command command();
  internal::ReadHeader header(std::int64_t guarantee) const;

  TestNode& node;
};

}  // namespace eyrie::test
