// How one etcd member is reached over gRPC.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "runtime/time.h"

namespace eyrie::storage {

struct EtcdTlsOptions {
  std::string ca_file;           // PEM: whom the member's certificate must be signed by
  std::string certificate_file;  // PEM: the client's own, with key_file; empty: none
  std::string key_file;
  std::string server_name;  // that the member's certificate must carry; empty: the endpoint's host
};

struct GrpcEtcdOptions {
  std::string endpoint;  // "etcd-1:2379"
  // Of etcd's own authentication; an empty user: none.
  std::string user;
  std::string password;
  std::optional<EtcdTlsOptions> tls;  // absent: in the clear
  std::size_t message_bytes_max = 64uz << 20;
  // A connection that is not made by then is given up; then another is tried after a pause, which
  // grows from reconnect_pause_min (gRPC takes 100 ms at least) to the maximum.
  Duration connect_timeout = 1s;
  Duration reconnect_pause_min = 100ms;
  Duration reconnect_pause_max = 1s;
  // A connection in use that is silent this long is asked for a sign of life. etcd ends one that is
  // asked more often than every 5 s (--grpc-keepalive-min-time).
  Duration keepalive_time = 10s;
  Duration keepalive_timeout = 3s;
};

}  // namespace eyrie::storage
