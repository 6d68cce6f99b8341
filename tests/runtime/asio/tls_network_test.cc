// TlsByteNetwork: who may talk to whom, what is said to those who may not, and files that change.
#include "runtime/asio/tls_network.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "runtime/asio/tls_stream.h"
#include "runtime/combine.h"
#include "tests/support/certificates.h"
#include "tests/support/co_assert.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

// What came of a connection on which each side sends a word and reads one.
struct Met {
  Status connected;
  Result<Bytes> at_client = fail(Code::internal, "not run");
  Result<Bytes> at_server = fail(Code::internal, "not run");
};

Task<Result<Bytes>> say_and_hear(ByteStream& stream, Bytes word) {
  const Result<std::size_t> sent = co_await stream.write_some(word);
  if (!sent) co_return fail(sent.error());
  co_return co_await stream.read_some(16);
}

Task<void> serve_one(ByteListener& listener, Clock& clock, Met& met) {
  Result<std::unique_ptr<ByteStream>> stream = co_await listener.accept();
  if (!stream) co_return;
  met.at_server =
      co_await with_deadline(clock, clock.monotonic() + 10s, say_and_hear(**stream, "server"));
  (*stream)->shutdown_write();
  (void)co_await with_deadline(clock, clock.monotonic() + 1s, (*stream)->read_some(1));
}

Task<void> meet(AsioMachine& machine, ByteNetwork& server, ByteNetwork& client, std::string host,
                Met& met) {
  Clock& clock = machine.environment().clock;
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteListener> listener,
                      co_await server.listen({"127.0.0.1", 0}));
  TaskGroup serving(co_await this_scope());
  serving.spawn(serve_one(*listener, clock, met));
  Result<std::unique_ptr<ByteStream>> stream =
      co_await client.connect({std::move(host), listener->address().port});
  met.connected = stream ? Status() : stream.error();
  if (stream) {
    met.at_client =
        co_await with_deadline(clock, clock.monotonic() + 10s, say_and_hear(**stream, "client"));
    stream->reset();
  }
  co_await serving.join();
}

class TlsNetworkTest : public testing::Test {
 protected:
  TlsOptions options(const CertificateFiles& files, const Authority& trusted) const {
    return {.ca_file = trusted.certificate_file(),
            .certificate_file = files.certificate,
            .key_file = files.key,
            .setting = "node.tls"};
  }
  // A network of its own, on the one machine.
  TlsByteNetwork& network(MutualTls tls) {
    AsioMachine& machine = world_.asio_machine("one");
    files_.push_back(TlsFiles::open(tracer_, tls.files).value());
    networks_.push_back(std::make_unique<TlsByteNetwork>(
        machine.bytes(), *files_.back(), machine.executor().blocking_calls(), std::move(tls)));
    return *networks_.back();
  }
  Met meet_at(const std::string& host, ByteNetwork& server, ByteNetwork& client) {
    Met met;
    world_.run("one", [&](Environment&) {
      return meet(world_.asio_machine("one"), server, client, host, met);
    });
    return met;
  }
  ByteNetwork& plain() { return world_.asio_machine("one").bytes(); }

  static void expect_met(const Met& met) {
    EXPECT_TRUE(met.connected.ok()) << met.connected;
    EXPECT_EQ(met.at_client.value_or("nothing"), "server");
    EXPECT_EQ(met.at_server.value_or("nothing"), "client");
  }
  static void expect_said(const Status& status, Code code, const std::vector<std::string>& parts) {
    EXPECT_EQ(status.code(), code) << status;
    for (const std::string& part : parts) {
      EXPECT_TRUE(status.message().contains(part)) << part << " is not in: " << status;
    }
  }

  SilentTracer tracer_;
  TemporaryFolder folder_;
  Authority authority_{folder_.path(), "authority"};
  CertificateFiles local_ = authority_.issue("local", {"127.0.0.1"});
  RealTestWorld world_;
  std::vector<std::unique_ptr<TlsFiles>> files_;
  std::vector<std::unique_ptr<TlsByteNetwork>> networks_;
};

TEST_F(TlsNetworkTest, NodesOfOneAuthorityMeet) {
  TlsByteNetwork& node = network({.files = options(local_, authority_)});
  expect_met(meet_at("127.0.0.1", node, node));
}

TEST_F(TlsNetworkTest, ACertificateIsOfTheHostOrOfTheNameOfAll) {
  const CertificateFiles shared = authority_.issue("shared", {"eyrie-nodes"});
  const TlsOptions files = options(shared, authority_);
  expect_met(meet_at("127.0.0.1", network({.files = files}),
                     network({.files = files, .name = "eyrie-nodes"})));
  const Met met = meet_at("127.0.0.1", network({.files = files}), network({.files = files}));
  expect_said(met.connected, Code::failed_precondition,
              {"the certificate of 127.0.0.1", "mismatch", "node.tls_ca_file"});
  EXPECT_FALSE(met.at_server);
}

TEST_F(TlsNetworkTest, ANodeOfAnotherAuthorityIsRefusedByEitherEnd) {
  Authority stranger(folder_.path(), "stranger");
  const CertificateFiles strange = stranger.issue("strange", {"127.0.0.1"});
  TlsByteNetwork& ours = network({.files = options(local_, authority_)});
  // It trusts us, and we do not trust it.
  TlsByteNetwork& theirs = network({.files = options(strange, authority_)});
  const Met as_client = meet_at("127.0.0.1", ours, theirs);
  expect_said(status_of(as_client.at_client), Code::failed_precondition,
              {"refuses this side's certificate", "node.tls_certificate_file"});
  expect_said(status_of(as_client.at_server), Code::failed_precondition,
              {"the certificate of 127.0.0.1", "node.tls_ca_file"});
  const Met as_server = meet_at("127.0.0.1", theirs, ours);
  expect_said(as_server.connected, Code::failed_precondition,
              {"the certificate of 127.0.0.1", "node.tls_ca_file"});
}

TEST_F(TlsNetworkTest, AnExpiredCertificateIsRefused) {
  const CertificateFiles old = authority_.issue("old", {"127.0.0.1"}, Authority::Validity::expired);
  TlsByteNetwork& ours = network({.files = options(local_, authority_)});
  TlsByteNetwork& theirs = network({.files = options(old, authority_)});
  const Met met = meet_at("127.0.0.1", ours, theirs);
  expect_said(status_of(met.at_server), Code::failed_precondition, {"expired"});
  expect_said(status_of(met.at_client), Code::failed_precondition,
              {"refuses this side's certificate", "expired"});
  expect_said(meet_at("127.0.0.1", theirs, ours).connected, Code::failed_precondition, {"expired"});
}

// As connect_tls() would have it, with the authority and without a certificate.
class Nameless final : public ByteNetwork {
 public:
  Nameless(ByteNetwork& lower, TlsContext context) : lower_(lower), context_(std::move(context)) {}
  Task<Result<std::unique_ptr<ByteListener>>> listen(Address address) override {
    return lower_.listen(std::move(address));
  }
  Task<Result<std::unique_ptr<ByteStream>>> connect(Address address) override {
    EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await lower_.connect(address));
    co_return co_await connect_tls(std::move(stream), context_, address.host);
  }

 private:
  ByteNetwork& lower_;
  TlsContext context_;
};

TEST_F(TlsNetworkTest, WhoShowsNoCertificateIsRefused) {
  TlsByteNetwork& ours = network({.files = options(local_, authority_)});
  Nameless nameless(
      plain(),
      make_tls_context({.ca_file = authority_.certificate_file()}, TlsRole::client).value());
  const Met met = meet_at("127.0.0.1", ours, nameless);
  expect_said(status_of(met.at_server), Code::failed_precondition, {"has no certificate"});
  EXPECT_FALSE(met.at_client);
}

TEST_F(TlsNetworkTest, WhoSpeaksNoTlsIsRefused) {
  TlsByteNetwork& ours = network({.files = options(local_, authority_)});
  const Met in = meet_at("127.0.0.1", ours, plain());
  expect_said(status_of(in.at_server), Code::failed_precondition,
              {"speaks no TLS, and this side does (node.tls)"});
  // An alert of TLS, which the framing knows by its first byte.
  EXPECT_TRUE(in.at_client.value_or("").starts_with('\x15'));
  const Met out = meet_at("127.0.0.1", plain(), ours);
  expect_said(out.connected, Code::failed_precondition,
              {"speaks no TLS, and this side does (node.tls)"});
}

TEST_F(TlsNetworkTest, NobodyThereIsUnavailable) {
  TlsByteNetwork& ours = network({.files = options(local_, authority_)});
  Status connected;
  const auto connect = [&](Environment&) -> Task<void> {
    return [](ByteNetwork& net, Status& status) -> Task<void> {
      status = status_of(co_await net.connect({"127.0.0.1", 1}));
    }(ours, connected);
  };
  world_.run("one", connect);
  EXPECT_EQ(connected.code(), Code::unavailable) << connected;
}

TEST_F(TlsNetworkTest, AnAddressForClientsStaysInTheClear) {
  TlsByteNetwork& proxy = network({.files = options(local_, authority_), .listens = false});
  expect_met(meet_at("127.0.0.1", proxy, plain()));
}

Task<void> wait_in_read(ByteStream& stream) {
  (void)co_await stream.read_some(1);
}

// Ends its direction while its own read waits, for as long as the test may take.
Task<void> serve_and_end(ByteListener& listener, Clock& clock) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> stream, co_await listener.accept());
  EYRIE_CO_ASSERT_OK(status_of(co_await say_and_hear(*stream, "server")));
  TaskGroup reading(co_await this_scope());
  reading.spawn(wait_in_read(*stream));
  (void)co_await clock.sleep_for(20ms);
  stream->shutdown_write();
  co_await reading.join();
}

// A reader that waits is woken to send what TLS has to say at the end.
Task<void> end_while_reading(AsioMachine& machine, ByteNetwork& node, Result<Bytes>& heard) {
  Clock& clock = machine.environment().clock;
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteListener> listener,
                      co_await node.listen({"127.0.0.1", 0}));
  TaskGroup serving(co_await this_scope());
  serving.spawn(serve_and_end(*listener, clock));
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<ByteStream> stream,
                      co_await node.connect(listener->address()));
  EYRIE_CO_ASSERT_OK(status_of(co_await say_and_hear(*stream, "client")));
  heard = co_await with_deadline(clock, clock.monotonic() + 10s, stream->read_some(1));
  stream.reset();  // which ends the other's read
  co_await serving.join();
}

TEST_F(TlsNetworkTest, AnEndIsAnnouncedWhileItsSideReads) {
  TlsByteNetwork& node = network({.files = options(local_, authority_)});
  Result<Bytes> heard = fail(Code::internal, "not run");
  world_.run("one", [&](Environment&) {
    return end_while_reading(world_.asio_machine("one"), node, heard);
  });
  ASSERT_TRUE(heard) << heard.error();
  EXPECT_EQ(*heard, "");
}

TEST_F(TlsNetworkTest, FilesThatAreReplacedCountForTheNextConnection) {
  const std::string live = folder_.path() + "/live";
  const auto put = [&](const std::string& ca, const CertificateFiles& files) {
    const auto replace = [&](const std::string& from, const std::string& name) {
      std::filesystem::copy_file(from, live + name + ".new");
      std::filesystem::rename(live + name + ".new", live + name);
    };
    replace(ca, "-ca");
    replace(files.certificate, "-certificate");
    replace(files.key, "-key");
  };
  put(authority_.certificate_file(), local_);
  TlsByteNetwork& node = network({.files = {.ca_file = live + "-ca",
                                            .certificate_file = live + "-certificate",
                                            .key_file = live + "-key",
                                            .setting = "node.tls"}});
  TlsByteNetwork& before = network({.files = options(local_, authority_)});
  expect_met(meet_at("127.0.0.1", node, before));
  Authority next(folder_.path(), "next");
  const CertificateFiles renewed = next.issue("renewed", {"127.0.0.1"});
  put(next.certificate_file(), renewed);
  TlsByteNetwork& after = network({.files = options(renewed, next)});
  expect_met(meet_at("127.0.0.1", node, after));
  expect_met(meet_at("127.0.0.1", after, node));
  EXPECT_FALSE(meet_at("127.0.0.1", node, before).at_server);
  // A key of another pair: those before stay.
  put(authority_.certificate_file(), {local_.certificate, renewed.key});
  expect_met(meet_at("127.0.0.1", node, after));
  put(authority_.certificate_file(), local_);
  expect_met(meet_at("127.0.0.1", before, node));
}

TEST_F(TlsNetworkTest, FilesThatCannotBeUsedAreNamed) {
  TlsOptions missing = options(local_, authority_);
  missing.key_file = folder_.path() + "/none";
  const auto opened = TlsFiles::open(tracer_, missing);
  ASSERT_FALSE(opened);
  expect_said(opened.error(), Code::invalid_argument, {"node.tls_key_file", "/none"});
}

}  // namespace
}  // namespace eyrie::test
