// TLS: who is believed to be who, seen through BeastHttpWire and through the streams themselves.
#include <fstream>

#include <gtest/gtest.h>

#include "runtime/asio/tls_stream.h"
#include "tests/runtime/asio/http_client.h"
#include "tests/runtime/asio/scripted_server.h"
#include "tests/support/certificates.h"

namespace eyrie::test {
namespace {

using Then = Turn::Then;
using Reads = Turn::Reads;

class TlsTest : public testing::Test {
 protected:
  TlsOptions by(const CertificateFiles& files, std::string ca = {}) const {
    return {.ca_file = std::move(ca), .certificate_file = files.certificate, .key_file = files.key};
  }
  TlsContext server_context(const CertificateFiles& files, std::string ca = {}) const {
    return make_tls_context(by(files, std::move(ca)), TlsRole::server).value();
  }
  HttpWireOptions options(const ScriptedServer& server, TlsOptions tls,
                          const std::string& host = "127.0.0.1") const {
    tls.setting = "s3.tls";
    return {.endpoint = {host, server.port()}, .tls = std::move(tls), .setting = "s3"};
  }
  TlsOptions trusting() const { return {.ca_file = authority_.certificate_file()}; }

  TemporaryFolder folder_;
  Authority authority_{folder_.path(), "authority"};
  CertificateFiles loopback_ = authority_.issue("server", {"127.0.0.1", "localhost"});
  RealTestWorld world_;
};

TEST_F(TlsTest, CarriesExchangesOnAKeptConnection) {
  Bytes body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 131 + i / 251);
  ScriptedServer server(world_, {{{answer_of(body)}, {answer_of("2")}}}, server_context(loopback_));
  HttpClient client(world_, options(server, trusting()));
  const Result<HttpResponse> answer = client.exchange(http_put(body));
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_TRUE(answer->body == body);
  EXPECT_EQ(client.exchange(http_get()).value().body, "2");
  EXPECT_EQ(server.accepted(), 1u);
  EXPECT_TRUE(server.received().at(0).ends_with(body));
}

TEST_F(TlsTest, ACertificateIsOfAName) {
  ScriptedServer server(world_, {{{answer_of("1")}}}, server_context(loopback_));
  HttpClient client(world_, options(server, trusting(), "localhost"));
  const Result<HttpResponse> answer = client.exchange(http_get());
  ASSERT_TRUE(answer.has_value()) << answer.error();
}

TEST_F(TlsTest, TheServerIsToldTheNameThatIsMeant) {
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    ScriptedServer server(world_, {{{.send = "", .reads = Reads::bytes, .then = Then::close}}});
    HttpClient client(world_, options(server, trusting(), host));
    EXPECT_EQ(client.exchange(http_get()).error().code(), Code::unavailable);
    // Server Name Indication travels in the clear, and is for names alone.
    EXPECT_EQ(server.received().at(0).contains(host), host == "localhost");
  }
}

TEST_F(TlsTest, AWrongCertificateIsRefusedAndNothingIsSent) {
  Authority stranger(folder_.path(), "stranger");
  const struct {
    CertificateFiles files;
    const char* why;
  } kCases[] = {
      {authority_.issue("other", {"192.0.2.7", "elsewhere"}), "IP address mismatch"},
      {authority_.issue("nameless", {}), "IP address mismatch"},
      {authority_.issue("old", {"127.0.0.1"}, Authority::Validity::expired),
       "certificate has expired"},
      {stranger.issue("foreign", {"127.0.0.1"}), "unable to get local issuer certificate"},
  };
  for (const auto& [files, why] : kCases) {
    ScriptedServer server(world_, {{{answer_of("1")}}}, server_context(files));
    HttpClient client(world_, options(server, trusting()));
    const Result<HttpResponse> answer = client.exchange(http_put("secret"));
    ASSERT_FALSE(answer.has_value()) << why;
    EXPECT_EQ(answer.error().code(), Code::failed_precondition) << answer.error();
    EXPECT_TRUE(answer.error().message().contains(why)) << answer.error();
    EXPECT_TRUE(answer.error().message().contains("s3.tls_ca_file")) << answer.error();
    EXPECT_EQ(server.received().size(), 0u);
  }
}

TEST_F(TlsTest, AWrongNameIsRefused) {
  ScriptedServer server(world_, {{{answer_of("1")}}},
                        server_context(authority_.issue("other", {"127.0.0.1", "elsewhere"})));
  HttpClient client(world_, options(server, trusting(), "localhost"));
  const Result<HttpResponse> answer = client.exchange(http_get());
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(answer.error().message().contains("hostname mismatch")) << answer.error();
}

TEST_F(TlsTest, TheSystemsAuthoritiesDoNotKnowTheTests) {
  ScriptedServer server(world_, {{{answer_of("1")}}}, server_context(loopback_));
  HttpClient client(world_, options(server, {}));
  EXPECT_EQ(client.exchange(http_get()).error().code(), Code::failed_precondition);
}

TEST_F(TlsTest, APeerWithoutTlsIsRefused) {
  ScriptedServer server(
      world_,
      {{{.send = "HTTP/1.1 400 Bad Request\r\n\r\n", .reads = Reads::bytes, .then = Then::close}}});
  HttpClient client(world_, options(server, trusting()));
  const Result<HttpResponse> answer = client.exchange(http_put("x"));
  EXPECT_EQ(answer.error().code(), Code::failed_precondition) << answer.error();
  EXPECT_TRUE(answer.error().message().contains("speaks no TLS, and this side does (s3.tls)"))
      << answer.error();
}

TEST_F(TlsTest, AnEndThatTlsDoesNotAnnounceEndsNoBody) {
  const std::string until_end = "HTTP/1.0 200 OK\r\n\r\nall of it?";
  for (const Then then : {Then::close, Then::drop}) {
    ScriptedServer server(world_, {{{.send = until_end, .then = then}}}, server_context(loopback_));
    HttpClient client(world_, options(server, trusting()));
    const Result<HttpResponse> answer = client.exchange(http_get());
    if (then == Then::close) {
      EXPECT_TRUE(answer.has_value()) << answer.error();
    } else {
      ASSERT_FALSE(answer.has_value());
      EXPECT_EQ(answer.error().code(), Code::unknown) << answer.error();
    }
  }
}

TEST_F(TlsTest, AServerMayAskForTheClientsCertificate) {
  Authority stranger(folder_.path(), "stranger");
  const TlsContext asking = server_context(loopback_, authority_.certificate_file());
  const std::string ca = authority_.certificate_file();
  const struct {
    TlsOptions client;
    bool accepted;
  } kCases[] = {
      {by(authority_.issue("client", {}), ca), true},
      {by(stranger.issue("impostor", {}), ca), false},
      {by(authority_.issue("late", {}, Authority::Validity::expired), ca), false},
      {trusting(), false},
  };
  for (const auto& [tls, accepted] : kCases) {
    ScriptedServer server(world_, {{{answer_of("1")}}}, asking);
    HttpClient client(world_, options(server, tls));
    const Result<HttpResponse> answer = client.exchange(http_put("x"));
    EXPECT_EQ(answer.has_value(), accepted);
    EXPECT_EQ(server.received().size(), accepted ? 1u : 0u);
    if (accepted) continue;
    EXPECT_EQ(answer.error().code(), Code::failed_precondition) << answer.error();
    EXPECT_TRUE(answer.error().message().contains("s3.tls_certificate_file")) << answer.error();
  }
}

TEST_F(TlsTest, BadFilesAreNamedByTheirSetting) {
  const std::string garbage = folder_.path() + "/garbage.pem";
  std::ofstream(garbage) << "no certificate\n";
  const CertificateFiles other = authority_.issue("client", {});
  const std::string absent = folder_.path() + "/absent.pem";
  const struct {
    TlsOptions tls;
    TlsRole role;
    const char* says;
  } kCases[] = {
      {{.ca_file = absent}, TlsRole::client, "tls_ca_file: '"},
      {{.ca_file = absent}, TlsRole::client, "No such file"},
      {{.ca_file = garbage}, TlsRole::client, "tls_ca_file: '"},
      {by({absent, other.key}), TlsRole::client, "tls_certificate_file: '"},
      {by({garbage, other.key}), TlsRole::client, "tls_certificate_file: '"},
      {by({other.certificate, absent}), TlsRole::client, "tls_key_file: '"},
      {by({other.certificate, loopback_.key}), TlsRole::client, "tls_key_file: '"},
      {by({other.certificate, ""}), TlsRole::client, "tls_key_file is not set"},
      {by({"", other.key}), TlsRole::client, "tls_certificate_file is not set"},
      {{}, TlsRole::server, "tls_certificate_file is not set"},
  };
  for (const auto& [tls, role, says] : kCases) {
    const Result<TlsContext> context = make_tls_context(tls, role);
    ASSERT_FALSE(context.has_value()) << says;
    EXPECT_EQ(context.error().code(), Code::invalid_argument);
    EXPECT_TRUE(context.error().message().contains(says)) << context.error();
  }
  ScriptedServer server(world_, {{}});
  HttpClient client(world_, options(server, {.ca_file = absent}));
  EXPECT_TRUE(client.made().message().contains("s3.tls_ca_file")) << client.made();
}

}  // namespace
}  // namespace eyrie::test
