// P22, P23, P24, P26, P30: the log, its writers and readers, and what is forgotten of it.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 5> kIds = {"P22", "P23", "P24", "P26", "P30"};

class LogChecker {
 public:
  LogChecker() : findings_(kIds) {}

  std::vector<PropertyResult> run(std::span<const Observed> observations) {
    for (const Observed& observed : observations) {
      std::visit([this](const auto& what) { see(what); }, observed.what);
    }
    return findings_.take();
  }

 private:
  struct Channel {
    std::map<std::uint64_t, RecordDurable> records;  // by position
    std::int64_t term = 0;                           // the highest opened
    std::uint64_t tick = 0;                          // the highest emitted
    std::map<std::int64_t, std::uint64_t> created;   // collection, position
    std::map<std::int64_t, std::uint64_t> dropped;
    std::set<std::int64_t> with_data;  // collections
    std::uint64_t checkpoint = 0;
    std::map<std::int64_t, std::uint64_t> begins;  // where a term is written from
    std::map<std::int64_t, std::uint64_t> read;    // the last position, by who recovers
  };

  static std::string name(const std::string& channel, std::uint64_t position) {
    return "record " + std::to_string(position) + " of " + channel;
  }
  const RecordDurable* find(const std::string& channel, std::uint64_t position) {
    const auto& records = channels_[channel].records;
    const auto found = records.find(position);
    return found != records.end() ? &found->second : nullptr;
  }

  void see(const LogOpened& opened) {
    Channel& channel = channels_[opened.channel];
    const bool written =
        !channel.records.empty() && channel.records.rbegin()->second.term < opened.term;
    if (written) findings_.check("P23");
    if (opened.term <= channel.term) {
      findings_.violate("P23", opened.channel + " was opened in term " +
                                   std::to_string(opened.term) + ", though term " +
                                   std::to_string(channel.term) + " had been opened");
    }
    channel.term = std::max(channel.term, opened.term);
    channel.begins.try_emplace(opened.term, opened.begins);
    if (channel.records.empty() || opened.begins == channel.records.rbegin()->first + 1) return;
    findings_.violate("P22", opened.channel + " was opened to be written from " +
                                 std::to_string(opened.begins) + ", though its last record is " +
                                 std::to_string(channel.records.rbegin()->first));
  }

  void see(const RecordDurable& record) {
    Channel& channel = channels_[record.channel];
    const std::string what = name(record.channel, record.position);
    if (!channel.records.empty()) check_follows(channel.records.rbegin()->second, record);
    if (record.term < channel.term) {
      findings_.violate("P23", what + " of term " + std::to_string(record.term) +
                                   " became durable, though term " + std::to_string(channel.term) +
                                   " had been opened");
    }
    if (channel.tick > 0) findings_.check("P24");
    if (record.timestamp <= channel.tick) {
      findings_.violate("P24", what + " at " + std::to_string(record.timestamp) +
                                   " became durable after the tick " +
                                   std::to_string(channel.tick));
    }
    check_alive(channel, record);
    channel.records.emplace(record.position, record);
  }

  void check_follows(const RecordDurable& last, const RecordDurable& record) {
    const std::string what = name(record.channel, record.position);
    if (record.position != last.position + 1) {
      findings_.violate("P22", what + " follows number " + std::to_string(last.position));
    }
    if (record.timestamp <= last.timestamp) {
      findings_.violate("P22", what + " has timestamp " + std::to_string(record.timestamp) +
                                   ", the one before it " + std::to_string(last.timestamp));
    }
    if (record.term < last.term) {
      findings_.violate("P23", what + " is of term " + std::to_string(record.term) +
                                   ", the one before it of term " + std::to_string(last.term));
    }
  }

  // D3: data only between the records that create and drop its collection.
  void check_alive(Channel& channel, const RecordDurable& record) {
    if (record.kind == RecordDurable::Kind::create) {
      channel.created.try_emplace(record.collection, record.position);
    }
    if (record.kind == RecordDurable::Kind::drop) {
      if (channel.with_data.contains(record.collection)) findings_.check("P26");
      channel.dropped.try_emplace(record.collection, record.position);
    }
    if (!record.has_rows() && !record.has_deletes()) return;
    channel.with_data.insert(record.collection);
    const bool dropped = channel.dropped.contains(record.collection);
    if (channel.created.contains(record.collection) && !dropped) return;
    findings_.violate("P26", name(record.channel, record.position) + " is data of collection " +
                                 std::to_string(record.collection) +
                                 (dropped ? ", which had been dropped" : ", which did not exist"));
  }

  void see(const RecordAcknowledged& ack) {
    findings_.check("P22");
    const RecordDurable* record = find(ack.channel, ack.position);
    const std::string what = name(ack.channel, ack.position);
    if (record == nullptr) {
      findings_.violate("P22", what + " was acknowledged and is not durable");
    } else if (record->term != ack.term) {
      findings_.violate("P23", what + " was acknowledged in term " + std::to_string(ack.term) +
                                   ", but the log has one of term " + std::to_string(record->term));
    } else if (record->timestamp != ack.timestamp) {
      findings_.violate("P22", what + " was acknowledged at " + std::to_string(ack.timestamp) +
                                   ", but the log has one of " + std::to_string(record->timestamp));
    }
  }

  void see(const RecordRead& read) {
    findings_.check("P22");
    const RecordDurable* record = find(read.channel, read.position);
    const std::string what = name(read.channel, read.position);
    if (record == nullptr) {
      findings_.violate("P22", what + " was read and is not durable");
    } else if (record->term != read.term || record->timestamp != read.timestamp) {
      findings_.violate("P22", what + " was read as another one than was written");
    }
    check_contiguous(read);
  }

  // A recovery begins at a checkpoint that was saved, and crosses no hole (W5).
  void check_contiguous(const RecordRead& read) {
    Channel& channel = channels_[read.channel];
    const auto [last, first] = channel.read.try_emplace(read.reader_term, read.position);
    const std::string what =
        recovery(read.channel, read.reader_term) + " read record " + std::to_string(read.position);
    if (first && read.position > channel.checkpoint + 1) {
      findings_.violate(
          "P22", what + " first, though its checkpoint is " + std::to_string(channel.checkpoint));
    } else if (!first && read.position != last->second + 1) {
      findings_.violate("P22", what + " after number " + std::to_string(last->second));
    }
    last->second = read.position;
  }

  // It ends where its own term begins. One that read nothing had nothing to read: its checkpoint is
  // the end.
  void see(const RecoveryEnded& ended) {
    Channel& channel = channels_[ended.channel];
    const auto begins = channel.begins.find(ended.term);
    if (begins == channel.begins.end()) return;
    const auto read = channel.read.find(ended.term);
    const std::uint64_t end = read != channel.read.end() ? read->second : channel.checkpoint;
    findings_.check("P22");
    if (end + 1 == begins->second) return;
    findings_.violate("P22", recovery(ended.channel, ended.term) + " ended at record " +
                                 std::to_string(end) + ", though its term begins at " +
                                 std::to_string(begins->second));
  }

  static std::string recovery(const std::string& channel, std::int64_t term) {
    return "the recovery of " + channel + " in term " + std::to_string(term);
  }

  void see(const TickEmitted& tick) {
    Channel& channel = channels_[tick.channel];
    channel.tick = std::max(channel.tick, tick.tick);
  }

  void see(const SegmentSaved& segment) {
    check_objects("segment " + std::to_string(segment.segment), segment);
    std::uint64_t& position = segments_[{segment.virtual_channel, segment.segment}];
    position = std::max(position, segment.position);
  }

  void see(const DeltaSaved& delta) {
    check_objects("delta " + std::to_string(delta.delta), delta);
    std::uint64_t& position = deltas_[delta.virtual_channel];
    position = std::max(position, delta.position);
  }

  // S1: what a checkpoint may pass because of it must be in its objects.
  void check_objects(const std::string& what, const auto& saved) {
    if (!saved.missing) return;
    findings_.violate("P30", what + " of " + saved.virtual_channel + " was saved, though object '" +
                                 *saved.missing + "' of it was not durable as it says");
  }

  void see(const CollectionSaved& saved) {
    if (saved.dropping) dropping_.insert(saved.collection);
  }

  void see(const CheckpointSaved& checkpoint) {
    Channel& channel = channels_[checkpoint.channel];
    const std::string what =
        "the checkpoint " + std::to_string(checkpoint.position) + " of " + checkpoint.channel;
    if (checkpoint.position < channel.checkpoint) {
      findings_.violate("P30", what + " was saved after " + std::to_string(channel.checkpoint));
      return;
    }
    const auto end = channel.records.upper_bound(checkpoint.position);
    for (auto at = channel.records.upper_bound(channel.checkpoint); at != end; ++at) {
      check_durable_elsewhere(channel, at->second, what);
    }
    channel.checkpoint = checkpoint.position;
  }

  // S1. What goes with its collection is not needed any more: a coordinator that has decided the
  // drop keeps nothing of it, whether or not the channel has the record yet.
  void check_durable_elsewhere(const Channel& channel, const RecordDurable& record,
                               const std::string& checkpoint) {
    if (!record.has_rows() && !record.has_deletes()) return;
    findings_.check("P30");
    if (channel.dropped.contains(record.collection)) return;
    if (dropping_.contains(record.collection)) return;
    const auto segment = segments_.find({record.virtual_channel, record.segment});
    const bool rows = segment != segments_.end() && segment->second >= record.position;
    const auto delta = deltas_.find(record.virtual_channel);
    const bool deletes = delta != deltas_.end() && delta->second >= record.position;
    if (record.has_rows() && !rows) {
      findings_.violate("P30", checkpoint + " passed record " + std::to_string(record.position) +
                                   " of " + record.virtual_channel +
                                   ", whose rows were in no saved segment");
    }
    if (record.has_deletes() && !deletes) {
      findings_.violate("P30", checkpoint + " passed record " + std::to_string(record.position) +
                                   " of " + record.virtual_channel +
                                   ", whose deletes were in no saved delta");
    }
  }

  void see(const LogTruncated& truncated) {
    const Channel& channel = channels_[truncated.channel];
    if (truncated.term < channel.term) {
      findings_.violate("P23", truncated.channel + " was truncated in term " +
                                   std::to_string(truncated.term) + ", though term " +
                                   std::to_string(channel.term) + " had been opened");
    }
    if (truncated.through <= channel.checkpoint) return;
    findings_.violate("P30", truncated.channel + " was truncated through " +
                                 std::to_string(truncated.through) + ", above its checkpoint " +
                                 std::to_string(channel.checkpoint));
  }

  void see(const auto&) {}

  Findings findings_;
  std::map<std::string, Channel> channels_;
  // Of the newest row that each saved segment has, and of the newest delete in a shard's deltas.
  std::map<std::pair<std::string, std::int64_t>, std::uint64_t> segments_;
  std::map<std::string, std::uint64_t> deltas_;
  std::set<std::int64_t> dropping_;  // collections
};

}  // namespace

std::vector<PropertyResult> check_log(std::span<const Observed> observations) {
  return LogChecker().run(observations);
}

}  // namespace eyrie::scenarios
