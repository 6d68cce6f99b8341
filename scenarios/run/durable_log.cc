#include "scenarios/run/durable_log.h"

#include <algorithm>
#include <charconv>

#include "storage/local_log/segment_format.h"

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

std::unique_ptr<DurableLog> durable_log_of(const sim::DiskImage& disk) {
  return std::make_unique<DiskLog>(disk);
}

}  // namespace eyrie::scenarios
