// The changes of one request while it is applied: they take the next revision together, and are
// visible to the reads of the same transaction that come after them.
#pragma once

#include <string>
#include <vector>

#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

class EtcdState::Writer {
 public:
  explicit Writer(EtcdState& state) : state_(state) {}

  // The lease exists or is 0.
  etcdserverpb::PutResponse put(const etcdserverpb::PutRequest& request);
  etcdserverpb::DeleteRangeResponse remove(const etcdserverpb::DeleteRangeRequest& request);
  bool remove_key(const std::string& key);
  // What a read sees now.
  Revision visible() const { return events_.empty() ? state_.revision_ : next(); }
  // Makes the new revision, unless nothing changed; returns the store's.
  Revision commit();

 private:
  Revision next() const { return state_.revision_ + 1; }
  void detach(const mvccpb::KeyValue& item);

  EtcdState& state_;
  std::vector<mvccpb::Event> events_;
};

}  // namespace eyrie::storage::fakes
