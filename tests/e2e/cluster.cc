#include "tests/e2e/cluster.h"

#include <utility>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"

namespace eyrie::test {

namespace {

Task<void> make_bucket_at(AsioMachine& machine, HttpWireOptions options, std::string bucket) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<BeastHttpWire> wire,
                      co_await make_wire(machine, options));
  const Status made = co_await make_bucket(*wire, machine.environment().clock,
                                           to_string(options.endpoint), std::move(bucket));
  co_await wire->stop();
  EYRIE_CO_ASSERT_OK(made);
}

}  // namespace

std::string ClusterServers::missing() {
  const std::string etcd = RealServer::missing(kEtcdScript);
  return etcd.empty() ? RealServer::missing(kRadosgw) : etcd;
}

ClusterServers::ClusterServers() : etcd_(1), radosgw_(Radosgw::Store::memory) {
  const Status started = radosgw_.server().start();
  EYRIE_CHECK(started.ok(), started.to_string());
}

std::string ClusterServers::s3() const {
  return to_string(radosgw_.wire_options().endpoint);
}

void ClusterServers::make_bucket(const std::string& bucket) {
  world_.run("maker", [&](Environment&) {
    return make_bucket_at(world_.asio_machine("maker"), radosgw_.wire_options(), bucket);
  });
}

void ClusterServers::administer(const std::string& verb) {
  RealServer& server = radosgw_.server();
  const Status done = server.run({verb, server.folder()});
  EYRIE_CHECK(done.ok(), done.to_string());
}

ClusterServers::Settings ClusterServers::settings(const std::string& bucket) const {
  return {{"etcd.endpoints", etcd_.endpoint()},
          {"s3.endpoint", s3()},
          {"s3.bucket", bucket},
          {"s3.access_key", kRadosgwCredentials.access_key},
          {"s3.secret_key", kSecret}};
}

std::vector<std::string> role_command(const std::string& role, const std::string& listen,
                                      const ClusterServers::Settings& settings) {
  std::vector<std::string> words = {role, "--listen", listen};
  for (const auto& [name, value] : settings) {
    words.insert(words.end(), {"--set", name + "=" + value});
  }
  return words;
}

std::string free_address() {
  return "127.0.0.1:" + std::to_string(free_port());
}

}  // namespace eyrie::test
