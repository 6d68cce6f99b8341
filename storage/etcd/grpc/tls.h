// The files of EtcdTlsOptions, read and looked through before gRPC gets them: it says little about
// what is wrong with one.
#pragma once

#include <string>

#include "runtime/status.h"
#include "storage/etcd/grpc/options.h"

namespace eyrie::storage {

// PEM.
struct EtcdTls {
  std::string ca;
  std::string certificate;
  std::string key;
};

// invalid_argument, naming the option, for what is missing, cannot be read or does not fit.
Result<EtcdTls> load_tls(const EtcdTlsOptions& options);
// "" or what the certificate's dates forbid today, in words that name the option.
std::string outdated(const EtcdTls& tls, const EtcdTlsOptions& options);

}  // namespace eyrie::storage
