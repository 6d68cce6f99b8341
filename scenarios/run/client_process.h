// ClientProcess: one client of a plan: does its operations one after another through proxies and
// writes down what it saw.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nodes/client/client.h"
#include "scenarios/history/history.h"
#include "sim/process.h"

namespace eyrie::scenarios {

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

// The calls of one client, each written down in the history as it is made.
class ClientCalls {
 public:
  // `proxies` begins with the client's own.
  ClientCalls(Environment& environment, ClientContext context, std::size_t client,
              const std::vector<Address>& proxies);

  // Does it once; returns its id, which is its place in the history.
  Task<std::size_t> do_operation(ClientOp op);
  client::Client& proxy() { return proxies_.front(); }
  Task<void> stop();

 private:
  Task<void> do_write(const ClientOp& op, Operation& record);
  Task<void> do_definition(const ClientOp& op, Operation& record);
  // What came of one call; the proxy outlives it.
  template <class Response, class Request>
  Task<Status> settled(client::Client& proxy, std::string method, Request request);
  Task<void> do_search(const ClientOp& op, Operation& record);
  Task<void> do_query(const ClientOp& op, Operation& record);

  // The timestamp that a read of this level is sent with.
  std::uint64_t timestamp_for(Level level) const;
  client::Client& proxy_of(const ClientOp& op) { return proxies_[op.proxy % proxies_.size()]; }
  void note_read(Operation& record, std::uint64_t session_timestamp);

  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  std::deque<client::Client> proxies_;
  std::uint64_t session_timestamp_ = 0;
  std::uint64_t strong_timestamp_ = 0;  // of the last strong read that was answered
};

class ClientProcess : public sim::Process {
 public:
  ClientProcess(Environment& environment, ClientContext context, std::size_t client,
                const std::vector<Address>& proxies);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  ClientCalls calls_;
  Gate stopping_;
};

}  // namespace eyrie::scenarios
