#include "runtime/asio/tls_stream.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/asio/socket_address.h"
#include "runtime/asio/tls_error.h"
#include "runtime/check.h"
#include "runtime/sync.h"

namespace eyrie {

namespace {

// What one call takes from the stream below, and one record holds.
constexpr std::size_t kChunkBytes = std::size_t{16} << 10;

// Alerts in which a peer says that it does not want us.
bool turns_us_down(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

// A fatal alert: another version of the protocol is wanted (RFC 8446, 6).
constexpr std::array<unsigned char, 7> kVersionAlert = {21, 3, 3, 0, 2, 2, 70};

// The peer's first bytes are of something else.
bool speaks_no_tls(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  const int reason = ERR_GET_REASON(error);
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_HTTPS_PROXY_REQUEST;
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(std::unique_ptr<ByteStream> lower, TlsContext context)
      : lower_(std::move(lower)),
        context_(std::move(context)),
        ssl_(SSL_new(context_.context.get()), SSL_free),
        in_(BIO_new(BIO_s_mem())),
        out_(BIO_new(BIO_s_mem())) {
    EYRIE_CHECK(ssl_ != nullptr && in_ != nullptr && out_ != nullptr, "OpenSSL has no memory");
    BIO_set_mem_eof_return(in_, -1);     // empty: more will come
    SSL_set_bio(ssl_.get(), in_, out_);  // owns both
    if (context_.role == TlsRole::client) {
      SSL_set_connect_state(ssl_.get());
    } else {
      SSL_set_accept_state(ssl_.get());
    }
  }

  Status expect_host(const std::string& host);
  // The handshake, by the first of those who need it; ok at once when it is over.
  Task<Status> shake_hands();

  Task<Result<Bytes>> read_some(std::size_t limit) override;
  Task<Result<std::size_t>> write_some(BytesView data) override;
  // The announcement travels with the read that waits, or with the next one.
  void shutdown_write() override;
  void close() override { lower_->close(); }
  const Address& peer() const override { return lower_->peer(); }

 private:
  // What a call of OpenSSL's ended with: ok if it wants more bytes of the peer's.
  Status wants_more(int result, bool in_handshake);
  Status refusal(bool in_handshake);
  Task<Status> handshake();
  // Sends all that OpenSSL has written.
  Task<Status> flush();
  // Hands OpenSSL what comes next, or nothing if something is to be sent first.
  Task<Status> fill();

  std::unique_ptr<ByteStream> lower_;
  TlsContext context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_;
  BIO* out_;
  Bytes sending_;          // taken from out_, not yet taken by lower_
  bool flushing_ = false;  // a read and a write may both have something to send; one sends
  Condition flushed_;
  bool ended_ = false;            // lower_ has ended
  Scope* filling_ = nullptr;      // of the call that waits for bytes
  bool announces_ = false;        // that call was woken to send our end
  std::optional<Status> shaken_;  // how the handshake ended
  bool shaking_ = false;
  Condition shaking_ended_;
};

Status TlsStream::expect_host(const std::string& host) {
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
  if (parse_numeric({host, 0})) {
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return {};
  } else {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1 &&
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0) == 1) {
      return {};
    }
  }
  return {Code::invalid_argument, "'" + host + "' is no host that a certificate can be of"};
}

Task<Status> TlsStream::handshake() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    Status more = result == 1 ? Status() : wants_more(result, true);
    // Also after a failure: the peer is told why.
    const Status sent = co_await flush();
    EYRIE_CO_RETURN_IF_ERROR(more);
    EYRIE_CO_RETURN_IF_ERROR(sent);
    if (result == 1) co_return Status();
    EYRIE_CO_RETURN_IF_ERROR(co_await fill());
    if (ended_) {
      co_return Status(Code::unavailable, "the peer closed the connection within TLS's handshake");
    }
  }
}

Task<Status> TlsStream::shake_hands() {
  while (!shaken_) {
    if (shaking_) {
      EYRIE_CO_RETURN_IF_ERROR(co_await shaking_ended_.wait());
      continue;
    }
    shaking_ = true;
    Status ended = co_await handshake();
    shaking_ = false;
    shaking_ended_.notify_all();
    // Whoever is cancelled leaves it to the next one.
    if (ended.code() == Code::cancelled) co_return ended;
    shaken_ = std::move(ended);
  }
  co_return *shaken_;
}

Task<Result<Bytes>> TlsStream::read_some(std::size_t limit) {
  EYRIE_CO_RETURN_IF_ERROR(co_await shake_hands());
  Bytes bytes(std::min(limit, kChunkBytes), '\0');
  while (true) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0) {
      bytes.resize(static_cast<std::size_t>(count));
      co_return bytes;
    }
    if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) co_return Bytes();
    EYRIE_CO_RETURN_IF_ERROR(wants_more(count, false));
    if (ended_) {
      co_return fail(Code::unavailable, "the connection ended without TLS's announcement");
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await flush());
    EYRIE_CO_RETURN_IF_ERROR(co_await fill());
  }
}

Task<Result<std::size_t>> TlsStream::write_some(BytesView data) {
  EYRIE_CO_RETURN_IF_ERROR(co_await shake_hands());
  EYRIE_CO_RETURN_IF_ERROR(co_await flush());
  ERR_clear_error();
  const int count =
      SSL_write(ssl_.get(), data.data(), static_cast<int>(std::min(data.size(), kChunkBytes)));
  if (count <= 0) {
    Status failure = wants_more(count, false);
    if (failure.ok()) failure = Status(Code::unavailable, "the peer asks for another handshake");
    co_return fail(std::move(failure));
  }
  // What is encrypted is taken: a cancelled flush is continued by the next call's.
  if (Status sent = co_await flush(); !sent.ok() && sent.code() != Code::cancelled) {
    co_return fail(std::move(sent));
  }
  co_return static_cast<std::size_t>(count);
}

void TlsStream::shutdown_write() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  if (filling_ == nullptr) return;
  announces_ = true;
  filling_->cancel();
}

Status TlsStream::wants_more(int result, bool in_handshake) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {};
    default:
      return refusal(in_handshake);
  }
}

Status TlsStream::refusal(bool in_handshake) {
  const long verified = SSL_get_verify_result(ssl_.get());
  const std::string name = to_string(lower_->peer());
  if (in_handshake && verified != X509_V_OK) {
    ERR_clear_error();
    return {Code::failed_precondition, "the certificate of " + name + " is refused: " +
                                           X509_verify_cert_error_string(verified) + "; " +
                                           context_.setting + "_ca_file says whom to trust"};
  }
  if (in_handshake && speaks_no_tls(ERR_peek_error())) {
    ERR_clear_error();
    // OpenSSL does not tell it; so it can say what it met.
    if (context_.role == TlsRole::server)
      BIO_write(out_, kVersionAlert.data(), kVersionAlert.size());
    return {Code::failed_precondition,
            name + " speaks no TLS, and this side does (" + context_.setting + ")"};
  }
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  const std::string why = take_tls_error();
  if (turns_us_down(reason)) {
    return {Code::failed_precondition, name + " refuses this side's certificate: " + why + "; " +
                                           context_.setting + "_certificate_file says which it is"};
  }
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return {Code::failed_precondition, name + " has no certificate"};
  }
  return {Code::unavailable, "TLS with " + name + " failed: " + why};
}

Task<Status> TlsStream::flush() {
  while (flushing_ || !sending_.empty() || BIO_ctrl_pending(out_) > 0) {
    if (flushing_) {
      EYRIE_CO_RETURN_IF_ERROR(co_await flushed_.wait());
      continue;
    }
    if (sending_.empty()) {
      sending_.resize(BIO_ctrl_pending(out_));
      BIO_read(out_, sending_.data(), static_cast<int>(sending_.size()));
    }
    flushing_ = true;
    const Result<std::size_t> taken = co_await lower_->write_some(sending_);
    flushing_ = false;
    flushed_.notify_all();
    EYRIE_CO_RETURN_IF_ERROR(taken);
    sending_.erase(0, *taken);
  }
  co_return Status();
}

Task<Status> TlsStream::fill() {
  Scope scope(co_await this_scope());
  filling_ = &scope;
  const Result<Bytes> bytes = co_await lower_->read_some(kChunkBytes).in(scope);
  filling_ = nullptr;
  if (!bytes && bytes.error().code() == Code::cancelled && std::exchange(announces_, false)) {
    co_return Status();  // nothing came, and the caller has something to send
  }
  EYRIE_CO_RETURN_IF_ERROR(bytes);
  ended_ = bytes->empty();
  if (!ended_) BIO_write(in_, bytes->data(), static_cast<int>(bytes->size()));
  co_return Status();
}

Task<Result<std::unique_ptr<ByteStream>>> shake_hands(std::unique_ptr<TlsStream> stream) {
  EYRIE_CO_RETURN_IF_ERROR(co_await stream->shake_hands());
  co_return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace

Task<Result<std::unique_ptr<ByteStream>>> connect_tls(std::unique_ptr<ByteStream> lower,
                                                      TlsContext context, std::string host) {
  auto stream = std::make_unique<TlsStream>(std::move(lower), std::move(context));
  EYRIE_CO_RETURN_IF_ERROR(stream->expect_host(host));
  co_return co_await shake_hands(std::move(stream));
}

Task<Result<std::unique_ptr<ByteStream>>> accept_tls(std::unique_ptr<ByteStream> lower,
                                                     TlsContext context) {
  auto stream = std::make_unique<TlsStream>(std::move(lower), std::move(context));
  co_return co_await shake_hands(std::move(stream));
}

std::unique_ptr<ByteStream> accept_tls_later(std::unique_ptr<ByteStream> lower,
                                             TlsContext context) {
  return std::make_unique<TlsStream>(std::move(lower), std::move(context));
}

}  // namespace eyrie
