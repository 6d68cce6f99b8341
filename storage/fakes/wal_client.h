// WalServiceClient: the Wal on the simulated WAL service (wal_server.h), through runtime/rpc.
//
// Part of the system under test like every other client: it tells an unknown outcome from one that
// is known. Appends are pipelined on one stream in the order of the calls; an append whose caller
// stops waiting goes on. Readers reconnect by themselves.
#pragma once

#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/channel.h"
#include "runtime/task_group.h"
#include "storage/seam/wal.h"

namespace eyrie::storage::fakes {

struct WalClientOptions {
  Duration open_timeout = 10s;
  Duration truncate_timeout = 10s;
  Duration back_off_min = 10ms;  // of readers that reconnect
  Duration back_off_max = 2s;
};

class WalServiceClient final : public Wal {
 public:
  // The channel leads to the server; it and the environment outlive this.
  WalServiceClient(Environment& environment, rpc::RpcChannel& channel, WalClientOptions options);

  Task<Result<std::unique_ptr<WalWriter>>> open(std::string channel, WalTerm term) override;
  Task<Result<std::unique_ptr<WalReader>>> read(std::string channel, WalPosition from) override;
  Task<Status> truncate(std::string channel, WalTerm term, WalPosition to) override;

  // Breaks every writer, whose appends under way end with an unknown outcome, and waits for that.
  // Once open() was called, needed before destruction; writers and readers may remain.
  Task<void> stop();

 private:
  Environment& environment_;
  rpc::RpcChannel& channel_;
  WalClientOptions options_;
  TaskGroup group_;
};

}  // namespace eyrie::storage::fakes
