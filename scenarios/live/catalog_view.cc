#include "scenarios/live/catalog_view.h"

#include <map>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/asio/asio_machine.h"
#include "storage/etcd/grpc/grpc_etcd_wire.h"

namespace eyrie::scenarios::live {

Result<std::unique_ptr<CatalogView>> CatalogView::make(AsioMachine& machine, const Layout& layout) {
  storage::GrpcEtcdOptions options;
  options.endpoint = to_string(layout.etcd);
  std::vector<std::unique_ptr<storage::EtcdWire>> wires;
  EYRIE_TRY(wires.emplace_back(),
            storage::GrpcEtcdWire::make(machine.executor(), machine.environment().clock,
                                        std::move(options)));
  return std::unique_ptr<CatalogView>(new CatalogView(machine, layout, std::move(wires)));
}

CatalogView::CatalogView(AsioMachine& machine, const Layout& layout,
                         std::vector<std::unique_ptr<storage::EtcdWire>> wires)
    : layout_(layout), meta_(machine.environment(), std::move(wires), {}) {}

std::string CatalogView::name_at(const std::string& address) const {
  for (const NodePlace& node : layout_.nodes) {
    if (to_string(node.inbound) == address) return node.name;
  }
  return {};
}

Task<Result<Leadership>> CatalogView::leader() {
  const std::string key(catalog::kLeaderKey);
  EYRIE_CO_TRY(const storage::KeyValue found, co_await storage::get_key(meta_, key));
  EYRIE_CO_TRY(const auto record, catalog::decode_record<catalog::LeaderRecord>(key, found.value));
  Leadership leadership;
  leadership.node = name_at(record.address());
  leadership.node_id = record.node_id();
  leadership.term = found.create_revision;
  co_return leadership;
}

Task<Result<std::vector<std::string>>> CatalogView::owners() {
  EYRIE_CO_TRY(
      const storage::RangeResult sessions,
      co_await meta_.range(storage::with_prefix(std::string(catalog::kSessionPrefix)), 0, 0));
  std::map<std::int64_t, std::string> names;
  for (const storage::KeyValue& item : sessions.items) {
    EYRIE_CO_TRY(const auto session,
                 catalog::decode_record<catalog::SessionRecord>(item.key, item.value));
    names[session.node_id()] = name_at(session.address());
  }
  EYRIE_CO_TRY(
      const storage::RangeResult channels,
      co_await meta_.range(storage::with_prefix(std::string(catalog::kChannelPrefix)), 0, 0));
  std::vector<std::string> owners;
  for (const storage::KeyValue& item : channels.items) {
    EYRIE_CO_TRY(const auto channel,
                 catalog::decode_record<catalog::ChannelRecord>(item.key, item.value));
    const auto owner = names.find(channel.node_id());
    if (owner != names.end() && !owner->second.empty()) owners.push_back(owner->second);
  }
  co_return owners;
}

}  // namespace eyrie::scenarios::live
