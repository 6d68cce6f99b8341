// What a shard answers to a search or a query is checked before it is used.
#pragma once

#include <string>

#include "nodes/proxy/guarantee.h"
#include "nodes/wire/columns.h"

namespace eyrie::proxy {

// The rows of an answer, decoded. internal: it was read before the timestamp that was promised (R1)
// or not exactly at it (R2), or its rows are not as many as their timestamps.
template <class Answer>
Result<storage::Columns> read_rows(const Answer& answer, const Guarantee& promised) {
  const auto malformed = [](const std::string& what) {
    return fail(Code::internal, "a shard's answer: " + what);
  };
  const std::uint64_t read = answer.read_timestamp();
  if (read < promised.timestamp || (promised.exact && read != promised.timestamp)) {
    return malformed("it was read at " + std::to_string(read) + ", and " +
                     std::to_string(promised.timestamp) + " was promised");
  }
  Result<storage::Columns> rows = wire::decode_columns(answer.rows());
  if (!rows) return malformed(rows.error().message());
  if (rows->rows() != static_cast<std::size_t>(answer.timestamps_size())) {
    return malformed("its rows are not as many as their timestamps");
  }
  return rows;
}

}  // namespace eyrie::proxy
