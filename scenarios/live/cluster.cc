#include "scenarios/live/cluster.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "runtime/asio/asio_machine.h"
#include "runtime/combine.h"
#include "scenarios/live/servers.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kReadyMax = 60s;
constexpr Duration kPoll = 20ms;
constexpr Duration kRestartPause = 500ms;  // of a node that ended by itself

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "nothing";
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

}  // namespace

struct LiveCluster::Node {
  Node(AsioMachine& machine, const NodePlace& where, const Layout& layout)
      : place(where),
        inbound(machine.executor(), machine.bytes(), machine.environment().clock, where.inbound,
                where.listen),
        etcd(machine.executor(), machine.bytes(), machine.environment().clock, where.etcd,
             layout.etcd),
        s3(machine.executor(), machine.bytes(), machine.environment().clock, where.s3, layout.s3) {}

  const NodePlace& place;
  Relay inbound;
  Relay etcd;
  Relay s3;
  std::unique_ptr<ChildProcess> process;
  bool killed = false;     // by us: nobody else starts it again
  bool end_known = false;  // that the process ended is no news
};

LiveCluster::LiveCluster(AsioMachine& machine, const Layout& layout, ClusterSpec spec)
    : machine_(machine), layout_(layout), spec_(std::move(spec)), supervisors_(machine.executor()) {
  for (const NodePlace& place : layout_.nodes) {
    nodes_.emplace(place.name, std::make_unique<Node>(machine_, place, layout_));
  }
}

LiveCluster::~LiveCluster() = default;

Status LiveCluster::write_settings(const Node& node) const {
  std::map<std::string, std::string> settings = spec_.settings;
  settings["node.listen"] = to_string(node.place.listen);
  settings["node.advertise"] = to_string(node.place.inbound);
  settings["node.http"] = "127.0.0.1:0";
  settings["etcd.endpoints"] = to_string(node.place.etcd);
  settings["s3.endpoint"] = to_string(node.place.s3);
  settings["s3.bucket"] = kBucket;
  settings["s3.access_key"] = kAccessKey;
  settings["s3.secret_key"] = kSecretKey;
  const std::string path = spec_.folder + "/" + node.place.name + ".yaml";
  std::ofstream out(path, std::ios::binary);
  for (const auto& [name, value] : settings) out << name << ": \"" << value << "\"\n";
  if (out.flush()) return {};
  return Status(Code::io_error, "file '" + path + "' cannot be written");
}

Status LiveCluster::start_process(Node& node) {
  const std::string path = spec_.folder + "/" + node.place.name;
  EYRIE_TRY(
      node.process,
      ChildProcess::start({.words = {spec_.program, node.place.role, "--config", path + ".yaml"},
                           .out = path + ".out",
                           .errors = path + ".log"}));
  node.end_known = false;
  return {};
}

Task<Status> LiveCluster::open_relays(Node& node) {
  EYRIE_CO_RETURN_IF_ERROR(co_await node.etcd.open());
  EYRIE_CO_RETURN_IF_ERROR(co_await node.s3.open());
  // Others find nobody at its address until it is there, as without a relay.
  co_return co_await node.inbound.set_target_present(false);
}

Task<Status> LiveCluster::start() {
  for (const auto& [name, node] : nodes_) {
    EYRIE_CO_RETURN_IF_ERROR(write_settings(*node));
    EYRIE_CO_RETURN_IF_ERROR(co_await open_relays(*node));
    EYRIE_CO_RETURN_IF_ERROR(start_process(*node));
  }
  for (const auto& [name, node] : nodes_) {
    EYRIE_CO_RETURN_IF_ERROR(co_await wait_until_ready(*node));
  }
  for (const auto& [name, node] : nodes_) supervisors_.spawn(supervise(*node));
  co_return Status();
}

Task<Status> LiveCluster::wait_until_ready(Node& node) {
  const std::string path = spec_.folder + "/" + node.place.name;
  const MonotonicTime end = machine_.environment().clock.monotonic() + kReadyMax;
  while (!text_of(path + ".out").starts_with("ready: ")) {
    const std::optional<int> ended = node.process->ended();
    if (ended || machine_.environment().clock.monotonic() > end) {
      co_return Status(
          ended ? Code::unavailable : Code::deadline_exceeded,
          node.place.name +
              (ended ? " ended with " + std::to_string(*ended) : " was not ready within a minute") +
              "; its log ends with: " + last_line(text_of(path + ".log")));
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await machine_.environment().clock.sleep_for(kPoll));
  }
  co_return co_await node.inbound.set_target_present(true);
}

Task<void> LiveCluster::supervise(Node& node) {
  Clock& clock = machine_.environment().clock;
  while ((co_await clock.sleep_for(kPoll)).ok()) {
    if (node.killed || !node.process->ended()) continue;
    note_end(node);
    if (!(co_await node.inbound.set_target_present(false)).ok()) co_return;
    if (!(co_await clock.sleep_for(kRestartPause)).ok()) co_return;
    if (node.killed) continue;
    if (start_process(node).ok()) (void)co_await wait_until_ready(node);
  }
}

void LiveCluster::note_end(Node& node) {
  if (node.process == nullptr || node.end_known) return;
  const std::optional<int> ended = node.process->ended();
  if (!ended) return;
  node.end_known = true;
  ended_[node.place.name].push_back(*ended);
}

Task<Status> LiveCluster::kill(std::string name) {
  Node& victim = node(name);
  victim.killed = true;
  note_end(victim);  // it may have been faster
  victim.process->kill();
  victim.end_known = true;
  co_return co_await victim.inbound.set_target_present(false);
}

Task<Status> LiveCluster::start_node(std::string name) {
  Node& started = node(name);
  EYRIE_CO_RETURN_IF_ERROR(start_process(started));
  const Status ready = co_await wait_until_ready(started);
  started.killed = false;  // from now on it is the supervisor's
  co_return ready;
}

void LiveCluster::pause(const std::string& name) {
  node(name).process->signal(SIGSTOP);
}

void LiveCluster::resume(const std::string& name) {
  node(name).process->signal(SIGCONT);
}

Task<Status> LiveCluster::set_link(std::string name, FaultLink link, RelayMode mode,
                                   Duration delay) {
  co_return co_await relay_of(node(name), link).set_mode(mode, delay);
}

Relay& LiveCluster::relay_of(Node& node, FaultLink link) {
  if (link == FaultLink::inbound) return node.inbound;
  return link == FaultLink::etcd ? node.etcd : node.s3;
}

RelayMet LiveCluster::met(const std::string& name, FaultLink link) const {
  return relay_of(node(name), link).met();
}

std::map<std::string, ProcessUse> LiveCluster::use() const {
  std::map<std::string, ProcessUse> uses;
  for (const auto& [name, node] : nodes_) {
    if (node->process == nullptr) continue;
    if (const Result<ProcessUse> use = use_of(node->process->id())) uses[name] = *use;
  }
  return uses;
}

Task<void> LiveCluster::stop() {
  supervisors_.cancel();
  co_await supervisors_.join();
  for (const auto& [name, node] : nodes_) {
    note_end(*node);
    if (node->process != nullptr) node->process->kill();
    co_await node->inbound.stop();
    co_await node->etcd.stop();
    co_await node->s3.stop();
  }
}

}  // namespace eyrie::scenarios::live
