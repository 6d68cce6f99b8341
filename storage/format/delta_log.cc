#include "storage/format/delta_log.h"

#include <algorithm>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYDL", "delta log", 1};

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

Result<Bytes> encode_delta_log(const DeltaLog& delta) {
  EYRIE_RETURN_IF_ERROR(validate(delta));
  proto::DeltaLog message;
  write_place(delta.place, *message.mutable_place());
  write_keys(delta.keys, *message.mutable_keys());
  message.set_timestamps(pack_timestamps(delta.timestamps));
  return seal_envelope(kKind, encode(message));
}

Result<DeltaLog> decode_delta_log(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  EYRIE_TRY(const auto message, decode<proto::DeltaLog>(envelope.payload, kKind.name));
  DeltaLog delta;
  EYRIE_TRY(delta.place, read_place(message.place()));
  EYRIE_TRY(delta.keys, read_keys(message.keys()));
  EYRIE_TRY(delta.timestamps, unpack_timestamps(message.timestamps()));
  if (Status status = validate(delta); !status.ok()) {
    return fail(Code::data_loss, status.message());
  }
  return delta;
}

}  // namespace eyrie::storage
