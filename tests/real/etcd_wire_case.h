// Cases of the wire to a real etcd: coroutines with an etcd of their own.
//
//   EYRIE_WIRE_CASE(Name, 1 or 3) { ... co_await t.wire().call(...); ... }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/offload.h"
#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "tests/real/etcd_server.h"

namespace eyrie::test {

// What a case may use.
class WireCase {
 public:
  WireCase(EtcdServer& etcd, Environment& environment,
           std::vector<std::unique_ptr<storage::EtcdWire>> wires)
      : etcd_(etcd), environment_(environment), wires_(std::move(wires)) {}

  storage::EtcdWire& wire(std::size_t member = 0) { return *wires_.at(member); }
  Clock& clock() { return environment_.clock; }
  MonotonicTime in(Duration time) { return clock().monotonic() + time; }

  // A verb of the server's script, off this executor.
  Task<Status> etcd(std::string verb, std::vector<std::string> arguments = {}) {
    const auto run = [this, verb, arguments] { return etcd_.run(verb, arguments); };
    co_return co_await offload(0, run);
  }
  Task<void> stop() {
    for (const std::unique_ptr<storage::EtcdWire>& wire : wires_) co_await wire->stop();
  }

 private:
  EtcdServer& etcd_;
  Environment& environment_;
  std::vector<std::unique_ptr<storage::EtcdWire>> wires_;
};

inline void run_wire_case(Task<void> (*body)(WireCase&), std::size_t members) {
  const std::string lacks = RealServer::missing(kEtcdScript);
  if (!lacks.empty()) GTEST_SKIP() << lacks;
  RealTestWorld world;
  EtcdServer etcd(members);
  AsioMachine& machine = world.asio_machine("client");
  WireCase test(etcd, machine.environment(), etcd.wires(machine));
  world.run("client", [&](Environment&) { return body(test); });
  world.run("client", [&](Environment&) { return test.stop(); });
}

#define EYRIE_WIRE_CASE(name, members)         \
  Task<void> wire_case_##name(WireCase& t);    \
  TEST(EtcdWire, name) {                       \
    run_wire_case(&wire_case_##name, members); \
  }                                            \
  Task<void> wire_case_##name([[maybe_unused]] WireCase& t)

inline Bytes range_of(const std::string& key) {
  etcdserverpb::RangeRequest request;
  request.set_key(key);
  return request.SerializeAsString();
}

inline Bytes put_of(const std::string& key, const Bytes& value) {
  etcdserverpb::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  return request.SerializeAsString();
}

inline Bytes watch_of(const std::string& key) {
  etcdserverpb::WatchRequest request;
  request.mutable_create_request()->set_key(key);
  request.mutable_create_request()->set_start_revision(1);
  return request.SerializeAsString();
}

inline Bytes keep_alive_of(std::int64_t lease) {
  etcdserverpb::LeaseKeepAliveRequest request;
  request.set_id(lease);
  return request.SerializeAsString();
}

}  // namespace eyrie::test
