// TlsStream: TLS over another byte stream, with the same face and errors.
//
// OpenSSL reads and writes memory here; the bytes travel through the stream below, so a call is
// cancelled as that stream's calls are. An end of the stream below that TLS did not announce is an
// error, since anybody on the way could make one.
#pragma once

#include <memory>
#include <string>

#include "runtime/asio/tls_options.h"
#include "runtime/byte_stream.h"

namespace eyrie {

// The handshake of a client's context; `host` is the name or numeric address that the peer's
// certificate must be of. unavailable if the peer leaves; failed_precondition if it speaks no TLS,
// or one side refuses the other's certificate.
Task<Result<std::unique_ptr<ByteStream>>> connect_tls(std::unique_ptr<ByteStream> lower,
                                                      TlsContext context, std::string host);
// That of a server's.
Task<Result<std::unique_ptr<ByteStream>>> accept_tls(std::unique_ptr<ByteStream> lower,
                                                     TlsContext context);
// The same without waiting for the peer: the first read or write does, and has the handshake's
// errors.
std::unique_ptr<ByteStream> accept_tls_later(std::unique_ptr<ByteStream> lower, TlsContext context);

}  // namespace eyrie
