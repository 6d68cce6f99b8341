// The database as `eyrie standalone` has it, every role on one executor of production's world, with
// the log that is to be measured under it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/standalone/standalone.h"
#include "nodes/standalone/stores.h"
#include "runtime/asio/asio_machine.h"
#include "runtime/asio/http/beast_http_wire.h"
#include "storage/s3/settings.h"
#include "storage/zero_disk/zero_disk_log.h"

namespace eyrie::bench {

// An object store in memory, where each request takes so long.
class DelayedObjects final : public storage::ObjectStore {
 public:
  DelayedObjects(Clock& clock, Duration delay) : clock_(clock), delay_(delay) {}

  Task<Status> put(std::string key, Bytes data) override;
  Task<Status> put_if_absent(std::string key, Bytes data) override;
  Task<Result<Bytes>> get(std::string key) override;
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override;
  Task<Result<storage::ObjectInfo>> head(std::string key) override;
  Task<Result<storage::ObjectPage>> list(std::string prefix, std::string start_after,
                                         std::size_t limit) override;
  Task<Status> remove(std::string key) override;

 private:
  Task<Status> travel();

  Clock& clock_;
  Duration delay_;
  std::map<std::string, Bytes> objects_;
};

// Where the log's records go.
struct LogPlace {
  enum class Kind : std::uint8_t { local_log, memory, s3 };

  std::string name;  // for the table
  Kind kind = Kind::local_log;
  Duration delay{};         // of each request, in memory
  HttpWireOptions s3 = {};  // with a bucket that is made
  storage::S3Settings bucket = {};
};

class Database {
 public:
  // Borrows the machine, whose disk it has for itself.
  Database(AsioMachine& machine, LogPlace place) : machine_(machine), place_(std::move(place)) {}

  // Returns once it serves.
  Task<void> start();
  Task<void> stop();
  const Address& address() const { return address_; }

 private:
  Task<void> open_log();
  Task<void> serve();

  AsioMachine& machine_;
  LogPlace place_;
  Address address_;
  std::unique_ptr<standalone::StandaloneStores> stores_;
  std::unique_ptr<BeastHttpWire> wire_;
  std::unique_ptr<storage::ObjectStore> blocks_;
  std::unique_ptr<storage::ZeroDiskLog> log_;
  std::unique_ptr<standalone::Standalone> server_;
  std::unique_ptr<TaskGroup> tasks_;
};

}  // namespace eyrie::bench
