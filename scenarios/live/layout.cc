#include "scenarios/live/layout.h"

#include <algorithm>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "runtime/asio/posix_file.h"

namespace eyrie::scenarios::live {

namespace {

// The kernel gives ports from 32768 on to connections (ip_local_port_range); the project's tests
// take theirs below these.
constexpr unsigned kPortMin = 30'100;
constexpr unsigned kPortEnd = 32'768;
constexpr unsigned kStorePorts = 62;  // of the S3 store's monitor and disk

// Whether a server may listen there: connections that ended a moment ago do not matter.
bool is_free(std::uint16_t port) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool are_free(unsigned begin, unsigned count) {
  for (unsigned port = begin; port < begin + count; ++port) {
    if (!is_free(static_cast<std::uint16_t>(port))) return false;
  }
  return true;
}

Layout layout_at(const Topology& topology, unsigned begin) {
  auto port = static_cast<std::uint16_t>(begin);
  const auto next = [&port] { return Address{"127.0.0.1", port++}; };
  Layout layout;
  for (const std::string& name : node_names(topology)) {
    NodePlace& node = layout.nodes.emplace_back();
    node.name = name;
    node.role = name.substr(0, name.find('-'));
    node.listen = next();
    node.inbound = next();
    node.etcd = next();
    node.s3 = next();
  }
  layout.etcd = next();
  layout.etcd_peers = next().port;
  layout.s3 = next();
  layout.s3_monitor = next().port;
  return layout;
}

}  // namespace

const NodePlace* Layout::find(const std::string& name) const {
  const auto found = std::ranges::find(nodes, name, &NodePlace::name);
  return found != nodes.end() ? &*found : nullptr;
}

std::vector<const NodePlace*> Layout::of_role(const std::string& role) const {
  std::vector<const NodePlace*> found;
  for (const NodePlace& node : nodes) {
    if (node.role == role) found.push_back(&node);
  }
  return found;
}

Topology live_topology(Topology topology) {
  topology.standalones = 0;
  topology.coordinators = topology.proxies = topology.streaming = topology.query = 2;
  topology.data = topology.etcd = 1;
  topology.log = LogKind::zero_disk;
  return topology;
}

Result<Layout> find_layout(const Topology& topology) {
  const auto nodes = static_cast<unsigned>(node_names(topology).size());
  const unsigned count = 4 * nodes + 4 + kStorePorts;
  const unsigned blocks = (kPortEnd - kPortMin) / count;
  // Two that begin at once look at different places first.
  const auto first = static_cast<unsigned>(::getpid());
  for (unsigned i = 0; i < blocks; ++i) {
    const unsigned begin = kPortMin + (first + i) % blocks * count;
    if (are_free(begin, count)) return layout_at(topology, begin);
  }
  return fail(Code::resource_exhausted,
              "there are no " + std::to_string(count) + " free ports of 127.0.0.1 between " +
                  std::to_string(kPortMin) + " and " + std::to_string(kPortEnd));
}

}  // namespace eyrie::scenarios::live
