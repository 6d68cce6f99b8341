#include "nodes/main/wires.h"

#include <utility>

#include "nodes/settings/etcd.h"
#include "nodes/settings/s3.h"
#include "storage/etcd/grpc/grpc_etcd_wire.h"

namespace eyrie::main {

namespace {

storage::GrpcEtcdOptions etcd_options(const Settings& settings, const Address& member) {
  storage::GrpcEtcdOptions options;
  options.endpoint = to_string(member);
  options.user = settings.get(settings::kEtcdUser);
  options.password = settings.get(settings::kEtcdPassword);
  if (settings.get(settings::kEtcdTls)) {
    options.tls =
        storage::EtcdTlsOptions{.ca_file = settings.get(settings::kEtcdCaFile),
                                .certificate_file = settings.get(settings::kEtcdCertificateFile),
                                .key_file = settings.get(settings::kEtcdKeyFile),
                                .server_name = {}};
  }
  return options;
}

HttpWireOptions http_options(const Settings& settings, const Address& endpoint) {
  HttpWireOptions options;
  options.endpoint = endpoint;
  options.setting = "s3";
  if (settings.get(settings::kS3Tls)) {
    options.tls = TlsOptions{.ca_file = settings.get(settings::kS3CaFile), .setting = "s3.tls"};
  }
  return options;
}

}  // namespace

Result<std::vector<std::unique_ptr<storage::EtcdWire>>> make_etcd_wires(
    AsioMachine& machine, const Settings& settings, const cluster::ClusterOptions& options) {
  std::vector<std::unique_ptr<storage::EtcdWire>> wires;
  for (const Address& member : options.etcd) {
    auto wire = storage::GrpcEtcdWire::make(machine.executor(), machine.environment().clock,
                                            etcd_options(settings, member));
    if (!wire) {
      return fail(wire.error().code(), cluster::etcd_setting_names(wire.error().message()));
    }
    wires.push_back(std::move(*wire));
  }
  return wires;
}

AsioMachineOptions machine_options(const std::string& role,
                                   const cluster::ClusterOptions& options) {
  AsioMachineOptions machine{.name = role, .root = "."};
  if (options.tls.on()) {
    machine.tls = MutualTls{.files = {.ca_file = options.tls.ca_file,
                                      .certificate_file = options.tls.certificate_file,
                                      .key_file = options.tls.key_file,
                                      .setting = "node.tls"},
                            .name = options.tls.name,
                            // Clients, which have no certificate, talk to proxies; nodes do not.
                            .listens = role != "proxy"};
  }
  return machine;
}

Result<Wires> make_wires(AsioMachine& machine, const Settings& settings,
                         const cluster::ClusterOptions& options) {
  Wires wires;
  EYRIE_TRY(wires.etcd, make_etcd_wires(machine, settings, options));
  EYRIE_TRY(wires.http,
            BeastHttpWire::make(machine.executor(), machine.environment().clock, machine.bytes(),
                                http_options(settings, options.s3_endpoint)));
  return wires;
}

}  // namespace eyrie::main
