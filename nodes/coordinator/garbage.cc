#include "nodes/coordinator/garbage.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/objects.h"
#include "nodes/catalog/records.h"
#include "runtime/plant.h"
#include "storage/format/paths.h"

namespace eyrie::coordinator {

namespace {

template <class Record>
void put_garbage(const Record& record, Change& change) {
  catalog::GarbageRecord garbage;
  garbage.set_id(record.id());
  garbage.set_collection_id(record.collection_id());
  garbage.set_virtual_channel(record.virtual_channel());
  for (std::string& object : catalog::objects_of(record)) garbage.add_objects(std::move(object));
  change.operations.push_back(
      storage::put_key(catalog::garbage_key(record.virtual_channel(), record.id()),
                       catalog::encode_record(garbage)));
}

}  // namespace

void bury(const catalog::SegmentRecord& record, Change& change) {
  put_garbage(record, change);
}

void bury(const catalog::DeltaRecord& record, Change& change) {
  put_garbage(record, change);
}

bool is_garbage(const CatalogState& state, const std::string& object) {
  const Result<storage::AttemptId> attempt = storage::attempt_of(object);
  if (!attempt || state.names(object)) return false;
  return EYRIE_PLANT(upload_taken_for_garbage, !state.attempts.contains(attempt->value), true);
}

}  // namespace eyrie::coordinator
