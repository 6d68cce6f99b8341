// FoundRows: rows of several segments, as an answer carries them.
#pragma once

#include <vector>

#include <google/protobuf/repeated_field.h>

#include "nodes/query/segment_copy.h"

namespace eyrie::query {

class FoundRows {
 public:
  // The data outlives this. The row's timestamp goes into the answer at once.
  template <class Response>
  void add(const SegmentData& data, std::uint32_t row, Response& response) {
    response.add_timestamps(static_cast<std::uint64_t>(data.timestamps[row].value));
    rows_.push_back({&data.columns, row});
    key_field_ = data.key_field;
  }
  // The key column and these fields. invalid_argument: the segments have them in other types.
  Result<Bytes> encode(std::vector<storage::FieldId> fields) const;

 private:
  std::vector<storage::RowOf> rows_;
  storage::FieldId key_field_;
};

std::vector<storage::FieldId> read_fields(
    const google::protobuf::RepeatedField<std::int64_t>& output_fields);

}  // namespace eyrie::query
