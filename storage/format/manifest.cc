#include "storage/format/manifest.h"

#include <utility>

#include "runtime/crc32c.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYMF", "segment manifest", 1};

Result<SegmentFile> read_file(const proto::Manifest::File& in) {
  if (in.kind() < proto::Manifest::KIND_BINLOG || in.kind() > proto::Manifest::KIND_INDEX) {
    return fail(Code::unsupported, "segment manifest: '" + in.key() + "' is of kind " +
                                       std::to_string(in.kind()) +
                                       ", which this build does not know");
  }
  if (in.key().empty()) return fail(Code::data_loss, "segment manifest: a file has no key");
  return SegmentFile{static_cast<SegmentFile::Kind>(in.kind()),
                     in.key(),
                     in.bytes(),
                     in.crc32c(),
                     in.rows(),
                     Timestamp(in.timestamp_min()),
                     Timestamp(in.timestamp_max())};
}

}  // namespace

SegmentFile describe_file(SegmentFile::Kind kind, std::string key, BytesView object) {
  SegmentFile file;
  file.kind = kind;
  file.key = std::move(key);
  file.bytes = object.size();
  file.crc32c = crc32c(object);
  return file;
}

Bytes encode_manifest(const Manifest& manifest) {
  proto::Manifest message;
  write_place(manifest.place, *message.mutable_place());
  message.set_version(manifest.version);
  for (const SegmentFile& file : manifest.files) {
    proto::Manifest::File& out = *message.add_files();
    out.set_kind(static_cast<proto::Manifest::Kind>(file.kind));
    out.set_key(file.key);
    out.set_bytes(file.bytes);
    out.set_crc32c(file.crc32c);
    out.set_rows(file.rows);
    out.set_timestamp_min(file.timestamp_min.value);
    out.set_timestamp_max(file.timestamp_max.value);
  }
  return seal_envelope(kKind, encode(message));
}

Result<Manifest> decode_manifest(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  EYRIE_TRY(const auto message, decode<proto::Manifest>(envelope.payload, kKind.name));
  Manifest manifest;
  EYRIE_TRY(manifest.place, read_place(message.place()));
  manifest.version = message.version();
  manifest.files.reserve(static_cast<std::size_t>(message.files_size()));
  for (const proto::Manifest::File& in : message.files()) {
    EYRIE_TRY(SegmentFile file, read_file(in));
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace eyrie::storage
