// Columns and keys as messages, for the formats that carry them. What is read is checked as far as
// validate() goes: damaged or foreign bytes give data_loss, types of a newer build unsupported.
#pragma once

#include <cstdint>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "runtime/bytes.h"
#include "storage/format/columns.h"
#include "storage/format/proto/columns.pb.h"

namespace eyrie::storage {

void write_columns(const Columns& batch, proto::Columns& message);
Result<Columns> read_columns(const proto::Columns& message);

void write_keys(const PrimaryKeys& keys, proto::PrimaryKeys& message);
Result<PrimaryKeys> read_keys(const proto::PrimaryKeys& message);

// Dense little-endian integers.
Bytes pack_timestamps(const std::vector<Timestamp>& timestamps);
Result<std::vector<Timestamp>> unpack_timestamps(BytesView packed);

// Each number less the one before, the first whole; modulo 2^64, so that any numbers come back.
using Steps = google::protobuf::RepeatedField<std::int64_t>;
void write_steps(const std::vector<std::int64_t>& numbers, Steps& steps);
std::vector<std::int64_t> read_steps(const Steps& steps);
void write_timestamps(const std::vector<Timestamp>& timestamps, Steps& steps);
std::vector<Timestamp> read_timestamps(const Steps& steps);

}  // namespace eyrie::storage
