// ClientProcess: one client of a plan: does its operations one after another through a proxy and
// writes down what it saw.
#pragma once

#include <memory>
#include <string>

#include "nodes/client/client.h"
#include "scenarios/history/history.h"
#include "sim/process.h"

namespace eyrie::scenarios {

inline constexpr char kCollection[] = "words";

// What a client needs; everything outlives it.
struct ClientContext {
  const Plan& plan;
  const Words& words;
  sim::World& world;
  History& history;
  std::size_t& finished;  // clients that are through
};

class ClientProcess : public sim::Process {
 public:
  ClientProcess(Environment& environment, ClientContext context, std::size_t client, Address proxy);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Task<void> do_operation(const ClientOp& op);
  Task<void> do_write(const ClientOp& op, Operation& record);
  Task<void> do_search(const ClientOp& op, Operation& record);
  Task<void> do_query(const ClientOp& op, Operation& record);

  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  client::Client proxy_;
  std::uint64_t session_timestamp_ = 0;
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
