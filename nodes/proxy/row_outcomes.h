// A batch in parts, one append each, and what became of each of its rows (D1, D2).
//
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "nodes/proto/milvus/milvus.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "runtime/status.h"
#include "storage/format/columns.h"

namespace eyrie::proxy {

// As RowOutcome::state has it.
enum RowState : std::int32_t { kApplied = 0, kNotApplied = 1, kUnknown = 2 };

// Rows of the request that go into one append.
struct Part {
  int shard = 0;
  std::vector<std::uint32_t> rows;
};

struct Batch {
  std::vector<Part> parts;
  // Of each row of the request the row that was written for it: itself, or in an upsert the last
  // one of its key (D1).
  std::vector<std::uint32_t> written;
};

// Groups the rows by the shard of their key, in parts of at most `rows_max`.
Batch split_rows(const storage::PrimaryKeys& keys, internal::AppendKind kind, std::size_t shards,
                 std::size_t rows_max);

// One answer for each part. If nothing was applied and nothing may have been, that failure; else
// the outcome of each row, and as the batch's status ok, or unknown: it must not be repeated as a
// whole (D2).
Result<milvus::proto::milvus::MutationResult> settle_rows(
    const Batch& batch, const std::vector<Result<internal::AppendResponse>>& answers);

}  // namespace eyrie::proxy
