#include "nodes/catalog/objects.h"

#include <utility>

#include "runtime/crc32c.h"

namespace eyrie::catalog {

namespace {

std::vector<std::string> keys_of(const std::vector<FileRecord>& files) {
  std::vector<std::string> keys;
  keys.reserve(files.size());
  for (const FileRecord& file : files) keys.push_back(file.key());
  return keys;
}

}  // namespace

std::vector<FileRecord> files_of(const SegmentRecord& record) {
  std::vector<FileRecord> files = {record.binlog(), record.stats()};
  if (record.has_index()) files.push_back(record.index().file());
  for (const SegmentDelta& delta : record.deltas()) files.push_back(delta.file());
  return files;
}

std::vector<FileRecord> files_of(const DeltaRecord& record) {
  return {record.file()};
}

std::vector<std::string> objects_of(const SegmentRecord& record) {
  return keys_of(files_of(record));
}

std::vector<std::string> objects_of(const DeltaRecord& record) {
  return keys_of(files_of(record));
}

std::vector<std::string> objects_of(const GarbageRecord& record) {
  return {record.objects().begin(), record.objects().end()};
}

void describe_file(std::string key, BytesView object, Release release, FileRecord& record) {
  record.set_key(std::move(key));
  record.set_bytes(object.size());
  if (release >= Release::second) record.set_crc32c(crc32c(object));
}

Status check_file(const FileRecord& record, BytesView object, Release release) {
  const bool known = release >= Release::second && record.has_crc32c();
  if (!known || crc32c(object) == record.crc32c()) return {};
  return {Code::data_loss, "object '" + record.key() + "' is not the one that the catalog names"};
}

Task<Result<Bytes>> read_file(storage::ObjectStore& objects, FileRecord record, Release release) {
  EYRIE_CO_TRY(Bytes object, co_await objects.get(record.key()));
  EYRIE_CO_RETURN_IF_ERROR(check_file(record, object, release));
  co_return object;
}

}  // namespace eyrie::catalog
