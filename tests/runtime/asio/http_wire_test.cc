// BeastHttpWire before a server that does what servers do, and what none should.
#include <gtest/gtest.h>

#include "runtime/asio/http/beast_http_wire.h"
#include "tests/runtime/asio/http_client.h"
#include "tests/runtime/asio/scripted_server.h"

namespace eyrie::test {
namespace {

using Then = Turn::Then;
using Reads = Turn::Reads;

class HttpWireTest : public testing::Test {
 protected:
  static HttpWireOptions options(const ScriptedServer& server) {
    return {.endpoint = {"127.0.0.1", server.port()}, .setting = "s3"};
  }
  // The outcome of one exchange with a server whose first connection goes by that script.
  Result<HttpResponse> exchange_once(Script script, HttpRequest request = http_get(),
                                     HttpWireOptions base = {}) {
    ScriptedServer server(world_, {std::move(script)});
    base.endpoint = {"127.0.0.1", server.port()};
    base.setting = "s3";
    HttpClient client(world_, base);
    return client.exchange(std::move(request));
  }

  RealTestWorld world_;
};

// --- answers as they should be ---

TEST_F(HttpWireTest, CarriesARequestAndItsAnswer) {
  ScriptedServer server(world_, {{{.send = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n"
                                           "ETag: \"x\"\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello"}}});
  HttpClient client(world_, options(server));
  const Result<HttpResponse> answer =
      client.exchange({"PUT", "/bucket/a%20b?c=d", {{"x-amz-date", "now"}}, "the body"});
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->headers.at("etag"), "\"x\"");
  EXPECT_EQ(answer->headers.at("x-a"), "1, 2");
  EXPECT_EQ(answer->headers.at("content-length"), "5");
  EXPECT_EQ(server.received(),
            std::vector<std::string>{"PUT /bucket/a%20b?c=d HTTP/1.1\r\ncontent-length: 8\r\nhost: "
                                     "127.0.0.1:" +
                                     std::to_string(server.port()) +
                                     "\r\nx-amz-date: now\r\n\r\nthe body"});
}

TEST_F(HttpWireTest, KeepsAConnectionForTheNextRequest) {
  ScriptedServer server(world_, {{{answer_of("1")}, {answer_of("2")}, {answer_of("3")}}});
  HttpClient client(world_, options(server));
  for (const char* const body : {"1", "2", "3"}) {
    EXPECT_EQ(client.exchange(http_get()).value().body, body);
    EXPECT_EQ(client.kept(), 1u);
  }
  EXPECT_EQ(server.accepted(), 1u);
  client.stop();
  EXPECT_TRUE(server.wait_for_ends(1));
}

TEST_F(HttpWireTest, ReadsChunkedAnswersInPieces) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nwiki\r\n7;x=y\r\npedia i\r\n1\r\nn\r\n0\r\nX-Sum: 1\r\n\r\n";
  ScriptedServer server(world_, {{{.send = chunked, .piece = 1}, {answer_of("next")}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.exchange(http_get()).value().body, "wikipedia in");
  EXPECT_EQ(client.exchange(http_get()).value().body, "next");
  EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(HttpWireTest, PassesOverInterimAnswers) {
  const std::string interim =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  for (const std::size_t piece : {std::size_t{0}, std::size_t{1}}) {
    const Result<HttpResponse> answer =
        exchange_once({{.send = interim + answer_of("real"), .piece = piece}}, http_put("b"));
    ASSERT_TRUE(answer.has_value()) << answer.error();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "real");
    EXPECT_FALSE(answer->headers.contains("link"));
  }
}

TEST_F(HttpWireTest, TheAnswerToAHeadHasNoBody) {
  const std::string head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
  ScriptedServer server(world_, {{{head}, {answer_of("next")}}});
  HttpClient client(world_, options(server));
  const Result<HttpResponse> answer = client.exchange({"HEAD", "/a", {}, {}});
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->headers.at("content-length"), "1000000000000");
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(client.exchange(http_get()).value().body, "next");
  EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(HttpWireTest, AnswersWithoutContentNeedNoLength) {
  ScriptedServer server(world_, {{{"HTTP/1.1 204 No Content\r\n\r\n"},
                                  {"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"},
                                  {answer_of("")}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.exchange({"DELETE", "/a", {}, {}}).value().status, 204);
  EXPECT_EQ(client.exchange(http_get()).value().status, 304);
  EXPECT_EQ(client.exchange(http_get()).value().status, 200);
  EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(HttpWireTest, ABodyWithoutLengthEndsWithTheConnection) {
  const Result<HttpResponse> answer =
      exchange_once({{.send = "HTTP/1.0 200 OK\r\n\r\nall of it", .then = Then::close}});
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->body, "all of it");
}

TEST_F(HttpWireTest, CarriesLargeBodiesBothWays) {
  Bytes body(20'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 131 + i / 251);
  ScriptedServer server(world_, {{{answer_of(body)}}});
  HttpClient client(world_, options(server));
  const Result<HttpResponse> answer = client.exchange(http_put(body));
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_TRUE(answer->body == body);
  const std::vector<std::string> received = server.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_TRUE(received[0].ends_with("\r\n\r\n" + body));
}

TEST_F(HttpWireTest, AnAnswerBeforeTheWholeRequestCounts) {
  ScriptedServer server(world_, {{{.send = "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno",
                                   .reads = Reads::head,
                                   .then = Then::stall}}});
  HttpClient client(world_, options(server));
  const Result<HttpResponse> answer = client.exchange(http_put(Bytes(50'000'000, 'x')));
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(client.kept(), 0u) << "half a request is still on its way there";
}

// --- what a server may do to a connection ---

TEST_F(HttpWireTest, AConnectionThatTheServerEndsIsNotKept) {
  for (const std::string headers : {"connection: close\r\n", "Connection: Close\r\n"}) {
    ScriptedServer server(world_, {{{answer_of("1", headers)}}, {{answer_of("2")}}});
    HttpClient client(world_, options(server));
    EXPECT_EQ(client.exchange(http_get()).value().body, "1");
    EXPECT_EQ(client.kept(), 0u);
    EXPECT_EQ(client.exchange(http_get()).value().body, "2");
    EXPECT_EQ(server.accepted(), 2u);
  }
}

TEST_F(HttpWireTest, AConnectionWithBytesThatNobodyAskedForIsNotKept) {
  ScriptedServer server(world_, {{{answer_of("1") + "HTTP/1.1 200 OK"}}, {{answer_of("2")}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.exchange(http_get()).value().body, "1");
  EXPECT_EQ(client.kept(), 0u);
  EXPECT_EQ(client.exchange(http_get()).value().body, "2");
}

TEST_F(HttpWireTest, AKeptConnectionThatTheServerClosedIsNotUsed) {
  ScriptedServer server(world_, {{{.send = answer_of("1"), .then = Then::close}},
                                 {{answer_of("2")}, {answer_of("3")}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.exchange(http_get("/1")).value().body, "1");
  for (int i = 0; i < 1'000 && client.kept() > 0; ++i) client.pause(2ms);
  EXPECT_EQ(client.kept(), 0u);
  EXPECT_EQ(client.exchange(http_put("once")).value().body, "2");
  EXPECT_EQ(server.received().size(), 2u);
}

TEST_F(HttpWireTest, ARequestOnAKeptConnectionThatEndsIsNotSentAgain) {
  // The server read the second request and went without a word: done or not, nobody knows.
  ScriptedServer server(
      world_, {{{answer_of("1")}, {.send = "", .then = Then::close}}, {{answer_of("again")}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.exchange(http_get()).value().body, "1");
  const Result<HttpResponse> answer = client.exchange(http_put("once"));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), Code::unknown) << answer.error();
  EXPECT_EQ(server.received().size(), 2u);
  EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(HttpWireTest, AnUnusedConnectionIsClosedInTime) {
  ScriptedServer server(world_, {{{answer_of("1")}}});
  HttpWireOptions short_lived = options(server);
  short_lived.idle_time = 20ms;
  HttpClient client(world_, short_lived);
  EXPECT_EQ(client.exchange(http_get()).value().body, "1");
  EXPECT_TRUE(server.wait_for_ends(1));
  EXPECT_EQ(client.kept(), 0u);
}

TEST_F(HttpWireTest, NoMoreConnectionsThanAllowedAreOpen) {
  ScriptedServer server(world_, {{{.send = answer_of("1"), .piece = 8}, {answer_of("2")}}});
  HttpWireOptions few = options(server);
  few.connections_max = 2;
  HttpClient client(world_, few);
  for (const auto& answer : client.exchange_all(std::vector<HttpRequest>(4, http_get()))) {
    EXPECT_TRUE(answer.has_value()) << answer.error();
  }
  EXPECT_EQ(server.accepted(), 2u);
  EXPECT_EQ(client.kept(), 2u);
}

// --- failures, and what they say of the request ---

TEST_F(HttpWireTest, NobodyThereIsUnavailable) {
  std::uint16_t port = 0;
  {
    const ScriptedServer server(world_, {{}});
    port = server.port();
  }
  HttpClient client(world_, {.endpoint = {"127.0.0.1", port}});
  EXPECT_EQ(client.exchange(http_put("x")).error().code(), Code::unavailable);
}

TEST_F(HttpWireTest, AConnectionThatIsNotWonInTimeIsUnavailable) {
  // TLS that the server never answers is part of the connection.
  ScriptedServer server(world_, {{{.send = "", .reads = Reads::bytes, .then = Then::silence}}});
  HttpWireOptions secured = options(server);
  secured.tls.emplace();
  secured.connect_timeout = 50ms;
  HttpClient client(world_, secured);
  const Result<HttpResponse> answer = client.exchange(http_put("x"));
  EXPECT_EQ(answer.error().code(), Code::unavailable) << answer.error();
  EXPECT_TRUE(answer.error().message().contains("s3.connect_timeout")) << answer.error();
  EXPECT_TRUE(server.wait_for_ends(1));
}

TEST_F(HttpWireTest, ADeadlineBeforeARequestIsSentIsUnavailable) {
  ScriptedServer server(world_, {{{.send = "", .then = Then::silence}}});
  HttpWireOptions one = options(server);
  one.connections_max = 1;
  HttpClient client(world_, one);
  const auto answers = client.exchange_all({http_put("1"), http_put("2")}, 100ms);
  EXPECT_EQ(answers[0].error().code(), Code::deadline_exceeded) << answers[0].error();
  EXPECT_EQ(answers[1].error().code(), Code::unavailable) << answers[1].error();
  EXPECT_EQ(server.received().size(), 1u);
}

TEST_F(HttpWireTest, SilenceIsADeadlineAndClosesTheConnection) {
  for (const char* const begun : {"", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"}) {
    ScriptedServer server(world_, {{{.send = begun, .then = Then::silence}}});
    HttpClient client(world_, options(server));
    EXPECT_EQ(client.exchange(http_put("x"), 60ms).error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(server.wait_for_ends(1));
    EXPECT_EQ(client.kept(), 0u);
  }
}

TEST_F(HttpWireTest, CancellationClosesTheConnection) {
  ScriptedServer server(world_, {{{.send = "", .then = Then::silence}}});
  HttpClient client(world_, options(server));
  EXPECT_EQ(client.cancelled(http_put("x"), 60ms).error().code(), Code::cancelled);
  EXPECT_TRUE(server.wait_for_ends(1));
}

TEST_F(HttpWireTest, StopEndsWhatIsUnderWay) {
  ScriptedServer server(world_, {{{.send = "", .then = Then::silence}}});
  HttpClient client(world_, options(server));
  const Result<HttpResponse> answer = client.stopped(http_put("x"), 60ms);
  EXPECT_EQ(answer.error().code(), Code::unknown) << answer.error();
  EXPECT_TRUE(server.wait_for_ends(1));
  EXPECT_EQ(client.exchange(http_put("x")).error().code(), Code::unavailable);
  EXPECT_EQ(server.accepted(), 1u);
}

TEST_F(HttpWireTest, AnAnswerThatIsNotWholeIsUnknown) {
  const std::string length = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
  const std::string chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  for (const std::string& sent :
       {std::string(), std::string("HTTP/1.1"), std::string("HTTP/1.1 200 OK\r\ncontent-le"),
        std::string("HTTP/1.1 100 Continue\r\n\r\n"), length, length + "123456789",
        chunked + "5\r\nabc", chunked + "3\r\nabc\r\n", chunked + "3\r\nabc\r\n0\r\n"}) {
    const Result<HttpResponse> answer =
        exchange_once({{.send = sent, .then = Then::close}}, http_put("x"));
    ASSERT_FALSE(answer.has_value()) << sent;
    EXPECT_EQ(answer.error().code(), Code::unknown) << sent << ": " << answer.error();
  }
}

TEST_F(HttpWireTest, AnAnswerThatIsNoHttpIsUnknown) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& sent :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("\0\0\0\x10garbage garbage", 19),
        std::string("HTTP/9.9 200 OK\r\n\r\n"), std::string("HTTP/1.1 2x0 OK\r\n\r\n"),
        ok + "content-length: -1\r\n\r\n", ok + "content-length: 1\r\ncontent-length: 2\r\n\r\na",
        ok + "content-length: 99999999999999999999\r\n\r\n", ok + "no colon\r\n\r\n",
        ok + "transfer-encoding: chunked\r\n\r\nxyz\r\n",
        ok + "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"), std::string(200'000, 'A'),
        ok + "x: " + std::string(200'000, 'A') + "\r\n\r\n"}) {
    const Result<HttpResponse> answer =
        exchange_once({{.send = sent, .then = Then::silence}}, http_put("x"));
    ASSERT_FALSE(answer.has_value()) << sent.substr(0, 100);
    EXPECT_EQ(answer.error().code(), Code::unknown) << sent.substr(0, 100) << answer.error();
  }
}

TEST_F(HttpWireTest, EndlessInterimAnswersAreUnknown) {
  std::string sent;
  for (int i = 0; i < 1'000; ++i) sent += "HTTP/1.1 100 Continue\r\n\r\n";
  const Result<HttpResponse> answer = exchange_once({{sent + answer_of("x")}});
  EXPECT_EQ(answer.error().code(), Code::unknown);
}

TEST_F(HttpWireTest, AnAnswerBeyondItsLimitNamesTheSetting) {
  HttpWireOptions small;
  small.answer_bytes_max = 10;
  const std::string chunks =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
      "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n";
  const std::string endless = "HTTP/1.0 200 OK\r\n\r\n" + std::string(11, 'x');
  for (const std::string& sent : {answer_of(std::string(11, 'x')), chunks, endless}) {
    const Result<HttpResponse> answer = exchange_once({{.send = sent}}, http_get(), small);
    ASSERT_FALSE(answer.has_value()) << sent;
    EXPECT_EQ(answer.error().code(), Code::unknown);
    EXPECT_TRUE(answer.error().message().contains("s3.answer_bytes_max")) << answer.error();
  }
  EXPECT_EQ(exchange_once({{answer_of("0123456789")}}, http_get(), small).value().body.size(), 10u);
}

TEST_F(HttpWireTest, WhatIsNoRequestIsNotSent) {
  ScriptedServer server(world_, {{{answer_of("1")}}});
  HttpClient client(world_, options(server));
  for (const HttpRequest& request :
       {HttpRequest{"GET /evil HTTP/1.1\r\n", "/a", {}, {}}, HttpRequest{"GET", "/a b", {}, {}},
        HttpRequest{"GET", "http://elsewhere/", {}, {}}, HttpRequest{"", "/a", {}, {}},
        HttpRequest{"GET", "/a\r\nx: y", {}, {}},
        HttpRequest{"GET", "/a", {{"x", "1\r\ny: 2"}}, {}},
        HttpRequest{"GET", "/a", {{"x y", "1"}}, {}}}) {
    EXPECT_EQ(client.exchange(request).error().code(), Code::invalid_argument) << request.target;
  }
  EXPECT_EQ(server.accepted(), 0u);
}

}  // namespace
}  // namespace eyrie::test
