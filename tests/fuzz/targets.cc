#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <utility>

#include "index/hnsw_graph.h"
#include "nodes/catalog/records.h"
#include "nodes/proto/catalog.pb.h"
#include "runtime/check.h"
#include "runtime/crc32c.h"
#include "runtime/framing.h"
#include "runtime/rpc/frame.h"
#include "storage/directory/object_file.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "storage/format/envelope.h"
#include "storage/format/key_stats.h"
#include "storage/format/little_endian.h"
#include "storage/format/manifest.h"
#include "storage/format/wal_record.h"
#include "storage/local_log/channel_state.h"
#include "storage/local_log/segment_format.h"
#include "storage/zero_disk/block.h"
#include "storage/zero_disk/log_manifest.h"

namespace eyrie::test {

namespace {

constexpr std::string_view kChannel = "dml_0";

struct Input {
  bool sealed = false;
  BytesView bytes;
  int choice = 0;
};

Input split(BytesView input) {
  if (input.empty()) return {};
  const auto first = static_cast<unsigned char>(input.front());
  return {(first & 1) != 0, input.substr(1), first / 2};
}

void put_checksum(Bytes& bytes, std::size_t at, std::uint32_t checksum) {
  std::memcpy(bytes.data() + at, &checksum, sizeof checksum);
}

// `newest`: of that kind; the input says which version it is.
Bytes envelope_of(std::string_view magic, const Input& input, std::uint16_t newest = 1) {
  if (!input.sealed) return Bytes(input.bytes);
  const auto version = static_cast<std::uint16_t>(1 + input.choice % newest);
  return storage::seal_envelope({magic, "fuzzed", version}, input.bytes);
}

// `encode` may refuse what `decode` let in only if it says so.
template <class Value, class Encode, class Decode>
void expect_same_again(const Value& value, Encode encode, Decode decode) {
  const Bytes first = encode(value);
  auto again = decode(first);
  EYRIE_CHECK(again.has_value(), "what was encoded decodes");
  EYRIE_CHECK(encode(*again) == first, "what was decoded encodes to the same bytes");
}

template <class Decode, class Encode>
void decode_and_encode(std::string_view magic, BytesView input, Decode decode, Encode encode,
                       std::uint16_t newest = 1) {
  auto value = decode(envelope_of(magic, split(input), newest));
  if (value) expect_same_again(*value, encode, decode);
}

void fuzz_frames(BytesView input) {
  const Input split_input = split(input);
  Bytes bytes(split_input.bytes);
  if (split_input.sealed) {
    bytes = Bytes(kFramePreface);
    // Each piece of 16 bytes becomes a frame.
    for (std::size_t at = 0; at < split_input.bytes.size(); at += 16) {
      append_frame(bytes, split_input.bytes.substr(at, 16));
    }
  }
  const std::size_t cut = input.empty() ? 1 : 1 + static_cast<unsigned char>(input.front()) / 2;
  FrameDecoder decoder(1'000);
  std::deque<Bytes> messages;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    if (!decoder.feed(BytesView(bytes).substr(at, cut), messages).ok()) break;
  }
  // The same in one piece gives the same messages.
  FrameDecoder whole(1'000);
  std::deque<Bytes> at_once;
  const Status status = whole.feed(bytes, at_once);
  EYRIE_CHECK(messages == at_once, "where bytes are cut makes no difference");
  if (split_input.sealed) EYRIE_CHECK(status.ok(), "frames of ours are read");
}

void fuzz_rpc_header(BytesView input) {
  Bytes frame(input);
  rpc::wire::Header header;
  if (!rpc::decode_frame(frame, header).ok()) return;
  for (const Release release : {kOldestRelease, kThisRelease}) {
    const Protocols ours = protocols_of(release);
    const Result<std::uint32_t> chosen = rpc::choose_protocol(header, ours);
    if (chosen) EYRIE_CHECK(*chosen >= ours.lowest && *chosen <= ours.highest);
    (void)rpc::chosen_protocol(header, ours);
    (void)rpc::check_version(header, ours.highest);
  }
  (void)rpc::check_cluster(header, "test");
  (void)rpc::get_status(header);
}

void fuzz_binlog(BytesView input) {
  for (const std::int32_t format : {kOldestFormat, kNewestFormat}) {
    decode_and_encode(
        "EYBL", input, [](BytesView bytes) { return storage::decode_binlog(bytes); },
        [format](const storage::Binlog& binlog) {
          return storage::encode_binlog(binlog, format).value();
        },
        2);
  }
}

void fuzz_delta_log(BytesView input) {
  for (const std::int32_t format : {kOldestFormat, kNewestFormat}) {
    decode_and_encode(
        "EYDL", input, [](BytesView bytes) { return storage::decode_delta_log(bytes); },
        [format](const storage::DeltaLog& delta) {
          return storage::encode_delta_log(delta, format).value();
        },
        2);
  }
}

void fuzz_key_stats(BytesView input) {
  (void)storage::decode_key_stats(envelope_of("EYKS", split(input)));
}

void fuzz_segment_manifest(BytesView input) {
  decode_and_encode("EYMF", input, storage::decode_manifest, storage::encode_manifest);
}

void fuzz_wal_record(BytesView input) {
  decode_and_encode(
      "EYWR", input, storage::decode_wal_record,
      [](const storage::WalRecord& record) { return storage::encode_wal_record(record).value(); });
}

void fuzz_log_channel_state(BytesView input) {
  decode_and_encode("EYLS", input, storage::decode_channel_state, storage::encode_channel_state);
}

void fuzz_log_manifest(BytesView input) {
  decode_and_encode("EYZM", input, storage::decode_log_manifest, storage::encode_log_manifest);
}

void fuzz_log_segment(BytesView input) {
  const Input split_input = split(input);
  Bytes file(split_input.bytes);
  if (split_input.sealed) {
    file = storage::encode_segment_header(kChannel, 1);
    storage::WalPosition position = 1;
    for (std::size_t at = 0; at < split_input.bytes.size(); at += 32) {
      storage::append_record(file, {position++, 1, 0, split_input.bytes.substr(at, 32)});
    }
    // Torn where the first bytes say.
    if (!split_input.bytes.empty()) {
      file.resize(file.size() -
                  static_cast<unsigned char>(split_input.bytes.front()) % file.size());
    }
  }
  (void)storage::scan_segment(file, kChannel, 1);
}

// The header's own checksum, and that of what follows it.
void fuzz_log_block(BytesView input) {
  const Input split_input = split(input);
  Bytes block(split_input.bytes);
  if (split_input.sealed && block.size() >= storage::kBlockHeaderBytes) {
    block.replace(0, 6, BytesView("EYZB\x01\x00", 6));
    put_checksum(block, 8, crc32c(kChannel));
    put_checksum(block, 56, crc32c(BytesView(block).substr(storage::kBlockHeaderBytes)));
    put_checksum(block, 60, crc32c(BytesView(block).substr(0, 60)));
  }
  const auto decoded = storage::decode_block(kChannel, block);
  if (!decoded) return;
  EYRIE_CHECK(storage::encode_block(kChannel, decoded->header, decoded->records) == block);
}

void fuzz_hnsw_graph(BytesView input) {
  const Input split_input = split(input);
  std::string graph(split_input.bytes);
  if (split_input.sealed && graph.size() >= 20) {
    graph.replace(0, 4, "EYHG");
    const std::uint64_t length = graph.size();
    std::memcpy(graph.data() + 8, &length, sizeof length);
    put_checksum(graph, graph.size() - 4, crc32c(BytesView(graph).substr(0, graph.size() - 4)));
  }
  const auto decoded = index::decode(graph);
  if (decoded) EYRIE_CHECK(index::encode(*decoded) == graph);
}

void fuzz_object_file(BytesView input) {
  const Input split_input = split(input);
  constexpr std::string_view kKey = "files/1";
  Bytes file(split_input.bytes);
  if (split_input.sealed) file = storage::seal_object(kKey, std::move(file));
  const auto opened = storage::open_object(kKey, file);
  if (split_input.sealed) EYRIE_CHECK(opened && *opened == split_input.bytes);
}

template <class Record>
void fuzz_record(BytesView bytes) {
  const auto record = catalog::decode_record<Record>("key", bytes);
  if (record) (void)catalog::encode_record(*record);
}

void fuzz_catalog_record(BytesView input) {
  fuzz_record<catalog::CollectionRecord>(input);
  fuzz_record<catalog::ChannelRecord>(input);
  fuzz_record<catalog::CheckpointRecord>(input);
  fuzz_record<catalog::SegmentRecord>(input);
  fuzz_record<catalog::DeltaRecord>(input);
  fuzz_record<catalog::LoadRecord>(input);
  fuzz_record<catalog::SessionRecord>(input);
}

constexpr std::array kTargets = {
    FuzzTarget{"binlog", fuzz_binlog},
    FuzzTarget{"catalog_record", fuzz_catalog_record},
    FuzzTarget{"delta_log", fuzz_delta_log},
    FuzzTarget{"frames", fuzz_frames},
    FuzzTarget{"hnsw_graph", fuzz_hnsw_graph},
    FuzzTarget{"key_stats", fuzz_key_stats},
    FuzzTarget{"log_block", fuzz_log_block},
    FuzzTarget{"log_channel_state", fuzz_log_channel_state},
    FuzzTarget{"log_manifest", fuzz_log_manifest},
    FuzzTarget{"log_segment", fuzz_log_segment},
    FuzzTarget{"object_file", fuzz_object_file},
    FuzzTarget{"rpc_header", fuzz_rpc_header},
    FuzzTarget{"segment_manifest", fuzz_segment_manifest},
    FuzzTarget{"wal_record", fuzz_wal_record},
};

}  // namespace

std::span<const FuzzTarget> fuzz_targets() {
  return kTargets;
}

const FuzzTarget* find_fuzz_target(std::string_view name) {
  const auto found = std::ranges::find(kTargets, name, &FuzzTarget::name);
  return found != kTargets.end() ? &*found : nullptr;
}

}  // namespace eyrie::test
