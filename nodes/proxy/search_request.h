// What a client's search or query asks of every shard, checked.
#pragma once

#include <google/protobuf/repeated_field.h>

#include "nodes/proto/milvus/milvus.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "nodes/proxy/metadata.h"
#include "nodes/proxy/options.h"

namespace eyrie::proxy {

inline constexpr std::size_t kParameterBytesMax = 64u << 10;  // of the value of one pair

// What its pairs say.
struct SearchNumbers {
  std::int64_t limit = 0;
  std::int64_t ef = 0;
};

// invalid_argument, in Milvus's words: what is wrong with it whatever the collection is. Asked
// first, for it needs nobody's answer.
Result<SearchNumbers> check_search(const milvus::proto::milvus::SearchRequest& request,
                                   const ProxyOptions& options);
// Of a request that check_search() let through, with what it said. invalid_argument, in Milvus's
// words where it has some.
Result<internal::SearchParameters> read_search(const milvus::proto::milvus::SearchRequest& request,
                                               const SearchNumbers& numbers,
                                               const Collection& collection,
                                               const ProxyOptions& options);

// invalid_argument: so many rows with these fields may be above result_bytes_max. A text counts as
// long as it is at most, but no longer than a usual one.
Status check_result_size(const wire::Schema& schema,
                         const google::protobuf::RepeatedField<std::int64_t>& output_fields,
                         std::uint64_t rows, std::size_t bytes_max);

}  // namespace eyrie::proxy
