// RowDigests: rows and deletes as P27 and P28 know them, from the log's records and stored files.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "scenarios/properties/observations.h"
#include "storage/format/columns.h"
#include "storage/format/types.h"

namespace eyrie::scenarios {

class RowDigests {
 public:
  // Which field of the collection is its key. A schema that does not decode is none of ours.
  void learn(storage::CollectionId collection, BytesView schema);

  // Empty if the collection is not known.
  std::vector<StoredRow> rows_of(storage::CollectionId collection, const storage::Columns& rows,
                                 const std::vector<storage::Timestamp>& timestamps) const;
  static std::vector<std::uint64_t> keys_of(const storage::PrimaryKeys& keys);

  // Of files by these names, whose contents never change (S6); null where one does not decode.
  StoredRowsRef of_binlog(const std::string& name, BytesView bytes);
  StoredRowsRef of_delta_log(const std::string& name, BytesView bytes);

 private:
  std::map<storage::CollectionId, storage::FieldId> key_fields_;
  std::map<std::string, StoredRowsRef> files_;
};

}  // namespace eyrie::scenarios
