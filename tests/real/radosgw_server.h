// The real S3 store that tests compare with (scripts/servers/radosgw), and how it is spoken to.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/asio/http/beast_http_wire.h"
#include "storage/s3/object_store.h"
#include "storage/s3/signature.h"
#include "storage/s3/target.h"
#include "tests/support/certificates.h"
#include "tests/support/real_server.h"

namespace eyrie::test {

inline constexpr const char* kRadosgw = "scripts/servers/radosgw";
inline const storage::s3::Credentials kRadosgwCredentials{"test", "testtest"};
inline constexpr const char* kRadosgwRegion = "us-east-1";

class Radosgw {
 public:
  enum class Store : bool { memory, disk };

  explicit Radosgw(Store store, std::size_t part_bytes_min = std::size_t{5} << 20)
      : certificate_(authority_.issue("radosgw", {"127.0.0.1"})),
        server_({.script = kRadosgw,
                 .ports = 3,
                 .environment = {{"STORE", store == Store::disk ? "bluestore" : "memstore"},
                                 {"FAST_DISK", "/dev/shm"},
                                 {"TLS_CERTIFICATE", certificate_.certificate},
                                 {"TLS_KEY", certificate_.key},
                                 {"PART_BYTES_MIN", std::to_string(part_bytes_min)}}}) {}

  RealServer& server() { return server_; }
  HttpWireOptions wire_options() const {
    return {.endpoint = {"127.0.0.1", server_.port(0)}, .setting = "s3"};
  }
  HttpWireOptions tls_options() const {
    return {.endpoint = {"127.0.0.1", server_.port(2)},
            .tls = TlsOptions{.ca_file = authority_.certificate_file(), .setting = "s3.tls"},
            .setting = "s3"};
  }

 private:
  TemporaryFolder certificates_;
  Authority authority_{certificates_.path(), "authority"};
  CertificateFiles certificate_;
  RealServer server_;
};

inline Task<Result<std::unique_ptr<BeastHttpWire>>> make_wire(AsioMachine& machine,
                                                              HttpWireOptions options) {
  co_return BeastHttpWire::make(machine.executor(), machine.environment().clock, machine.bytes(),
                                std::move(options));
}

// "127.0.0.1:17480" goes into the host header.
inline Task<Status> make_bucket(HttpWire& wire, Clock& clock, std::string host,
                                std::string bucket) {
  HttpRequest request{"PUT", "/" + bucket, {{"host", std::move(host)}}, {}};
  request =
      storage::s3::sign(std::move(request), kRadosgwCredentials, clock.wall(), kRadosgwRegion);
  EYRIE_CO_TRY(const HttpResponse answer,
               co_await wire.exchange(std::move(request), clock.monotonic() + 30s));
  if (answer.status == 200) co_return Status();
  co_return Status(Code::internal, "no bucket: " + std::to_string(answer.status) + answer.body);
}

}  // namespace eyrie::test
