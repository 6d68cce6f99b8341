// The wire to etcd where there is none, or one that ends badly: each failure has the category that
// is true of it, and words that say what to look at.
#include "runtime/combine.h"
#include "tests/real/etcd_server.h"
#include "tests/real/odd_server.h"

namespace eyrie::test {
namespace {

using storage::EtcdMethod;

constexpr Duration kPatience = 2s;  // above connect_timeout

class EtcdOddServer : public testing::Test {
 protected:
  struct Failures {
    Status call;
    Status open;  // or of the first message, where opening says nothing yet
  };

  // What a call and a stream end with there.
  Failures failures_at(const std::string& endpoint, Duration patience = kPatience) {
    storage::GrpcEtcdOptions options;
    options.endpoint = endpoint;
    return failures_with(options, patience);
  }
  Failures failures_with(storage::GrpcEtcdOptions options, Duration patience = kPatience) {
    AsioMachine& machine = world_.asio_machine("client");
    auto wire = std::move(*storage::GrpcEtcdWire::make(
        machine.executor(), machine.environment().clock, std::move(options)));
    Failures failures;
    world_.run("client", [&](Environment& environment) {
      return ask(environment.clock, *wire, patience, failures);
    });
    return failures;
  }

  static Task<void> ask(Clock& clock, storage::EtcdWire& wire, Duration patience,
                        Failures& failures) {
    const Bytes request = "\n\1a";  // the key a
    failures.call =
        status_of(co_await wire.call(EtcdMethod::put, request, clock.monotonic() + patience));
    auto stream = co_await wire.open(EtcdMethod::watch, clock.monotonic() + patience);
    failures.open = stream ? Status() : stream.error();
    if (stream) {
      failures.open = status_of(
          co_await with_deadline(clock, clock.monotonic() + patience, (*stream)->receive()));
      stream->reset();
    }
    co_await wire.stop();
  }

  RealTestWorld world_;
};

void expect_words(const Status& status, const std::string& words) {
  EXPECT_TRUE(status.message().contains(words)) << status << "\n  lacks: " << words;
}

TEST_F(EtcdOddServer, NobodyListensIsUnavailable) {
  const std::string endpoint = "127.0.0.1:" + std::to_string(quiet_ports(1).at(0));
  const Failures failures = failures_at(endpoint);
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
  expect_words(failures.call, endpoint);
  expect_words(failures.call, "Connection refused");
}

TEST_F(EtcdOddServer, ANameThatIsNotKnownIsUnavailable) {
  const Failures failures = failures_at("no-such-host.invalid:2379");
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
}

TEST_F(EtcdOddServer, OneThatHangsUpIsUnavailable) {
  const OddServer server([](OddConnection) {});
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
  expect_words(failures.call, "option tls");
}

TEST_F(EtcdOddServer, AWebServerIsNamedAsOne) {
  const OddServer server([](OddConnection connection) {
    connection.receive();
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.receive_until_closed();
  });
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
  expect_words(failures.call, "it is no etcd server, it speaks HTTP/1");
}

TEST_F(EtcdOddServer, GarbageInPlaceOfAGreetingIsUnavailable) {
  const OddServer server([](OddConnection connection) {
    connection.receive();
    connection.send("220 mail.example ESMTP, and some more bytes to be sure\r\n");
    connection.receive_until_closed();
  });
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
  expect_words(failures.call, "it is no etcd server");
}

TEST_F(EtcdOddServer, SilenceInPlaceOfAGreetingIsUnavailable) {
  const OddServer server([](OddConnection connection) { connection.receive_until_closed(); });
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
  expect_words(failures.call, "connect_timeout");
}

TEST_F(EtcdOddServer, ADeadlineBeforeTheGreetingLeavesNothingBehind) {
  const OddServer server([](OddConnection connection) { connection.receive_until_closed(); });
  const Failures failures = failures_at(server.endpoint(), 200ms);
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  EXPECT_EQ(failures.open.code(), Code::unavailable);
}

TEST_F(EtcdOddServer, OneThatDiesWithTheRequestLeavesItInDoubt) {
  const OddServer server([](OddConnection connection) {
    connection.send(http2::greeting());
    while (true) {
      const std::string bytes = connection.receive();
      if (bytes.empty() || bytes.contains("KV/Put") || bytes.contains("Watch/Watch")) return;
    }
  });
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unknown);
  // A stream that broke says so; what was sent on it is in doubt for whoever waits for an answer.
  EXPECT_EQ(failures.open.code(), Code::unavailable);
}

TEST_F(EtcdOddServer, OneThatNeverAnswersARequestLeavesItInDoubt) {
  const OddServer server([](OddConnection connection) {
    connection.send(http2::greeting());
    connection.receive_until_closed();
  });
  const Failures failures = failures_at(server.endpoint(), 500ms);
  EXPECT_EQ(failures.call.code(), Code::deadline_exceeded);
  EXPECT_EQ(failures.open.code(), Code::deadline_exceeded);
}

TEST_F(EtcdOddServer, GarbageAfterTheRequestLeavesItInDoubt) {
  const OddServer server([](OddConnection connection) {
    connection.send(http2::greeting());
    for (std::string bytes = connection.receive(); !bytes.empty(); bytes = connection.receive()) {
      if (bytes.contains("KV/Put")) connection.send(std::string(300, 'x'));
    }
  });
  storage::GrpcEtcdOptions options;
  options.endpoint = server.endpoint();
  EXPECT_EQ(failures_with(options, 1s).call.category(), Category::unknown_outcome);
}

// The answer of any server that speaks HTTP/2.
class AnsweringServer {
 public:
  explicit AnsweringServer(std::vector<std::pair<std::string, std::string>> headers)
      : server_([headers = std::move(headers)](OddConnection connection) {
          connection.send(http2::greeting());
          while (true) {
            const std::string bytes = connection.receive();
            if (bytes.empty()) return;
            if (bytes.contains("/Put") || bytes.contains("/Watch")) {
              connection.send(http2::last_headers(headers));
            }
          }
        }) {}
  const std::string& endpoint() const { return server_.endpoint(); }

 private:
  OddServer server_;
};

TEST_F(EtcdOddServer, AnHttp2ServerThatIsNotEtcdIsNamed) {
  const AnsweringServer server({{":status", "404"}, {"content-type", "text/html"}});
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::failed_precondition);
  expect_words(failures.call, "it is no etcd server, it answers HTTP status 404");
}

TEST_F(EtcdOddServer, AProxyThatLostItsServerLeavesTheRequestInDoubt) {
  const AnsweringServer server({{":status", "502"}, {"content-type", "text/html"}});
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::unknown);
  expect_words(failures.call, "HTTP status 502");
}

TEST_F(EtcdOddServer, AnotherGrpcServerIsNamed) {
  const AnsweringServer server({{":status", "200"},
                                {"content-type", "application/grpc"},
                                {"grpc-status", "12"},
                                {"grpc-message", "unknown service etcdserverpb.KV"}});
  const Failures failures = failures_at(server.endpoint());
  EXPECT_EQ(failures.call.code(), Code::failed_precondition);
  expect_words(failures.call, "is another gRPC server");
}

TEST_F(EtcdOddServer, APeersClaimThatNoConnectionWasMadeIsNotBelieved) {
  const AnsweringServer server({{":status", "200"},
                                {"content-type", "application/grpc"},
                                {"grpc-status", "14"},
                                {"grpc-message", "failed to connect to all addresses"}});
  EXPECT_EQ(failures_at(server.endpoint()).call.code(), Code::unknown);
}

Task<void> put_on(Clock& clock, storage::EtcdWire& wire, Duration patience, Status& status) {
  status = status_of(co_await wire.call(EtcdMethod::put, "\n\1a", clock.monotonic() + patience));
}

// One who has long waits for a token; one who has not does not wait as long.
Task<void> put_twice(Clock& clock, storage::EtcdWire& wire) {
  Status patient(Code::internal, "waits");
  Status hasty;
  TaskGroup calls(co_await this_scope());
  calls.spawn(put_on(clock, wire, 5s, patient));
  (void)co_await clock.sleep_for(200ms);
  co_await put_on(clock, wire, 200ms, hasty);
  EXPECT_EQ(hasty.code(), Code::unavailable);
  EXPECT_EQ(patient.code(), Code::internal);
  co_await wire.stop();
  co_await calls.join();
  EXPECT_NE(patient.code(), Code::internal);
}

TEST_F(EtcdOddServer, ACallWaitsForAnothersTokenUntilItsOwnDeadline) {
  const OddServer server([](OddConnection connection) {
    connection.send(http2::greeting());
    connection.receive_until_closed();
  });
  storage::GrpcEtcdOptions options;
  options.endpoint = server.endpoint();
  options.user = "eyrie";
  AsioMachine& machine = world_.asio_machine("client");
  auto wire = std::move(
      *storage::GrpcEtcdWire::make(machine.executor(), machine.environment().clock, options));
  world_.run("client",
             [&](Environment& environment) { return put_twice(environment.clock, *wire); });
}

TEST_F(EtcdOddServer, TlsWhereNobodySpeaksItIsSaid) {
  const TemporaryFolder folder;
  const std::string ca = folder.path() + "/ca.pem";
  const std::string make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout " + folder.path() +
                           "/ca.key -out " + ca + " -days 3 -subj /CN=ca 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "no openssl here";
  const OddServer server([](OddConnection connection) {
    connection.receive();
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.receive_until_closed();
  });
  storage::GrpcEtcdOptions options;
  options.endpoint = server.endpoint();
  options.tls.emplace().ca_file = ca;
  const Failures failures = failures_with(options);
  EXPECT_EQ(failures.call.code(), Code::unavailable);
  expect_words(failures.call, "it does not speak TLS, option tls asks for it");
}

}  // namespace
}  // namespace eyrie::test
