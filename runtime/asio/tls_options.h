// How a connection proves who is at its ends, and what OpenSSL makes of that.
//
// Every peer that is asked for a certificate must have a good one: there is no way to switch the
// check off. TLS 1.2 at least.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/status.h"

struct ssl_ctx_st;

namespace eyrie {

// Files are in PEM.
struct TlsOptions {
  // Who signs the peers' certificates. Empty: a client trusts the system's authorities, a server
  // asks clients for none.
  std::string ca_file = {};
  // What this side proves itself with; a chain, and its private key. A client may have none.
  std::string certificate_file = {};
  std::string key_file = {};
  // How messages name these: "s3.tls" makes "s3.tls_ca_file".
  std::string setting = "tls";
};

enum class TlsRole : std::uint8_t { client, server };

// Shared by the connections that are made of it.
struct TlsContext {
  std::shared_ptr<ssl_ctx_st> context;
  TlsRole role = TlsRole::client;
  std::string setting;
};

// Reads the files. invalid_argument, naming the setting, if one is missing, no PEM, or of another
// pair.
Result<TlsContext> make_tls_context(const TlsOptions& options, TlsRole role);

}  // namespace eyrie
