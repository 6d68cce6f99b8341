#include "storage/etcd/grpc/outcome.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace eyrie::storage {

namespace {

// Of a call that was never given to a connection.
constexpr std::array<std::string_view, 3> kNoConnection{
    "failed to connect to all addresses", "empty address list", "DNS resolution failed"};

// etcd's words, those of grpc-go, and of etcd's handlers whose context ended.
constexpr std::array<std::string_view, 7> kServersWords{"etcdserver: ",
                                                        "auth: ",
                                                        "grpc: ",
                                                        "unknown service ",
                                                        "unknown method ",
                                                        "context canceled",
                                                        "context deadline exceeded"};

constexpr std::string_view kHttpStatus = "Received http2 header with status: ";
constexpr std::string_view kTooLarge = "Received message larger than max";

bool is_made_by_servers_alone(EtcdCode code) {
  switch (code) {
    case EtcdCode::ok:
    case EtcdCode::invalid_argument:
    case EtcdCode::not_found:
    case EtcdCode::already_exists:
    case EtcdCode::permission_denied:
    case EtcdCode::failed_precondition:
    case EtcdCode::aborted:
    case EtcdCode::out_of_range:
    case EtcdCode::data_loss:
    case EtcdCode::unauthenticated:
      return true;
    case EtcdCode::cancelled:
    case EtcdCode::unknown:
    case EtcdCode::deadline_exceeded:
    case EtcdCode::resource_exhausted:
    case EtcdCode::unimplemented:
    case EtcdCode::internal:
    case EtcdCode::unavailable:
      return false;
  }
  return false;
}

template <std::size_t N>
bool begins_with_one_of(const std::array<std::string_view, N>& beginnings, std::string_view text) {
  return std::ranges::any_of(
      beginnings, [text](std::string_view beginning) { return text.starts_with(beginning); });
}

// What usually is wrong when a connection is not made, by gRPC's words for it.
std::string advice(std::string_view words, const GrpcEtcdOptions& options) {
  const auto says = [words](std::string_view part) { return words.contains(part); };
  if (says("http1.x")) return "it is no etcd server, it speaks HTTP/1";
  if (says("certificate verify failed")) {
    return "its certificate is not signed by option tls.ca_file (" + options.tls->ca_file + ")";
  }
  if (says("Hostname Verification") || says("not in peer certificate")) {
    return "its certificate is not for that name; option tls.server_name may say another";
  }
  if (says("WRONG_VERSION_NUMBER") || says("wrong version number")) {
    return "it does not speak TLS, option tls asks for it";
  }
  if (says("Endpoint read failed") && options.tls) {
    return options.tls->certificate_file.empty()
               ? "it wants a client certificate, option tls.certificate_file"
               : "it refuses the client certificate of option tls.certificate_file (" +
                     options.tls->certificate_file + ")";
  }
  if (says("Socket closed") || says("reset by peer")) {
    return options.tls ? "it closes the connection; does it speak TLS, as option tls asks?"
                       : "it closes the connection; does it want TLS (option tls)?";
  }
  if (says("Failed parsing HTTP/2")) return "it is no etcd server, what it sends is not HTTP/2";
  if (says("SETTINGS frame")) {
    return "it takes connections but does not speak as an etcd server does within option "
           "connect_timeout";
  }
  return "no connection";
}

// "404" of a server that answers HTTP/2 but not gRPC; 0 if it says something else.
int http_status(std::string_view words) {
  int status = 0;
  if (!words.starts_with(kHttpStatus)) return 0;
  words.remove_prefix(kHttpStatus.size());
  std::from_chars(words.data(), words.data() + words.size(), status);
  return status;
}

// What a proxy says for a server that may have been asked.
bool leaves_doubt(int status) {
  return status >= 500 || status == 408 || status == 429;
}

}  // namespace

Result<EtcdAnswer> outcome_of(const RpcEnd& end, const GrpcEtcdOptions& options) {
  const auto code = static_cast<EtcdCode>(end.code);
  const std::string about = "etcd at " + options.endpoint + ": ";
  if (code == EtcdCode::unavailable && !end.peer_known &&
      begins_with_one_of(kNoConnection, end.message)) {
    return fail(Code::unavailable, about + advice(end.message, options) + " (" + end.message + ")");
  }
  if (const int status = http_status(end.message); status != 0) {
    return fail(leaves_doubt(status) ? Code::unknown : Code::failed_precondition,
                about + "it is no etcd server, it answers HTTP status " + std::to_string(status));
  }
  if (is_made_by_servers_alone(code) || begins_with_one_of(kServersWords, end.message)) {
    return EtcdAnswer{code, end.message, {}};
  }
  if (code == EtcdCode::deadline_exceeded) {
    return fail(Code::deadline_exceeded, about + "no answer in time");
  }
  if (end.message.starts_with(kTooLarge)) {
    return fail(Code::unknown, about + "the answer is larger than option message_bytes_max (" +
                                   std::to_string(options.message_bytes_max) + ")");
  }
  return fail(Code::unknown, about + "the connection ended (" + end.message + ")");
}

bool wants_token(const EtcdAnswer& answer) {
  return answer.message == "etcdserver: invalid auth token" ||
         answer.message == "etcdserver: user name is empty" ||
         answer.message == "etcdserver: revision of auth store is old";
}

Result<EtcdAnswer> explain(EtcdAnswer answer, const GrpcEtcdOptions& options) {
  const std::string about = "etcd at " + options.endpoint + " ";
  if (answer.code == EtcdCode::unimplemented && answer.message.starts_with("unknown service ")) {
    return fail(Code::failed_precondition, about + "is another gRPC server: " + answer.message);
  }
  if (answer.code == EtcdCode::permission_denied) {
    return fail(Code::failed_precondition, about + "does not allow this to the user '" +
                                               options.user + "' of option user; it needs a role");
  }
  if (wants_token(answer)) {
    return fail(Code::failed_precondition,
                about + (options.user.empty() ? "wants a user; options user and password name none"
                                              : "takes no token of the user '" + options.user +
                                                    "' of option user: " + answer.message));
  }
  return answer;
}

Status explain_authentication(const EtcdAnswer& answer, const GrpcEtcdOptions& options) {
  if (answer.message.starts_with("etcdserver: authentication failed")) {
    return {Code::failed_precondition, "etcd at " + options.endpoint + " does not take the user '" +
                                           options.user +
                                           "' with this password; look at options user and "
                                           "password"};
  }
  // Nothing was asked for yet but a token.
  return {Code::unavailable, "etcd at " + options.endpoint + " gives no token to the user '" +
                                 options.user + "': " + answer.message};
}

}  // namespace eyrie::storage
