// What a proxy's append becomes: the body of a record. Pure.
#pragma once

#include "nodes/proto/streaming.pb.h"
#include "nodes/streaming/channel_head.h"

namespace eyrie::streaming {

struct PreparedAppend {
  RecordBody body;        // the segment of rows is not yet set
  std::size_t bytes = 0;  // about the size of the record, from above
};

// invalid_argument: columns or keys that are not what the collection's schema and the log ask for.
// Of rows with equal keys in an upsert the last is kept (D1).
Result<PreparedAppend> prepare_append(const internal::AppendRequest& request,
                                      const wire::Schema& schema);

}  // namespace eyrie::streaming
