// Between the seam's types and etcd's messages.
#pragma once

#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "storage/seam/meta_store.h"

namespace eyrie::storage {

etcdserverpb::RangeRequest to_message(const KeyRange& range, Revision revision, std::size_t limit);
etcdserverpb::TxnRequest to_message(const Transaction& transaction);
KeyValue from_message(const mvccpb::KeyValue& item);
MetaEvent from_message(const mvccpb::Event& event);
RangeResult from_message(const etcdserverpb::RangeResponse& response);
// unknown if the answer does not fit the transaction.
Result<TransactionResult> from_message(const etcdserverpb::TxnResponse& response,
                                       const Transaction& transaction);

// invalid_argument beyond a limit of the seam (T4); `encoded_bytes` is the size of the message.
Status check_limits(const Transaction& transaction, std::size_t encoded_bytes);
// invalid_argument if a branch puts a key that it removes with a range to the end of the key space:
// etcd refuses any other overlap, but does not see this one (measured on 3.4.23).
Status check_removals_to_the_end(const Transaction& transaction);
// Whether a branch changes anything.
bool writes(const Transaction& transaction);

}  // namespace eyrie::storage
