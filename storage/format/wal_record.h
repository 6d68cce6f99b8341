// WalRecord: what a record of the log says. The log itself carries opaque bytes (storage/seam).
//
// The sequencer of a channel allots timestamp, position and segment before the append, and all are
// stored in the record (W2). An upsert is one record with one timestamp (D1). Creating and dropping
// a collection are records in each of its channels, ordered with the data (D3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/bytes.h"
#include "storage/format/columns.h"

namespace eyrie::storage {

// Rows for one segment; at least one. Its keys are a column like others.
struct InsertRecord {
  CollectionId collection;
  PartitionId partition;
  SegmentId segment;
  std::string virtual_channel;
  Columns columns;

  friend bool operator==(const InsertRecord&, const InsertRecord&) = default;
};

// Removes the rows of these keys with a lower timestamp (D1); at least one key.
struct DeleteRecord {
  CollectionId collection;
  PartitionId partition;  // none: of every partition
  std::string virtual_channel;
  PrimaryKeys keys;

  friend bool operator==(const DeleteRecord&, const DeleteRecord&) = default;
};

// First removes older rows of `deleted` from every partition, then inserts, at one timestamp.
struct UpsertRecord {
  InsertRecord insert;
  PrimaryKeys deleted;

  friend bool operator==(const UpsertRecord&, const UpsertRecord&) = default;
};

struct CreateCollectionRecord {
  CollectionId collection;
  std::string virtual_channel;
  std::vector<PartitionId> partitions;
  Bytes schema;  // encoded by whoever owns schemas

  friend bool operator==(const CreateCollectionRecord&, const CreateCollectionRecord&) = default;
};

struct DropCollectionRecord {
  CollectionId collection;
  std::string virtual_channel;

  friend bool operator==(const DropCollectionRecord&, const DropCollectionRecord&) = default;
};

// Every record of the channel up to this timestamp is durable and none will follow (W4).
struct TimeTickRecord {
  friend bool operator==(const TimeTickRecord&, const TimeTickRecord&) = default;
};

// A user's flush: rows before it go into segments that take no rows after it.
struct FlushRecord {
  CollectionId collection;
  std::string virtual_channel;

  friend bool operator==(const FlushRecord&, const FlushRecord&) = default;
};

struct WalRecord {
  Timestamp timestamp;
  std::uint64_t position = 0;  // a WalPosition, from 1 on
  std::int64_t term = 0;       // a WalTerm, from 1 on
  std::string physical_channel;
  std::variant<TimeTickRecord, InsertRecord, DeleteRecord, UpsertRecord, CreateCollectionRecord,
               DropCollectionRecord, FlushRecord>
      body;

  friend bool operator==(const WalRecord&, const WalRecord&) = default;
};

// invalid_argument, saying which, if something above does not hold.
Status validate(const WalRecord& record);

// invalid_argument if it is not valid.
Result<Bytes> encode_wal_record(const WalRecord& record);
// data_loss: damaged, or not valid. unsupported: of a newer build.
Result<WalRecord> decode_wal_record(BytesView bytes);

// data_loss if the record was written for another place than the one where it was found.
Status check_place(const WalRecord& record, std::string_view physical_channel,
                   std::uint64_t position, std::int64_t term);

}  // namespace eyrie::storage
