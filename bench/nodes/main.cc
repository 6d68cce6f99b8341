// Inserts of 128-dimensional rows through a proxy into a log, on production's world over loopback:
// the database has one thread, as `eyrie standalone` has it, and the clients another. Each line is
// a database of its own. What answers is durable: on this machine's disk (local log, synced), or as
// an object (zero-disk log).
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bench/nodes/database.h"
#include "bench/nodes/inserts.h"
#include "bench/runtime/machines.h"
#include "tests/real/radosgw_server.h"

namespace eyrie::bench {
namespace {

constexpr Duration kTime = 3s;  // of each line
constexpr char kBucket[] = "bench-";

Task<void> insert(Environment& environment, Address proxy, InsertLoad load, InsertRates& into) {
  into = co_await insert_rows(environment, std::move(proxy), "rows", load);
}

Task<void> make_bucket(AsioMachine& machine, HttpWireOptions options, std::string host,
                       std::string bucket) {
  auto wire = co_await test::make_wire(machine, std::move(options));
  if (!wire) check(wire.error());
  check(co_await test::make_bucket(**wire, machine.environment().clock, std::move(host),
                                   std::move(bucket)));
  co_await (*wire)->stop();
}

InsertRates measure(const LogPlace& place, const InsertLoad& load) {
  Machines machines;
  if (place.kind == LogPlace::Kind::s3) {
    Machines::on(machines.client(), [&](Environment&) -> Task<void> {
      return make_bucket(machines.client(), place.s3, place.bucket.host, place.bucket.bucket);
    });
  }
  Database database(machines.server(), place);
  Machines::on(machines.server(), [&](Environment&) { return database.start(); });
  InsertRates rates;
  Machines::on(machines.client(), [&](Environment& environment) {
    return insert(environment, database.address(), load, rates);
  });
  Machines::on(machines.server(), [&](Environment&) { return database.stop(); });
  return rates;
}

// A log belongs to one meta store, so each database gets a bucket of its own.
void measure_all(LogPlace place) {
  int databases = 0;
  for (const std::size_t batch : {1, 100, 1000}) {
    for (const std::size_t clients : {1, 16}) {
      place.bucket.bucket = kBucket + std::to_string(++databases);
      const InsertRates rates = measure(place, {.batch = batch, .clients = clients, .time = kTime});
      std::printf("%-28s %7zu %7zu %10.0f %9.2f %9.2f %8zu\n", place.name.c_str(), batch, clients,
                  rates.rows_a_second, rates.p50_ms, rates.p99_ms, rates.calls);
      std::fflush(stdout);
    }
  }
}

void measure_radosgw() {
  if (const std::string lacks = test::RealServer::missing(test::kRadosgw); !lacks.empty()) {
    std::printf("zero-disk log on radosgw: skipped: %s\n", lacks.c_str());
    return;
  }
  test::Radosgw store(test::Radosgw::Store::memory);
  check(store.server().start());
  LogPlace place{.name = "zero-disk, radosgw", .kind = LogPlace::Kind::s3};
  place.s3 = store.wire_options();
  place.bucket.host = to_string(place.s3.endpoint);
  place.bucket.credentials = test::kRadosgwCredentials;
  measure_all(place);
}

}  // namespace
}  // namespace eyrie::bench

int main() {
  using namespace eyrie;  // NOLINT: a program
  using Kind = bench::LogPlace::Kind;
  std::printf("inserts of %d-dimensional rows, %lld s a line\n%-28s %7s %7s %10s %9s %9s %8s\n",
              bench::kDimension, static_cast<long long>(bench::kTime / 1s), "log", "batch",
              "clients", "rows/s", "p50 ms", "p99 ms", "calls");
  bench::measure_all({.name = "local log", .kind = Kind::local_log});
  bench::measure_all({.name = "zero-disk, memory, 0 ms", .kind = Kind::memory});
  bench::measure_all({.name = "zero-disk, memory, 20 ms", .kind = Kind::memory, .delay = 20ms});
  bench::measure_radosgw();
}
