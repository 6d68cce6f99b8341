// Who may: users and certificates at a real etcd. What is wrong is said in one sentence that names
// the option.
#include <functional>

#include "runtime/combine.h"
#include "storage/etcd/etcd_meta_store.h"
#include "tests/real/etcd_wire_case.h"
#include "tests/storage/co_assert.h"

namespace eyrie::test {
namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMethod;
using storage::EtcdWire;
using storage::GrpcEtcdOptions;
using storage::GrpcEtcdWire;

class EtcdRights : public testing::Test {
 protected:
  // False, and the test is skipped, where there is no etcd.
  void SetUp() override {
    if (const std::string lacks = RealServer::missing(kEtcdScript); !lacks.empty()) {
      GTEST_SKIP() << lacks;
    }
  }
  void start(std::map<std::string, std::string> environment) {
    etcd_ = std::make_unique<EtcdServer>(1, std::move(environment));
  }
  GrpcEtcdOptions as(const std::string& user, const std::string& password) {
    GrpcEtcdOptions options;
    options.endpoint = etcd_->endpoint();
    options.user = user;
    options.password = password;
    return options;
  }
  // certificate: a name of the script's; empty: none.
  GrpcEtcdOptions with_tls(const std::string& certificate, const std::string& ca = "ca") {
    GrpcEtcdOptions options;
    options.endpoint = etcd_->endpoint();
    options.tls.emplace().ca_file = tls_file(ca + ".pem");
    if (!certificate.empty()) {
      options.tls->certificate_file = tls_file(certificate + ".pem");
      options.tls->key_file = tls_file(certificate + ".key");
    }
    return options;
  }
  std::string tls_file(const std::string& name) { return etcd_->folder() + "/tls/" + name; }

  Result<std::unique_ptr<GrpcEtcdWire>> make(const GrpcEtcdOptions& options) {
    AsioMachine& machine = world_.asio_machine("client");
    return GrpcEtcdWire::make(machine.executor(), machine.environment().clock, options);
  }
  Result<EtcdAnswer> put_with(const GrpcEtcdOptions& options, const std::string& key) {
    Result<std::unique_ptr<GrpcEtcdWire>> wire = make(options);
    if (!wire) return fail(std::move(wire).error());
    Result<EtcdAnswer> answer = fail(Code::internal, "");
    world_.run("client", [&](Environment& environment) {
      return put_once(environment.clock, **wire, key, answer);
    });
    return answer;
  }
  static Task<void> put_once(Clock& clock, EtcdWire& wire, std::string key,
                             Result<EtcdAnswer>& answer) {
    answer = co_await wire.call(EtcdMethod::put, put_of(key, "1"), clock.monotonic() + 10s);
    co_await wire.stop();
  }

  RealTestWorld world_;
  std::unique_ptr<EtcdServer> etcd_;
};

void expect_failure(const Result<EtcdAnswer>& answer, Code code, const std::string& words) {
  const Status status = status_of(answer);
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(status.message().contains(words)) << status << "\n  lacks: " << words;
}
void expect_put(const Result<EtcdAnswer>& answer) {
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->code, EtcdCode::ok) << answer->message;
}

TEST_F(EtcdRights, UsersMayWhatTheirRolesSay) {
  start({{"AUTH", "1"}});
  expect_put(put_with(as("writer", "writer"), "w/1"));
  expect_failure(put_with(as("writer", "writer"), "elsewhere"), Code::failed_precondition,
                 "does not allow this to the user 'writer' of option user");
  expect_failure(put_with(as("nobody", "nobody"), "w/1"), Code::failed_precondition,
                 "does not allow this to the user 'nobody' of option user");
  expect_failure(put_with(as("writer", "wrong"), "w/1"), Code::failed_precondition,
                 "look at options user and password");
  expect_failure(put_with(as("stranger", "writer"), "w/1"), Code::failed_precondition,
                 "look at options user and password");
  expect_failure(put_with(as("", ""), "w/1"), Code::failed_precondition,
                 "wants a user; options user and password name none");
}

TEST_F(EtcdRights, AUserIsNoMistakeWhereNobodyAsks) {
  start({});
  expect_put(put_with(as("writer", "writer"), "w/1"));
}

Task<void> outlive_a_restart(WireCase& t) {
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer before,
                        co_await t.wire().call(EtcdMethod::put, put_of("w/1", "1"), t.in(10s)));
  EXPECT_EQ(before.code, EtcdCode::ok) << before.message;
  EYRIE_CO_ASSERT_OK(co_await t.etcd("restart"));  // it forgets its tokens
  Result<EtcdAnswer> after = fail(Code::internal, "");
  for (int i = 0; i < 100 && !after; ++i) {
    after = co_await t.wire().call(EtcdMethod::put, put_of("w/1", "2"), t.in(10s));
    if (!after) EXPECT_NE(after.error().code(), Code::failed_precondition) << after.error();
    EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(50ms));
  }
  EXPECT_TRUE(after && after->code == EtcdCode::ok) << status_of(after);

  // A stream is opened with a token that is good, too.
  EYRIE_CO_ASSERT_VALUE(auto stream, co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await stream->send(watch_of("w/1")));
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer created, co_await stream->receive());
  etcdserverpb::WatchResponse response;
  EXPECT_TRUE(response.ParseFromString(created.body));
  EXPECT_TRUE(response.created() && !response.canceled()) << response.cancel_reason();
}

// The token is replaced by another user's change of the rights, too: it is of an older revision.
Task<void> outlive_a_change_of_rights(WireCase& t) {
  for (const char* role : {"one", "two"}) {
    EYRIE_CO_ASSERT_VALUE(const EtcdAnswer answer,
                          co_await t.wire().call(EtcdMethod::put, put_of("w/1", role), t.in(10s)));
    EXPECT_EQ(answer.code, EtcdCode::ok) << answer.message;
    EYRIE_CO_ASSERT_OK(co_await t.etcd("ctl", {"role", "add", role}));
  }
}

TEST_F(EtcdRights, ATokenThatIsNoLongerGoodIsReplaced) {
  start({{"AUTH", "1"}});
  for (auto* const body : {&outlive_a_restart, &outlive_a_change_of_rights}) {
    std::vector<std::unique_ptr<EtcdWire>> wires;
    wires.push_back(std::move(*make(as("writer", "writer"))));
    WireCase test(*etcd_, world_.machine("client"), std::move(wires));
    world_.run("client", [&](Environment&) { return body(test); });
    world_.run("client", [&](Environment&) { return test.stop(); });
  }
}

// The MetaStore says it too, and does not try for ever.
Task<void> use_store(storage::EtcdMetaStore& store, Status& committed, Status& watched) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key("elsewhere", "1"));
  committed = status_of(co_await store.commit(std::move(transaction)));
  {
    Result<std::unique_ptr<storage::MetaWatch>> watch =
        co_await store.watch(storage::single_key("elsewhere"), 1);
    watched = watch ? status_of(co_await (*watch)->next()) : watch.error();
  }
  co_await store.stop();
}

TEST_F(EtcdRights, TheStoreSaysWhoMayNotAndEndsItsWatch) {
  start({{"AUTH", "1"}});
  std::vector<std::unique_ptr<EtcdWire>> wires;
  wires.push_back(std::move(*make(as("writer", "writer"))));
  storage::EtcdMetaStore store(world_.machine("client"), std::move(wires), {});
  Status committed;
  Status watched;
  world_.run("client", [&](Environment&) { return use_store(store, committed, watched); });
  EXPECT_EQ(committed.code(), Code::failed_precondition) << committed;
  EXPECT_TRUE(committed.message().contains("option user")) << committed;
  EXPECT_EQ(watched.code(), Code::failed_precondition) << watched;
}

TEST_F(EtcdRights, CertificatesAreCheckedOnBothSides) {
  start({{"TLS", "1"}});
  expect_put(put_with(with_tls("client"), "a"));
  GrpcEtcdOptions named = with_tls("client");
  named.tls->server_name = "etcd.test";
  expect_put(put_with(named, "a"));

  named.tls->server_name = "other.test";
  expect_failure(put_with(named, "a"), Code::unavailable, "option tls.server_name");
  expect_failure(put_with(with_tls("client", "stranger"), "a"), Code::unavailable,
                 "its certificate is not signed by option tls.ca_file");
  expect_failure(put_with(with_tls("stranger"), "a"), Code::unavailable,
                 "it refuses the client certificate of option tls.certificate_file");
  expect_failure(put_with(with_tls(""), "a"), Code::unavailable,
                 "it wants a client certificate, option tls.certificate_file");
  GrpcEtcdOptions clear;
  clear.endpoint = etcd_->endpoint();
  expect_failure(put_with(clear, "a"), Code::unavailable, "does it want TLS (option tls)?");
}

TEST_F(EtcdRights, TlsAtAnEtcdWithoutItIsSaid) {
  start({{"TLS", "1"}});
  const EtcdServer plain(1);
  GrpcEtcdOptions options = with_tls("client");
  options.endpoint = plain.endpoint();
  expect_failure(put_with(options, "a"), Code::unavailable,
                 "does it speak TLS, as option tls asks?");
}

TEST_F(EtcdRights, BadFilesAreSaidBeforeAnythingIsConnected) {
  start({{"TLS", "1"}});
  const auto refused = [this](const GrpcEtcdOptions& options, const std::string& words) {
    const auto wire = make(options);
    const Status status = wire ? Status() : wire.error();
    EXPECT_EQ(status.code(), Code::invalid_argument) << status;
    EXPECT_TRUE(status.message().contains(words)) << status << "\n  lacks: " << words;
  };
  refused(with_tls("expired"), "expired.pem' has expired");
  refused(with_tls("absent"),
          "option tls.certificate_file: '" + tls_file("absent.pem") + "' cannot be read");
  refused(with_tls("client", "absent"), "option tls.ca_file");
  GrpcEtcdOptions options = with_tls("client");
  options.tls->key_file = tls_file("server.key");
  refused(options, "option tls.key_file");
  options.tls->key_file = "";
  refused(options, "are set together or not at all");
  options = with_tls("client");
  options.tls->ca_file = tls_file("client.key");
  refused(options, "has no certificate");
  options.tls->ca_file = "";
  refused(options, "option tls.ca_file is needed");
}

TEST_F(EtcdRights, AnEndpointIsAHostAndAPort) {
  for (const char* endpoint : {"", "etcd-1", "http://etcd-1:2379", "etcd-1:", ":2379", "a:port"}) {
    GrpcEtcdOptions options;
    options.endpoint = endpoint;
    const auto wire = make(options);
    EXPECT_EQ((wire ? Status() : wire.error()).code(), Code::invalid_argument) << endpoint;
  }
}

TEST_F(EtcdRights, UsersAndCertificatesTogether) {
  start({{"TLS", "1"}, {"AUTH", "1"}});
  GrpcEtcdOptions options = with_tls("client");
  options.user = options.password = "writer";
  expect_put(put_with(options, "w/1"));
  options.password = "wrong";
  expect_failure(put_with(options, "w/1"), Code::failed_precondition, "options user and password");
}

}  // namespace
}  // namespace eyrie::test
