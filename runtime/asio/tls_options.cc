#include "runtime/asio/tls_options.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "runtime/asio/posix_status.h"
#include "runtime/asio/tls_error.h"
#include "runtime/check.h"

namespace eyrie {

namespace {

Status bad_file(const TlsOptions& options, const char* what, const std::string& path) {
  return {Code::invalid_argument,
          options.setting + "_" + what + ": '" + path + "' cannot be used: " + take_tls_error()};
}

Status trust(SSL_CTX* context, const TlsOptions& options, TlsRole role) {
  if (role == TlsRole::server && options.ca_file.empty()) return {};
  const int verify =
      SSL_VERIFY_PEER | (role == TlsRole::server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  SSL_CTX_set_verify(context, verify, nullptr);
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return {Code::invalid_argument, options.setting +
                                        "_ca_file is not set, and this system has no "
                                        "authorities of its own: " +
                                        take_tls_error()};
  }
  if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return bad_file(options, "ca_file", options.ca_file);
  }
  if (role == TlsRole::server) {
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.ca_file.c_str()));
  }
  return {};
}

Status identify(SSL_CTX* context, const TlsOptions& options, TlsRole role) {
  const std::string& certificate = options.certificate_file;
  const std::string& key = options.key_file;
  if (certificate.empty() && key.empty() && role == TlsRole::client) return {};
  if (certificate.empty() || key.empty()) {
    const char* const missing = certificate.empty() ? "_certificate_file" : "_key_file";
    return {Code::invalid_argument,
            options.setting + missing + " is not set; a certificate and its key go together"};
  }
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return bad_file(options, "certificate_file", certificate);
  }
  // Also refuses a key that is not the certificate's.
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return bad_file(options, "key_file", key);
  }
  return {};
}

}  // namespace

std::string take_tls_error() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  if (first == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(first)) return posix_message(ERR_GET_REASON(first));
  const char* const reason = ERR_reason_error_string(first);
  return reason != nullptr ? reason : "error " + std::to_string(first);
}

Result<TlsContext> make_tls_context(const TlsOptions& options, TlsRole role) {
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(
      SSL_CTX_new(role == TlsRole::client ? TLS_client_method() : TLS_server_method()),
      SSL_CTX_free);
  EYRIE_CHECK(context != nullptr, "OpenSSL has no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Nothing is resumed: connections are kept instead, and a ticket would outlive a change of files.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  EYRIE_RETURN_IF_ERROR(trust(context.get(), options, role));
  EYRIE_RETURN_IF_ERROR(identify(context.get(), options, role));
  return TlsContext{context, role, options.setting};
}

}  // namespace eyrie
