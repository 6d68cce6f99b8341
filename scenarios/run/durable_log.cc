#include "scenarios/run/durable_log.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "scenarios/run/durable_objects.h"
#include "storage/local_log/segment_format.h"
#include "storage/zero_disk/block.h"
#include "storage/zero_disk/log_manifest.h"
#include "storage/zero_disk/manifest_store.h"

namespace eyrie::scenarios {

namespace {

class ServiceLog : public DurableLog {
 public:
  explicit ServiceLog(storage::fakes::WalService& service) : service_(service) {}

  std::vector<DurableRecord> read(const std::string& channel, std::uint64_t through) override {
    const storage::fakes::WalChannelLog& log = service_.state.channels[channel];
    std::uint64_t& last = given_[channel];
    std::vector<DurableRecord> records;
    for (std::uint64_t position = std::max(last + 1, log.first);
         position < log.next() && position <= through; ++position) {
      const storage::fakes::WalRecord& kept = log.records[position - log.first];
      records.push_back({position, kept.term, kept.bytes});
      last = position;
    }
    return records;
  }

 private:
  storage::fakes::WalService& service_;
  std::map<std::string, std::uint64_t> given_;  // by channel, the last position
};

class ZeroDiskDurableLog : public DurableLog {
 public:
  ZeroDiskDurableLog(const storage::fakes::EtcdState& meta,
                     const storage::fakes::S3DurableState& objects)
      : meta_(meta), objects_(objects) {}

  std::vector<DurableRecord> read(const std::string& channel, std::uint64_t through) override {
    std::vector<DurableRecord> records;
    const storage::LogManifest manifest = manifest_of(channel);
    Place& place = places_[channel];
    // A block beyond `through` is kept for the next time.
    while (place.next <= through) {
      const storage::LogSegment* const segment = manifest.find(place.next);
      if (segment == nullptr) break;
      const std::uint64_t merged = segment->merged ? segment->merged->name : 0;
      if (segment->id != place.segment || merged != place.merged) {
        place = {place.next, segment->id, merged, 0};
      }
      if (!read_block(channel, place, through, records)) break;
    }
    return records;
  }

 private:
  struct Place {
    std::uint64_t next = 1;  // position
    std::uint64_t segment = 0;
    std::uint64_t merged = 0;  // its blocks' name, if they are merged
    std::uint64_t index = 0;   // of the first block that may have the position
  };

  storage::LogManifest manifest_of(const std::string& channel) const {
    etcdserverpb::RangeRequest request;
    request.set_key(std::string(storage::kManifestPrefix) + channel);
    const auto found = meta_.range(request, meta_.revision());
    if (!found || found->kvs().empty()) return {};
    const auto manifest = storage::decode_log_manifest(found->kvs(0).value());
    return manifest.value_or(storage::LogManifest());
  }

  bool read_block(const std::string& channel, Place& place, std::uint64_t through,
                  std::vector<DurableRecord>& records) const {
    const std::string key =
        place.merged != 0
            ? storage::merged_block_key(channel, place.segment, place.merged, place.index)
            : storage::block_key(channel, place.segment, place.index);
    const std::optional<Bytes> object = durable_object(objects_, key);
    if (!object) return false;
    const auto block = storage::decode_block(channel, *object);
    if (!block || block->header.kind == storage::BlockHeader::Kind::fence) return false;
    for (std::size_t i = 0; i < block->records.size(); ++i) {
      const std::uint64_t position = block->header.first + i;
      if (position < place.next) continue;
      if (position > through) return true;
      records.push_back({position, block->header.term, block->records[i]});
      place.next = position + 1;
    }
    ++place.index;
    return true;
  }

  const storage::fakes::EtcdState& meta_;
  const storage::fakes::S3DurableState& objects_;
  std::map<std::string, Place> places_;
};

// A record beyond `through` may be durable by chance, and still be cut off by the next recovery; so
// only positions that the log has vouched for are looked for, and they must be there.
class DiskLog : public DurableLog {
 public:
  explicit DiskLog(const sim::DiskImage& disk) : disk_(disk) {}

  std::vector<DurableRecord> read(const std::string& channel, std::uint64_t through) override {
    Place& place = places_[channel];
    const std::string folder = "log/" + channel;
    std::vector<DurableRecord> records;
    while (place.next <= through) {
      // A segment ends where the next one begins, whatever bytes follow in its file (C3).
      if (!find_segment(folder, place)) break;
      const BytesView file = disk_.durable_bytes(place.path);
      if (place.offset > file.size()) break;
      const auto record = storage::parse_record(file.substr(place.offset));
      if (!record) break;
      place.offset += record->stored_bytes();
      if (record->position < place.next) continue;
      if (record->position > place.next) break;
      records.push_back({record->position, record->term, Bytes(record->payload)});
      ++place.next;
    }
    return records;
  }

 private:
  struct Place {
    std::uint64_t next = 1;   // position
    std::uint64_t first = 0;  // of the segment that holds it
    std::string path;
    std::uint64_t offset = 0;  // in its file, of a record at or below `next`
  };

  // The last segment that begins at or below the next position.
  bool find_segment(const std::string& folder, Place& place) const {
    if (place.first == place.next) return true;
    std::uint64_t best = 0;
    std::string path;
    for (const std::string& name : disk_.durable_names(folder)) {
      std::uint64_t first = 0;
      const char* const end = name.data() + name.size();
      const auto parsed = std::from_chars(name.data(), end, first);
      if (parsed.ptr == name.data() || std::string_view(parsed.ptr, end) != ".log") continue;
      if (first > place.next || first < best) continue;
      best = first;
      path = folder + "/" + name;
    }
    if (best == 0) return false;
    if (best == place.first) return true;
    place.first = best;
    place.path = std::move(path);
    place.offset = storage::kSegmentHeaderBytes;
    return true;
  }

  const sim::DiskImage& disk_;
  std::map<std::string, Place> places_;
};

}  // namespace

std::unique_ptr<DurableLog> durable_log_of(storage::fakes::WalService& service) {
  return std::make_unique<ServiceLog>(service);
}

std::unique_ptr<DurableLog> durable_log_of(const storage::fakes::EtcdState& meta,
                                           const storage::fakes::S3DurableState& objects) {
  return std::make_unique<ZeroDiskDurableLog>(meta, objects);
}

std::unique_ptr<DurableLog> durable_log_of(const sim::DiskImage& disk) {
  return std::make_unique<DiskLog>(disk);
}

}  // namespace eyrie::scenarios
