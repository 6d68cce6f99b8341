#include "storage/fakes/s3_wire.h"

#include <utility>

#include "storage/fakes/s3_server.h"

namespace eyrie::storage::fakes {
namespace {

template <class Message>
HttpHeaders take_headers(Message& message) {
  HttpHeaders headers;
  for (auto& [name, value] : *message.mutable_headers()) headers[name] = std::move(value);
  return headers;
}

template <class Message>
void give_headers(HttpHeaders headers, Message& message) {
  for (auto& [name, value] : headers) (*message.mutable_headers())[name] = std::move(value);
}

}  // namespace

wire::HttpRequest to_wire(HttpRequest request) {
  wire::HttpRequest message;
  message.set_method(std::move(request.method));
  message.set_target(std::move(request.target));
  give_headers(std::move(request.headers), message);
  message.set_body(std::move(request.body));
  return message;
}

wire::HttpResponse to_wire(HttpResponse response) {
  wire::HttpResponse message;
  message.set_status(response.status);
  give_headers(std::move(response.headers), message);
  message.set_body(std::move(response.body));
  return message;
}

HttpRequest from_wire(wire::HttpRequest message) {
  return {std::move(*message.mutable_method()), std::move(*message.mutable_target()),
          take_headers(message), std::move(*message.mutable_body())};
}

HttpResponse from_wire(wire::HttpResponse message) {
  return {message.status(), take_headers(message), std::move(*message.mutable_body())};
}

Task<Result<HttpResponse>> SimHttpWire::exchange(HttpRequest request, MonotonicTime deadline) {
  rpc::CallOptions options;
  options.deadline = deadline;
  const wire::HttpRequest message = to_wire(std::move(request));
  Result<wire::HttpResponse> answer =
      co_await rpc::call<wire::HttpResponse>(channel_, std::string(kS3Method), message, options);
  if (answer && !answer->reset()) co_return from_wire(*std::move(answer));
  if (answer) co_return fail(Code::unknown, "the connection was reset within a body");
  // The server itself refuses nothing but in HTTP: every other error is of the layer below, which
  // then did not deliver the request.
  Status failure = std::move(answer).error();
  if (failure.category() == Category::unknown_outcome) co_return fail(std::move(failure));
  co_return fail(Code::unavailable, failure.to_string());
}

}  // namespace eyrie::storage::fakes
