// WalServer: the WAL service of the simulated world, on one of its machines: what Kafka, Pulsar or
// Woodpecker's service are to Milvus.
//
// It stands outside the system under test: its durable records belong to the world and outlive the
// machine. A stream "wal.append" is the right to append: its first message opens the term, the
// others are records; it ends with fenced when a higher term was opened, after acknowledging what
// had become durable of its own. Records of one channel are made durable in groups, while the next
// ones arrive.
#pragma once

#include <map>
#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/server.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/fakes/proto/wal.pb.h"
#include "storage/fakes/wal_faults.h"
#include "storage/fakes/wal_state.h"

namespace eyrie::storage::fakes {

inline constexpr std::string_view kWalAppend = "wal.append";
inline constexpr std::string_view kWalRead = "wal.read";
inline constexpr std::string_view kWalTruncate = "wal.truncate";

struct WalService {
  WalDurableState state;
  WalFaultInjector faults;
};

class WalServer {
 public:
  // The environment and the service outlive the server.
  WalServer(Environment& environment, WalService& service, rpc::ServerOptions options);

  Task<Status> start(Address address) { return server_.start(std::move(address)); }
  Task<void> stop();
  const Address& address() const { return server_.address(); }

 private:
  using AppendStream = rpc::TypedStream<wire::WalAppendRequest, wire::WalAppendResponse>;
  using ReadStream = rpc::TypedStream<wire::WalReadRequest, wire::WalReadResponse>;

  // What the machine knows of a channel beyond its log; gone with it.
  struct Activity {
    Condition changed;  // durable end or term
    bool syncing = false;
    // Where each term that was opened here begins: the one before it ends there.
    std::map<WalTerm, WalPosition> begins;
  };
  // One append stream, once opened.
  struct Session {
    std::string channel;
    WalTerm term = 0;
    WalPosition received = 0;  // the last position that came
    WalPosition acknowledged = 0;
  };

  Task<Status> append(wire::WalAppendRequest first, AppendStream stream);
  Task<Result<WalPosition>> open(std::string channel, WalTerm term);
  Result<WalPosition> open_now(const std::string& channel, WalTerm term);
  Task<void> open_later(std::string channel, WalTerm term, Duration delay);
  Task<Status> receive_records(Session& session, AppendStream stream);
  Task<Status> acknowledge(Session& session, AppendStream stream);
  WalPosition durable_end_of(const Session& session);
  Task<void> make_durable(std::string channel);

  Task<Status> read(wire::WalReadRequest first, ReadStream stream);
  Task<Result<wire::WalTruncateResponse>> truncate(wire::WalTruncateRequest request);

  Environment& environment_;
  WalFaultInjector& faults_;
  WalState state_;
  std::map<std::string, Activity> activities_;
  rpc::RpcServer server_;
  TaskGroup group_;
};

}  // namespace eyrie::storage::fakes
