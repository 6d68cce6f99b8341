// CatalogView: who leads and who owns a channel, as etcd says at this moment. It asks etcd past the
// relays, so that faults do not blind it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/live/layout.h"
#include "storage/etcd/etcd_meta_store.h"

namespace eyrie {
class AsioMachine;
}

namespace eyrie::scenarios::live {

struct Leadership {
  std::string node;  // "coordinator-1"
  std::int64_t node_id = 0;
  storage::Revision term = 0;  // create revision of the leader's key (T3)
};

class CatalogView {
 public:
  // Borrows both.
  static Result<std::unique_ptr<CatalogView>> make(AsioMachine& machine, const Layout& layout);

  // not_found: nobody leads. Others: etcd does not answer.
  Task<Result<Leadership>> leader();
  // Names of nodes that own a channel, each once for each channel.
  Task<Result<std::vector<std::string>>> owners();
  Task<void> stop() { return meta_.stop(); }

 private:
  CatalogView(AsioMachine& machine, const Layout& layout,
              std::vector<std::unique_ptr<storage::EtcdWire>> wires);
  std::string name_at(const std::string& address) const;

  const Layout& layout_;
  storage::EtcdMetaStore meta_;
};

}  // namespace eyrie::scenarios::live
