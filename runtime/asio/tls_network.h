// TlsByteNetwork: a network of byte streams between nodes that prove to each other who they are.
//
// Both ends show a certificate that the one authority has signed. Who connects also looks whether
// it is of the host that it wanted, or of the name that all nodes share; who listens takes any of
// the authority's, which therefore signs for nodes alone.
//
// The files may be replaced while it runs: each new connection looks whether they have changed.
// Those that cannot be used are told of, and the ones before stay in use.
#pragma once

#include <memory>
#include <string>

#include "runtime/asio/tls_options.h"
#include "runtime/byte_stream.h"
#include "runtime/executor.h"
#include "runtime/tracer.h"

namespace eyrie {

struct MutualTls {
  TlsOptions files;  // all three
  // Of whom certificates are; empty: of the host that is connected to.
  std::string name = {};
  // Whether it also listens so; if not, whoever connects here does it in the clear.
  bool listens = true;
};

// The contexts of the newest files that can be used. Used from one executor.
class TlsFiles {
 public:
  // invalid_argument, naming the setting.
  static Result<std::unique_ptr<TlsFiles>> open(Tracer& tracer, TlsOptions options);

  struct Contexts {
    TlsContext client;
    TlsContext server;
  };
  // Looks at the files in the lane, which blocking calls may wait in.
  Task<Contexts> newest(Lane& blocking);

 private:
  // What tells that a file was replaced, of all three.
  using Stamp = std::string;
  struct Read {
    Stamp stamp;
    Result<Contexts> contexts;
  };

  TlsFiles(Tracer& tracer, TlsOptions options, Stamp stamp, Contexts contexts);
  static Stamp stamp_of(const TlsOptions& options);
  static Read read(const TlsOptions& options);

  Tracer& tracer_;
  TlsOptions options_;
  Stamp stamp_;
  Contexts contexts_;
};

class TlsByteNetwork final : public ByteNetwork {
 public:
  // Borrows the first three.
  TlsByteNetwork(ByteNetwork& lower, TlsFiles& files, Lane& blocking, MutualTls options);

  // A connection is accepted before its peer has proved anything: its first read or write does not
  // end before that.
  Task<Result<std::unique_ptr<ByteListener>>> listen(Address address) override;
  // Errors besides the seam's: failed_precondition if one end refuses the other's certificate or
  // the peer speaks no TLS.
  Task<Result<std::unique_ptr<ByteStream>>> connect(Address address) override;

 private:
  ByteNetwork& lower_;
  TlsFiles& files_;
  Lane& blocking_;
  MutualTls options_;
};

}  // namespace eyrie
