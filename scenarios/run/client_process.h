// ClientProcess: one client of a plan: does its operations one after another through a proxy and
// writes down what it saw.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/client/client.h"
#include "scenarios/history/history.h"
#include "sim/process.h"

namespace eyrie::scenarios {

inline constexpr char kCollection[] = "words";

// How far clients are, for whoever waits for them.
struct Progress {
  std::size_t finished = 0;
  std::map<std::string, std::string> waits;  // by machine: what it last asked for, and the answer
};

// What a client needs; everything outlives it.
struct ClientContext {
  const Plan& plan;
  const Words& words;
  sim::World& world;
  History& history;
  Progress& progress;
};

// The calls of one client through one proxy, each written down in the history as it is made.
class ClientCalls {
 public:
  ClientCalls(Environment& environment, ClientContext context, std::size_t client, Address proxy);

  // Does it once; returns its id, which is its place in the history.
  Task<std::size_t> do_operation(ClientOp op);
  client::Client& proxy() { return proxy_; }

 private:
  Task<void> do_write(const ClientOp& op, Operation& record);
  Task<void> do_search(const ClientOp& op, Operation& record);
  Task<void> do_query(const ClientOp& op, Operation& record);

  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  client::Client proxy_;
  std::uint64_t session_timestamp_ = 0;
};

class ClientProcess : public sim::Process {
 public:
  ClientProcess(Environment& environment, ClientContext context, std::size_t client, Address proxy);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  ClientCalls calls_;
  Gate stopping_;
};

// Requests, for whoever prepares or probes a collection.
client::pb::CreateCollectionRequest create_request(const Words& words, std::int32_t shards);
client::pb::QueryRequest query_request(const Words& words, const std::vector<std::uint32_t>& asked,
                                       Level level);
// What a query's answer says of each row.
void read_rows(const google::protobuf::RepeatedPtrField<milvus::proto::schema::FieldData>& fields,
               const google::protobuf::RepeatedField<std::uint64_t>& timestamps, const Words& words,
               std::vector<SeenRow>& seen);

}  // namespace eyrie::scenarios
