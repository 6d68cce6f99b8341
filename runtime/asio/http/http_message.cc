#include "runtime/asio/http/http_message.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace eyrie {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;

namespace {

constexpr std::size_t kHeadBytesMax = std::size_t{64} << 10;
// Interim answers (1xx) before the one that counts.
constexpr int kInterimMax = 16;

// RFC 9110, 5.6.2: what a method and a header's name are made of.
bool is_token(BytesView text) {
  constexpr BytesView kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.contains(c);
  });
}

bool is_target(BytesView text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

bool is_value(BytesView text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

Result<Bytes> write_request_head(const HttpRequest& request, const std::string& host) {
  if (!is_token(request.method) || !is_target(request.target)) {
    return fail(Code::invalid_argument,
                "no HTTP request: '" + request.method + " " + request.target + "'");
  }
  HttpHeaders headers = request.headers;
  headers.try_emplace("host", host);
  // Ours alone: it must be right, or what follows is read as another request.
  headers.erase("transfer-encoding");
  headers.erase("content-length");
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    headers["content-length"] = std::to_string(request.body.size());
  }
  Bytes head = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_value(value)) {
      return fail(Code::invalid_argument, "no HTTP header: '" + name + "'");
    }
    head += name + ": " + value + "\r\n";
  }
  return head + "\r\n";
}

class AnswerParser::Impl {
 public:
  using Parser = beast_http::response_parser<beast_http::string_body>;

  Impl(bool to_head, AnswerLimits limits) : to_head_(to_head), limits_(std::move(limits)) {
    start();
  }

  Status feed(BytesView bytes) {
    input_ += bytes;
    begun = begun || !bytes.empty();
    std::size_t used = 0;
    Status status;
    // Beast's parser throws for what it has no error for, such as memory.
    try {
      status = parse(used);
    } catch (const std::exception& thrown) {
      status = Status(Code::unknown, std::string("the answer cannot be held: ") + thrown.what());
    }
    input_.erase(0, used);
    return status;
  }

  Status end() {
    error_code error;
    if (parser_->got_some()) parser_->put_eof(error);
    if (!begun) return {Code::unknown, "the server closed the connection instead of an answer"};
    if (error || !parser_->is_done()) {
      return {Code::unknown, "the server closed the connection within its answer"};
    }
    return {};
  }

  bool done() const { return parser_->is_done(); }
  bool keep_alive() const { return parser_->keep_alive() && input_.empty(); }

  HttpResponse take() {
    beast_http::response<beast_http::string_body> answer = parser_->release();
    HttpResponse response;
    response.status = static_cast<int>(answer.result_int());
    for (const auto& field : answer) {
      const std::string_view value(field.value().data(), field.value().size());
      const std::string_view name(field.name_string().data(), field.name_string().size());
      const auto [at, first] = response.headers.try_emplace(lower_case(name), value);
      if (!first) at->second.append(", ").append(value);  // RFC 9110, 5.3
    }
    response.body = std::move(answer.body());
    return response;
  }

  bool begun = false;

 private:
  void start() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(limits_.body_bytes_max);
    parser_->skip(to_head_);
  }

  Status parse(std::size_t& used) {
    while (!parser_->is_done() && used < input_.size()) {
      error_code error;
      const std::size_t count =
          parser_->put(boost::asio::buffer(input_.data() + used, input_.size() - used), error);
      used += count;
      if (error == beast_http::error::need_more) return {};
      if (error) return refusal(error);
      if (parser_->is_done() && parser_->get().result_int() / 100 == 1) {
        if (parser_->get().result_int() == 101 || ++interim_ > kInterimMax) {
          return {Code::unknown, "the server goes on with interim answers"};
        }
        start();
      } else if (count == 0) {
        return {};
      }
    }
    return {};
  }

  Status refusal(const error_code& error) const {
    if (error == beast_http::error::body_limit) {
      return {Code::unknown, "the answer has more than " + std::to_string(limits_.body_bytes_max) +
                                 " bytes; " + limits_.setting + " says how many it may have"};
    }
    return {Code::unknown, "the server's answer is no HTTP: " + error.message()};
  }

  bool to_head_;
  AnswerLimits limits_;
  std::optional<Parser> parser_;
  Bytes input_;  // not yet parsed
  int interim_ = 0;
};

AnswerParser::AnswerParser(bool to_head, AnswerLimits limits)
    : impl_(std::make_unique<Impl>(to_head, std::move(limits))) {}
AnswerParser::~AnswerParser() = default;

Status AnswerParser::feed(BytesView bytes) {
  return impl_->feed(bytes);
}
Status AnswerParser::end() {
  return impl_->end();
}
bool AnswerParser::begun() const {
  return impl_->begun;
}
bool AnswerParser::done() const {
  return impl_->done();
}
bool AnswerParser::keep_alive() const {
  return impl_->keep_alive();
}
HttpResponse AnswerParser::take() {
  return impl_->take();
}

class RequestParser::Impl {
 public:
  explicit Impl(std::size_t head_bytes_max) : head_bytes_max_(head_bytes_max) { start(); }

  Status feed(BytesView bytes) {
    input_ += bytes;
    EYRIE_RETURN_IF_ERROR(failure_);
    if (done()) return {};
    // Beast's parser throws for what it has no error for, such as memory.
    try {
      failure_ = parse();
    } catch (const std::exception& thrown) {
      failure_ = Status(Code::invalid_argument, thrown.what());
    }
    return failure_;
  }

  bool begun() const { return !input_.empty() || parser_->got_some(); }
  bool done() const { return failure_.ok() && parser_->is_done(); }
  bool keep_alive() const { return parser_->keep_alive(); }

  HttpRequest take() {
    const auto& message = parser_->get();
    HttpRequest request;
    request.method = std::string(message.method_string().data(), message.method_string().size());
    request.target = std::string(message.target().data(), message.target().size());
    for (const auto& field : message) {
      const std::string_view name(field.name_string().data(), field.name_string().size());
      request.headers.try_emplace(lower_case(name),
                                  std::string(field.value().data(), field.value().size()));
    }
    start();
    return request;
  }

 private:
  void start() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(head_bytes_max_));
    parser_->body_limit(std::uint64_t{0});
  }

  Status parse() {
    while (!parser_->is_done() && !input_.empty()) {
      error_code error;
      const std::size_t count = parser_->put(boost::asio::buffer(input_), error);
      input_.erase(0, count);
      if (error == beast_http::error::need_more) break;
      if (error == beast_http::error::header_limit || error == beast_http::error::buffer_overflow) {
        return too_large();
      }
      if (error == beast_http::error::body_limit || error == beast_http::error::unexpected_body) {
        return {Code::unsupported, "a request with a body"};
      }
      if (error) return {Code::invalid_argument, error.message()};
      if (count == 0) break;
    }
    // What waits is one line that does not end.
    if (!parser_->is_done() && input_.size() > head_bytes_max_) return too_large();
    return {};
  }

  Status too_large() const {
    return {Code::resource_exhausted,
            "a head of more than " + std::to_string(head_bytes_max_) + " bytes"};
  }

  std::size_t head_bytes_max_;
  std::optional<beast_http::request_parser<beast_http::empty_body>> parser_;
  Bytes input_;  // not yet parsed
  Status failure_;
};

RequestParser::RequestParser(std::size_t head_bytes_max)
    : impl_(std::make_unique<Impl>(head_bytes_max)) {}
RequestParser::~RequestParser() = default;

Status RequestParser::feed(BytesView bytes) {
  return impl_->feed(bytes);
}
bool RequestParser::begun() const {
  return impl_->begun();
}
bool RequestParser::done() const {
  return impl_->done();
}
bool RequestParser::keep_alive() const {
  return impl_->keep_alive();
}
HttpRequest RequestParser::take() {
  return impl_->take();
}

Bytes write_answer(const HttpResponse& answer, bool to_head, bool keep_alive) {
  const auto reason =
      beast_http::obsolete_reason(beast_http::int_to_status(static_cast<unsigned>(answer.status)));
  Bytes bytes = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  bytes.append(reason.data(), reason.size());
  bytes += "\r\n";
  for (const auto& [name, value] : answer.headers) bytes += name + ": " + value + "\r\n";
  bytes += "content-length: " + std::to_string(answer.body.size()) + "\r\n";
  bytes += keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  if (!to_head) bytes += answer.body;
  return bytes;
}

}  // namespace eyrie
