#include "nodes/catalog/objects.h"

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

}  // namespace eyrie::catalog
