// What a process of a cluster is connected by, as its settings say: the machine with its network,
// and the wires to each member of etcd and to S3.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nodes/cluster/options.h"
#include "runtime/asio/asio_machine.h"
#include "runtime/asio/http/beast_http_wire.h"
#include "storage/etcd/wire.h"

namespace eyrie::main {

// The network of a node of that role: with TLS, where the settings say so.
AsioMachineOptions machine_options(const std::string& role, const cluster::ClusterOptions& options);

struct Wires {
  std::vector<std::unique_ptr<storage::EtcdWire>> etcd;
  std::unique_ptr<BeastHttpWire> http;  // to be stopped
};

// Those to etcd alone.
Result<std::vector<std::unique_ptr<storage::EtcdWire>>> make_etcd_wires(
    AsioMachine& machine, const Settings& settings, const cluster::ClusterOptions& options);

// Nothing is connected yet. The machine outlives them. invalid_argument names the setting.
Result<Wires> make_wires(AsioMachine& machine, const Settings& settings,
                         const cluster::ClusterOptions& options);

}  // namespace eyrie::main
