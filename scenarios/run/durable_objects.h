// Objects as a power cut at this moment would surely leave them, read where they are kept and not
// as their store tells.
#pragma once

#include <optional>
#include <string>

#include "runtime/bytes.h"
#include "sim/disk_image.h"
#include "storage/fakes/s3_state.h"

namespace eyrie::scenarios {

// Of the database's bucket. None: it is absent.
std::optional<Bytes> durable_object(const storage::fakes::S3DurableState& store,
                                    const std::string& key);
// Of a standalone, on its disk. None: it is absent or not whole.
std::optional<Bytes> durable_object(const sim::DiskImage& disk, const std::string& key);

}  // namespace eyrie::scenarios
