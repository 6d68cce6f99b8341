#include "storage/format/binlog.h"

#include <algorithm>
#include <utility>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"

namespace eyrie::storage {

namespace {

constexpr std::uint16_t kSteps = 2;  // from this version on

constexpr EnvelopeKind kind_in(std::int32_t format) {
  return {"EYBL", "binlog", static_cast<std::uint16_t>(format < kSteps ? 1 : kSteps)};
}

}  // namespace

Status validate(const Binlog& binlog) {
  EYRIE_RETURN_IF_ERROR(validate(binlog.columns));
  if (binlog.timestamps.empty() || binlog.timestamps.size() != binlog.columns.rows()) {
    return Status(Code::invalid_argument,
                  "binlog has " + std::to_string(binlog.columns.rows()) + " rows and " +
                      std::to_string(binlog.timestamps.size()) + " timestamps");
  }
  if (binlog.columns.columns.front().field < kUserFieldFirst) {
    return Status(Code::invalid_argument, "binlog has a column with a field id of the system's");
  }
  if (std::ranges::any_of(binlog.timestamps, [](Timestamp t) { return t.value <= 0; })) {
    return Status(Code::invalid_argument, "binlog has a row without a timestamp");
  }
  return {};
}

Result<Bytes> encode_binlog(const Binlog& binlog, std::int32_t format) {
  const EnvelopeKind kind = kind_in(format);
  EYRIE_RETURN_IF_ERROR(validate(binlog));
  proto::Binlog message;
  write_place(binlog.place, *message.mutable_place());
  if (kind.version < kSteps) {
    message.set_timestamps(pack_timestamps(binlog.timestamps));
  } else {
    write_timestamps(binlog.timestamps, *message.mutable_timestamp_steps());
  }
  write_columns(binlog.columns, *message.mutable_columns());
  return seal_envelope(kind, encode(message));
}

Result<Binlog> decode_binlog(BytesView bytes, std::int32_t readable) {
  const EnvelopeKind kind = kind_in(readable);
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kind, bytes));
  EYRIE_TRY(const auto message, decode<proto::Binlog>(envelope.payload, kind.name));
  Binlog binlog;
  EYRIE_TRY(binlog.place, read_place(message.place()));
  if (envelope.version < kSteps) {
    EYRIE_TRY(binlog.timestamps, unpack_timestamps(message.timestamps()));
  } else {
    binlog.timestamps = read_timestamps(message.timestamp_steps());
  }
  EYRIE_TRY(binlog.columns, read_columns(message.columns()));
  if (Status status = validate(binlog); !status.ok()) {
    return fail(Code::data_loss, status.message());
  }
  return binlog;
}

}  // namespace eyrie::storage
