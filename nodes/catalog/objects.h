// Which objects of the object store the catalog's records name, and how they describe them.
#pragma once

#include <string>
#include <vector>

#include "nodes/proto/catalog.pb.h"
#include "runtime/bytes.h"
#include "runtime/release.h"
#include "runtime/task.h"
#include "storage/seam/object_store.h"

namespace eyrie::catalog {

std::vector<FileRecord> files_of(const SegmentRecord& record);
std::vector<FileRecord> files_of(const DeltaRecord& record);

// Their keys, each once.
std::vector<std::string> objects_of(const SegmentRecord& record);
std::vector<std::string> objects_of(const DeltaRecord& record);
std::vector<std::string> objects_of(const GarbageRecord& record);

// What a record says of an object that is to be stored under this key.
void describe_file(std::string key, BytesView object, Release release, FileRecord& record);
// data_loss if the object under its key is another one than the record describes.
Status check_file(const FileRecord& record, BytesView object, Release release);
// The object, checked.
Task<Result<Bytes>> read_file(storage::ObjectStore& objects, FileRecord record, Release release);

}  // namespace eyrie::catalog
