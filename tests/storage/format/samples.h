// One value of every stored format, fixed for ever: the golden files are made of them. And each
// format as a pair of functions on bytes, for tests that treat all alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "storage/format/key_stats.h"
#include "storage/format/manifest.h"
#include "storage/format/wal_record.h"

namespace eyrie::storage::test {

// A row each of every type, three rows.
Columns sample_columns();
InsertRecord sample_insert();
// One of each body.
std::vector<WalRecord> sample_wal_records();
Binlog sample_binlog();
DeltaLog sample_delta_log();
DeltaLog sample_delta_log_of_integers();
KeyStats sample_key_stats();
Manifest sample_manifest();

struct SampleFile {
  std::string name;  // as in tests/golden
  Bytes bytes;
  // Decodes and encodes again.
  std::function<Result<Bytes>(BytesView)> rewrite;
};
// Of everything, as a store of that format keeps it.
std::vector<SampleFile> sample_files(std::int32_t format = kOldestFormat);

}  // namespace eyrie::storage::test
