// ClientCalls: what one client does through proxies, operation by operation, written down as it saw
// it. In whichever world it is: all that it needs of one is in the environment and HistoryTime.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nodes/client/client.h"
#include "scenarios/history/history.h"
#include "sim/scheduler.h"

namespace eyrie::scenarios {

// How far clients are, for whoever waits for them.
struct Progress {
  struct Wait {
    std::string what;    // and whom: "flush of proxy-1:19530"
    std::string answer;  // the last one to that
  };
  std::size_t finished = 0;
  std::map<std::string, Wait> waits;  // by machine, of those that are not through
};

// The one time of a history, whatever clocks its clients' machines have.
class HistoryTime {
 public:
  HistoryTime() = default;
  HistoryTime(const HistoryTime&) = delete;
  HistoryTime& operator=(const HistoryTime&) = delete;
  virtual ~HistoryTime() = default;

  virtual sim::SimTime now() const = 0;
};

// What a client needs; everything outlives it.
struct ClientContext {
  const Plan& plan;
  const Words& words;
  const HistoryTime& time;
  History& history;
  Progress& progress;
  Duration call_timeout = 8s;
};

// The calls of one client, each written down in the history as it is made.
class ClientCalls {
 public:
  // `machine` is where it runs; `proxies` begins with the client's own.
  ClientCalls(Environment& environment, ClientContext context, std::size_t client,
              std::string machine, const std::vector<Address>& proxies);

  // Does it once; returns its id, which is its place in the history.
  Task<std::size_t> do_operation(ClientOp op);
  client::Client& proxy() { return proxies_.front(); }
  // For who asks why the client is not through.
  void wait_for(const std::string& what, const Address& proxy);
  void heard(std::string answer) { context_.progress.waits[machine_].answer = std::move(answer); }
  void be_through();
  Task<void> stop();

 private:
  Task<void> do_write(const ClientOp& op, Operation& record);
  Task<void> do_definition(const ClientOp& op, Operation& record);
  Task<void> do_describe(const ClientOp& op, Operation& record);
  // What came of one call; the proxy outlives it.
  template <class Response, class Request>
  Task<Status> settled(client::Client& proxy, std::string method, Request request);
  Task<void> do_search(const ClientOp& op, Operation& record);
  Task<void> do_query(const ClientOp& op, Operation& record);

  // The timestamp that a read of this level is sent with.
  std::uint64_t timestamp_for(Level level) const;
  client::Client& proxy_of(const ClientOp& op) { return proxies_[op.proxy % proxies_.size()]; }
  void note_read(Operation& record, std::uint64_t session_timestamp);
  // One client in four reads at one time for long.
  bool keeps_timestamp() const;

  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  std::string machine_;
  std::deque<client::Client> proxies_;
  std::uint64_t session_timestamp_ = 0;
  std::uint64_t strong_timestamp_ = 0;  // what pinned reads are at: that of a strong one
  sim::SimTime strong_since_ = 0;
};

}  // namespace eyrie::scenarios
