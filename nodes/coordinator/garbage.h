// Garbage: what a change leaves behind of objects that were named, and which objects nothing can
// name again (S6). Pure.
#pragma once

#include <string>
#include <string_view>

#include "nodes/coordinator/leader_catalog.h"

namespace eyrie::coordinator {

// Makes a tombstone for what the record names part of the change that removes the record: loads of
// a target that has it may still read these objects. Needs none where the collection goes.
void bury(const catalog::SegmentRecord& record, Change& change);
void bury(const catalog::DeltaRecord& record, Change& change);

// Whether no record names the object, and none ever will: its attempt has ended (Attempts). False
// of names that are not storage/format/paths.h's. True for ever, if the state is at least as new as
// the listing that the name was found in.
bool is_garbage(const CatalogState& state, const std::string& object);

}  // namespace eyrie::coordinator
