#include "storage/format/delta_log.h"

#include <algorithm>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"

namespace eyrie::storage {

namespace {

constexpr std::uint16_t kSteps = 2;  // from this version on

constexpr EnvelopeKind kind_in(std::int32_t format) {
  return {"EYDL", "delta log", static_cast<std::uint16_t>(format < kSteps ? 1 : kSteps)};
}

using Integers = std::vector<std::int64_t>;

void write_in_steps(const DeltaLog& delta, proto::DeltaLog& message) {
  write_timestamps(delta.timestamps, *message.mutable_timestamp_steps());
  if (const auto* integers = std::get_if<Integers>(&delta.keys.values)) {
    write_steps(*integers, *message.mutable_key_steps());
  } else {
    write_keys(delta.keys, *message.mutable_keys());
  }
}

Status read_in_steps(const proto::DeltaLog& message, DeltaLog& delta) {
  delta.timestamps = read_timestamps(message.timestamp_steps());
  if (!message.has_keys()) {
    delta.keys = PrimaryKeys(read_steps(message.key_steps()));
    return {};
  }
  EYRIE_TRY(delta.keys, read_keys(message.keys()));
  if (std::holds_alternative<Integers>(delta.keys.values) || message.key_steps_size() > 0) {
    return {Code::data_loss, "delta log has integer keys that are not steps"};
  }
  return {};
}

}  // namespace

Status validate(const DeltaLog& delta) {
  if (delta.keys.empty() || delta.keys.size() != delta.timestamps.size()) {
    return Status(Code::invalid_argument,
                  "delta log has " + std::to_string(delta.keys.size()) + " keys and " +
                      std::to_string(delta.timestamps.size()) + " timestamps");
  }
  if (std::ranges::any_of(delta.timestamps, [](Timestamp t) { return t.value <= 0; })) {
    return Status(Code::invalid_argument, "delta log has a key without a timestamp");
  }
  return {};
}

Result<Bytes> encode_delta_log(const DeltaLog& delta, std::int32_t format) {
  const EnvelopeKind kind = kind_in(format);
  EYRIE_RETURN_IF_ERROR(validate(delta));
  proto::DeltaLog message;
  write_place(delta.place, *message.mutable_place());
  if (kind.version < kSteps) {
    write_keys(delta.keys, *message.mutable_keys());
    message.set_timestamps(pack_timestamps(delta.timestamps));
  } else {
    write_in_steps(delta, message);
  }
  return seal_envelope(kind, encode(message));
}

Result<DeltaLog> decode_delta_log(BytesView bytes, std::int32_t readable) {
  const EnvelopeKind kind = kind_in(readable);
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kind, bytes));
  EYRIE_TRY(const auto message, decode<proto::DeltaLog>(envelope.payload, kind.name));
  DeltaLog delta;
  EYRIE_TRY(delta.place, read_place(message.place()));
  if (envelope.version < kSteps) {
    EYRIE_TRY(delta.keys, read_keys(message.keys()));
    EYRIE_TRY(delta.timestamps, unpack_timestamps(message.timestamps()));
  } else {
    EYRIE_RETURN_IF_ERROR(read_in_steps(message, delta));
  }
  if (Status status = validate(delta); !status.ok()) {
    return fail(Code::data_loss, status.message());
  }
  return delta;
}

}  // namespace eyrie::storage
