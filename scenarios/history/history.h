// History: what clients saw, operation by operation, in one time: simulated, or of the machine
// whose clients they are. The checkers judge it alone.
//
// Outcomes are Jepsen's: ok; fail, which means certainly not applied; info, which means that it may
// have been, now or ever after (H1). Writes have an outcome for each row (D2).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/time.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

enum class Outcome : std::uint8_t { ok, fail, info };
std::string_view name_of(Outcome outcome);

struct WrittenRow {
  std::uint32_t word = 0;
  std::int64_t version = 0;  // of a delete: names the delete
  Outcome outcome = Outcome::info;
  std::uint64_t timestamp = 0;  // of its commit, if ok
};

struct SeenRow {
  std::string key;
  std::int64_t version = 0;
  bool payload_matches = false;  // the vector is that of (word, version), bit for bit
  std::uint64_t timestamp = 0;
  float score = 0;  // of a search
};

// What a describe was answered.
struct Described {
  std::int64_t id = 0;  // of the collection; 0: the answer has none
  std::int32_t shards = 0;

  bool operator==(const Described&) const = default;
};

// Who makes operations: a client of the plan, what prepares the collection, or a probe.
struct Caller {
  std::string role;        // "client", "setup", "probe"
  std::size_t number = 0;  // from 1; 0: there is only one

  std::string machine() const;   // that it runs on: "client-3"
  std::string sentence() const;  // "client 3"
};

struct Operation {
  std::size_t id = 0;
  std::size_t client = 0;  // from 0; see History::caller
  OpKind kind = OpKind::search;
  Level level = Level::strong;
  std::uint32_t collection = 0;  // as in the plan
  sim::SimTime invoked = 0;
  sim::SimTime completed = 0;  // kNever: no answer that says anything
  Outcome outcome = Outcome::info;
  std::string error;
  std::vector<WrittenRow> written;
  std::vector<std::uint32_t> asked;  // words of a query
  std::uint32_t query_row = 0;       // of a search: whose vector is looked for
  std::int32_t limit = 0;            // of a search
  std::int32_t ef = 0;               // of a search: candidates in each segment; 0: not known
  std::vector<SeenRow> seen;
  std::int64_t count = 0;
  Described described;
  std::uint64_t requested_timestamp = 0;       // that a read was sent with; 0: none
  std::uint64_t guarantee_timestamp = 0;       // what the answer says was promised
  std::vector<std::uint64_t> read_timestamps;  // one a shard that was asked
  std::vector<std::int32_t> read_shards;       // their numbers, in the same order
};

struct History {
  std::int32_t shards = 0;  // of the words; 0: not known
  // Of the words. Without one, every search must be exact.
  IndexType index = IndexType::hnsw;
  // Of the plan; who prepares and the probes count on from them. 0: not known, all are clients.
  std::size_t clients = 0;
  // How far behind a read at level Bounded may be.
  Duration bounded_staleness = std::chrono::seconds(5);
  std::vector<Operation> operations;  // in order of invocation

  // Of calls: each kind with each outcome.
  std::size_t count(OpKind kind, Outcome outcome) const;
  Caller caller(std::size_t client) const;
};

}  // namespace eyrie::scenarios
