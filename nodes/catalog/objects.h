// Which objects of the object store the catalog's records name.
#pragma once

#include <string>
#include <vector>

#include "nodes/proto/catalog.pb.h"

namespace eyrie::catalog {

std::vector<FileRecord> files_of(const SegmentRecord& record);
std::vector<FileRecord> files_of(const DeltaRecord& record);

// Their keys, each once.
std::vector<std::string> objects_of(const SegmentRecord& record);
std::vector<std::string> objects_of(const DeltaRecord& record);
std::vector<std::string> objects_of(const GarbageRecord& record);

}  // namespace eyrie::catalog
