// Counter: a sum that a server keeps and clients add to. What it has acknowledged is durable.
//
// It gets the world through the seams of its Environment, and so cannot tell which world that is.
// The sum is one small file, replaced as a whole by each addition: written anew under another name,
// synced, renamed, and its folder synced. A request is a number to add, as text; 0 only asks. The
// answer is the sum, as text.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/server.h"
#include "runtime/sync.h"

namespace example {

inline constexpr std::uint16_t kCounterPort = 4'000;
inline constexpr char kCluster[] = "example";
inline constexpr char kAdd[] = "Add";

// When an addition is acknowledged: once it is on the platter, or before, as would do for a cache.
enum class Durability : std::uint8_t { synced, none };

class Counter {
 public:
  // The environment outlives it.
  Counter(eyrie::Environment& environment, Durability durability);

  // Serves until request_stop(). data_loss if its file is damaged; other errors are the disk's, and
  // a restart may mend them.
  eyrie::Task<eyrie::Status> run();
  void request_stop() { stopping_.open(); }

 private:
  eyrie::Task<eyrie::Status> recover();
  eyrie::Task<eyrie::Status> store(std::int64_t sum);
  eyrie::Task<eyrie::Result<eyrie::Bytes>> add(eyrie::Bytes request);

  eyrie::Environment& environment_;
  Durability durability_;
  eyrie::rpc::RpcServer server_;
  eyrie::Semaphore one_at_a_time_{1};
  eyrie::Gate stopping_;
  std::int64_t sum_ = 0;  // as it was last stored, for sure
};

// A whole text that is a number; invalid_argument for any other.
eyrie::Result<std::int64_t> parse_number(const std::string& text);

}  // namespace example
