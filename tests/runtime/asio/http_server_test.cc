// HttpServer before clients that behave, and those that do not.
#include "runtime/asio/http/http_server.h"

#include <poll.h>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"
#include "tests/support/plain_http.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

Task<HttpResponse> answer(HttpRequest request) {
  co_return HttpResponse{200, {{"x-target", request.target}}, "hello " + request.method};
}

class HttpServerTest : public testing::Test {
 protected:
  ~HttpServerTest() override {
    if (server_ == nullptr) return;
    world_.run("server", [this](Environment&) { return server_->stop(); });
  }

  void start(HttpServerLimits limits = {}) {
    world_.run("server", [this, limits](Environment& environment) {
      AsioMachine& machine = world_.asio_machine("server");
      server_ = std::make_unique<HttpServer>(environment.executor, environment.clock,
                                             machine.bytes(), answer, limits);
      return listen();
    });
  }
  Task<void> listen() {
    EYRIE_CO_ASSERT_OK(co_await server_->start({"127.0.0.1", 0}));
    port_ = server_->address().port;
  }
  // What comes for these bytes, until the server ends the connection.
  PlainAnswer say(const std::string& bytes) {
    PlainConnection connection(port_);
    EXPECT_TRUE(connection.connected());
    connection.send(bytes);
    EXPECT_TRUE(connection.read_to_end()) << "the server kept the connection";
    return parse_answer(connection.received());
  }

  RealTestWorld world_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

TEST_F(HttpServerTest, AnswersGetAndHead) {
  start();
  const PlainAnswer got = get(port_, "/a?b=c");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello GET");
  EXPECT_NE(got.head.find("x-target: /a?b=c\r\n"), std::string::npos) << got.head;
  EXPECT_NE(got.head.find("content-length: 9\r\n"), std::string::npos) << got.head;
  const PlainAnswer head = say("HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_NE(head.head.find("content-length: 10\r\n"), std::string::npos) << head.head;
  EXPECT_EQ(say("GET / HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HttpServerTest, AConnectionCarriesOneRequestAfterAnother) {
  start();
  PlainConnection connection(port_);
  const std::string request = "GET /1 HTTP/1.1\r\nhost: a\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    const std::size_t before = connection.received().size();
    ASSERT_TRUE(connection.send(request));
    while (connection.received().size() == before) {
      ASSERT_TRUE(connection.read_until("hello GET"));
      if (connection.received().size() == before) {
        ASSERT_TRUE(connection.read_until(connection.received() + "H"));
      }
    }
  }
  // Two at once, and the second in two pieces; the last is no HTTP, and the others are answered.
  PlainConnection other(port_);
  ASSERT_TRUE(other.send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nho"));
  ASSERT_TRUE(other.read_until("/1"));
  ASSERT_TRUE(other.send("st: a\r\n\r\nnonsense\r\n\r\n"));
  ASSERT_TRUE(other.read_to_end());
  EXPECT_TRUE(other.received().contains("/2")) << other.received();
  EXPECT_TRUE(other.received().contains("HTTP/1.1 400 ")) << other.received();
}

TEST_F(HttpServerTest, RefusesWhatIsNoGetOfAnything) {
  start();
  EXPECT_EQ(say("nonsense\r\n\r\n").status, 400);
  EXPECT_EQ(say("GET / HTTP/9.9\r\n\r\n").status, 400);
  EXPECT_EQ(say("\x16\x03\x01\x02\x01garbage\r\n\r\n").status, 400);
  EXPECT_EQ(say("POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody").status, 413);
  EXPECT_EQ(
      say("GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").status,
      413);
  const PlainAnswer post = say("DELETE / HTTP/1.1\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(post.status, 405);
  EXPECT_NE(post.head.find("allow: GET, HEAD\r\n"), std::string::npos) << post.head;
  EXPECT_EQ(get(port_, "/").status, 200);
}

TEST_F(HttpServerTest, BoundsTheHead) {
  start({.head_bytes_max = 1'024});
  EXPECT_EQ(say("GET /" + std::string(2'000, 'a') + " HTTP/1.1\r\n\r\n").status, 431);
  EXPECT_EQ(say("GET / HTTP/1.1\r\nx: " + std::string(2'000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(say(std::string(200'000, 'a')).status, 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 500; ++i) many += "x: y\r\n";
  EXPECT_EQ(say(many + "\r\n").status, 431);
}

TEST_F(HttpServerTest, GivesUpASlowClient) {
  start({.request_time = 200ms});
  EXPECT_EQ(say("GET / HTTP/1.1\r\nhost:").status, 408);
  EXPECT_EQ(say("").status, 0);  // nothing asked, nothing said
}

TEST_F(HttpServerTest, GivesUpAClientThatDoesNotRead) {
  start({.connections_max = 1, .request_time = 200ms, .answer_time = 200ms});
  {
    PlainConnection deaf(port_);
    std::string many;
    for (int i = 0; i < 20'000; ++i) many += "GET /1234567890 HTTP/1.1\r\n\r\n";
    for (int i = 0; i < 50 && deaf.send(many); ++i) continue;  // until the server is gone
  }
  PlainAnswer next;
  for (int i = 0; i < 200 && next.status != 200; ++i) {
    ::poll(nullptr, 0, 20);
    next = get(port_, "/");
  }
  EXPECT_EQ(next.status, 200);
}

TEST_F(HttpServerTest, BoundsItsConnections) {
  start({.connections_max = 2});
  PlainConnection one(port_);
  PlainConnection two(port_);
  // Both are known there once they were answered.
  for (PlainConnection* each : {&one, &two}) {
    ASSERT_TRUE(each->send("GET / HTTP/1.1\r\n\r\n"));
    ASSERT_TRUE(each->read_until("hello"));
  }
  PlainConnection three(port_);
  ASSERT_TRUE(three.read_to_end());
  EXPECT_EQ(parse_answer(three.received()).status, 503);
  EXPECT_NE(three.received().find("connections_max"), std::string::npos);
  ASSERT_TRUE(one.send("GET / HTTP/1.1\r\nconnection: close\r\n\r\n"));
  ASSERT_TRUE(one.read_to_end());
  PlainAnswer next;
  for (int i = 0; i < 200 && next.status != 200; ++i) {
    ::poll(nullptr, 0, 20);
    next = get(port_, "/");
  }
  EXPECT_EQ(next.status, 200);
}

// Whatever comes, it answers the next one.
TEST_F(HttpServerTest, SurvivesOddBytes) {
  start({.request_time = 50ms});
  std::mt19937 random(7);
  const std::string good = "GET /metrics HTTP/1.1\r\nhost: a\r\naccept: */*\r\n\r\n";
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    for (std::uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 8);
          break;
        default:
          bytes.insert(at, 1 + random() % 5, static_cast<char>(random()));
      }
      if (bytes.empty()) bytes = "x";
    }
    PlainConnection connection(port_);
    connection.send(bytes);
    if (i % 3 == 0) ASSERT_TRUE(connection.read_to_end()) << i;
  }
  EXPECT_EQ(get(port_, "/").status, 200);
}

TEST_F(HttpServerTest, APortInUseIsSaid) {
  start();
  Status second;
  world_.run("second", [&](Environment& environment) -> Task<void> {
    AsioMachine& machine = world_.asio_machine("second");
    auto server = std::make_unique<HttpServer>(environment.executor, environment.clock,
                                               machine.bytes(), answer);
    return [](std::unique_ptr<HttpServer> other, std::uint16_t port, Status& said) -> Task<void> {
      said = co_await other->start({"127.0.0.1", port});
      co_await other->stop();
    }(std::move(server), port_, second);
  });
  EXPECT_EQ(second.code(), Code::already_exists) << second;
}

}  // namespace
}  // namespace eyrie::test
