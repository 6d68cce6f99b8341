// P27 and P28: where rows and deletes are, outside the log, and what compactions make of them.
//
// A row is its key and its timestamp. It is dead from the first later delete of its key on (D1); of
// the deletes, those count that a load of its segment would apply: what was handed to the segment,
// and every delta log of the shard.
//
// P28: a compaction leaves each row in one segment, with its fields, dead from the same time on; or
// the row is gone, and was dead from the shard's horizon on at the latest (S4). It adds none.
// P27: each row of the log at or below the checkpoint is in exactly one segment, as it was written,
// dead from the time on that the log says; or gone, if that is at or before the horizon. What a
// load does not find above the checkpoint it reads from the log.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 2> kIds = {"P27", "P28"};
constexpr std::uint64_t kNever = UINT64_MAX;

using RowId = std::pair<std::uint64_t, std::uint64_t>;  // key, timestamp
// By key, the timestamps of its deletes, each with its position; 0: of a file.
using Deletes = std::map<std::uint64_t, std::map<std::uint64_t, std::uint64_t>>;

std::uint64_t dead_from(const Deletes& deletes, const RowId& row, std::uint64_t above = 0) {
  const auto of_key = deletes.find(row.first);
  if (of_key == deletes.end()) return kNever;
  for (auto at = of_key->second.upper_bound(row.second); at != of_key->second.end(); ++at) {
    if (above == 0 || at->second > above) return at->first;
  }
  return kNever;
}

void add_file(const StoredRowsRef& file, Deletes& deletes) {
  for (const StoredRow& one : *file) deletes[one.key].emplace(one.timestamp, 0);
}

struct Segment {
  StoredRowsRef rows;
  std::vector<StoredRowsRef> deletes;
};

// What the catalog has of a shard.
struct Content {
  std::map<std::int64_t, Segment> segments;
  std::map<std::int64_t, StoredRowsRef> deltas;
  std::uint64_t horizon = 0;

  bool readable() const {
    const auto whole = [](const StoredRowsRef& file) { return file != nullptr; };
    const bool logs = std::ranges::all_of(deltas, whole, [](const auto& e) { return e.second; });
    return logs && std::ranges::all_of(segments, [&](const auto& entry) {
             return whole(entry.second.rows) && std::ranges::all_of(entry.second.deletes, whole);
           });
  }
};

struct Live {
  std::uint64_t fields = 0;
  std::uint64_t dead_from = kNever;
  int times = 0;
};
using View = std::map<RowId, Live>;

View view_of(const Content& content) {
  View view;
  Deletes everywhere;
  for (const auto& [id, delta] : content.deltas) add_file(delta, everywhere);
  for (const auto& [id, segment] : content.segments) {
    Deletes own;
    for (const StoredRowsRef& file : segment.deletes) add_file(file, own);
    for (const StoredRow& row : *segment.rows) {
      const RowId name{row.key, row.timestamp};
      Live& live = view[name];
      ++live.times;
      live.fields = row.fields;
      live.dead_from = std::min(dead_from(own, name), dead_from(everywhere, name));
    }
  }
  return view;
}

class SegmentChecker {
 public:
  SegmentChecker() : findings_(kIds) {}

  std::vector<PropertyResult> run(std::span<const Observed> observations) {
    for (const Observed& observed : observations) {
      std::visit([this](const auto& what) { see(what); }, observed.what);
    }
    settle();
    for (const auto& [name, shard] : shards_) account(name, shard, "in the end");
    return findings_.take();
  }

 private:
  struct LogRow {
    std::uint64_t fields = 0;
    std::uint64_t position = 0;
  };
  struct Shard {
    std::int64_t collection = 0;
    std::string channel;
    std::map<RowId, LogRow> rows;
    Deletes deletes;
    Content content;
  };

  void see(const RecordDurable& record) {
    if (!record.has_rows() && !record.has_deletes()) return;
    Shard& shard = shards_[record.virtual_channel];
    shard.collection = record.collection;
    shard.channel = record.channel;
    for (const StoredRow& row : record.rows) {
      shard.rows[{row.key, row.timestamp}] = {row.fields, record.position};
    }
    for (const std::uint64_t key : record.deleted) {
      shard.deletes[key].emplace(record.timestamp, record.position);
    }
  }

  void see(const CheckpointSaved& saved) {
    settle();
    checkpoints_[saved.channel] = std::max(checkpoints_[saved.channel], saved.position);
  }
  void see(const CollectionSaved& saved) {
    if (!saved.dropping) return;
    settle();
    dropping_.insert(saved.collection);
  }
  void see(const MetaStoreOpened& opened) { blind_ |= opened.unseen; }

  void see(const SegmentSaved& saved) {
    Content& content = change(saved.virtual_channel, saved.revision);
    const auto known = content.segments.find(saved.segment);
    compacted_ |= known != content.segments.end() && known->second.deletes != saved.deletes;
    content.segments[saved.segment] = {saved.rows, saved.deletes};
  }
  void see(const SegmentRemoved& removed) {
    change(removed.virtual_channel, removed.revision).segments.erase(removed.segment);
    compacted_ = true;
  }
  void see(const DeltaSaved& saved) {
    change(saved.virtual_channel, saved.revision).deltas[saved.delta] = saved.deletes;
  }
  void see(const DeltaRemoved& removed) {
    change(removed.virtual_channel, removed.revision).deltas.erase(removed.delta);
    compacted_ = true;
  }
  void see(const HorizonSaved& saved) {
    change(saved.virtual_channel, saved.revision).horizon = saved.timestamp;
  }
  void see(const auto&) {}

  // A transaction is what has one revision.
  Content& change(const std::string& shard, std::int64_t revision) {
    if (revision != revision_) settle();
    revision_ = revision;
    Content& content = shards_[shard].content;
    before_.try_emplace(shard, content);
    return content;
  }

  void settle() {
    const std::string when = "at revision " + std::to_string(revision_);
    for (const auto& [name, before] : std::exchange(before_, {})) {
      const Shard& shard = shards_[name];
      if (!compacted_ || blind_ || dropping_.contains(shard.collection)) continue;
      compare(name, before, shard.content, when);
      account(name, shard, when);
    }
    compacted_ = false;
  }

  // P28
  void compare(const std::string& name, const Content& before, const Content& after,
               const std::string& when) {
    if (!before.readable() || !after.readable()) return;
    findings_.check("P28");
    const View was = view_of(before);
    const View is = view_of(after);
    for (const auto& [row, live] : was) {
      const auto now = is.find(row);
      const std::string what = "the compaction of " + name + " " + when;
      if (now == is.end()) {
        if (live.dead_from <= after.horizon) continue;
        violate("P28", what + " lost" + text_of(row) + ", which was" + dead_text(live.dead_from) +
                           ", and says as its horizon " + std::to_string(after.horizon));
      } else if (now->second.times != 1 || now->second.fields != live.fields) {
        violate("P28", what + " left" + text_of(row) + " in " + std::to_string(now->second.times) +
                           " segments, or changed it");
      } else if (now->second.dead_from != live.dead_from) {
        violate("P28", what + " made" + text_of(row) + dead_text(now->second.dead_from) +
                           ", which was" + dead_text(live.dead_from));
      }
    }
    for (const auto& [row, live] : is) {
      if (was.contains(row)) continue;
      violate("P28", "the compaction of " + name + " " + when + " added" + text_of(row));
    }
  }

  // P27
  void account(const std::string& name, const Shard& shard, const std::string& when) {
    if (blind_ || dropping_.contains(shard.collection) || !shard.content.readable()) return;
    const auto saved = checkpoints_.find(shard.channel);
    if (saved == checkpoints_.end()) return;
    const std::uint64_t checkpoint = saved->second;
    const View view = view_of(shard.content);
    for (const auto& [row, written] : shard.rows) {
      const auto found = view.find(row);
      const std::uint64_t dead = dead_from(shard.deletes, row);
      if (found == view.end()) {
        if (written.position > checkpoint || dead <= shard.content.horizon) continue;
        violate("P27", name + " has" + text_of(row) + " of record " +
                           std::to_string(written.position) + " in no segment " + when +
                           ", though its checkpoint is " + std::to_string(checkpoint) +
                           ", its horizon " + std::to_string(shard.content.horizon) +
                           " and the row" + dead_text(dead));
        continue;
      }
      findings_.check("P27");
      check_row(name, row, written, found->second, when);
      const std::uint64_t reached =
          std::min(found->second.dead_from, dead_from(shard.deletes, row, checkpoint));
      if (reached == dead) continue;
      violate("P27", name + " has" + text_of(row) + dead_text(reached) + " " + when +
                         ", but by its log it is" + dead_text(dead));
    }
    for (const auto& [row, live] : view) {
      if (shard.rows.contains(row)) continue;
      violate("P27", name + " has" + text_of(row) + " " + when + ", which its log never had");
    }
  }

  void check_row(const std::string& name, const RowId& row, const LogRow& written, const Live& live,
                 const std::string& when) {
    if (live.times == 1 && live.fields == written.fields) return;
    violate("P27", name + " has" + text_of(row) + " in " + std::to_string(live.times) +
                       " segments " + when + ", or not as it was written");
  }

  static std::string text_of(const RowId& row) {
    return " row " + std::to_string(row.first) + " of " + std::to_string(row.second);
  }
  static std::string dead_text(std::uint64_t from) {
    return from == kNever ? " never deleted" : " deleted at " + std::to_string(from);
  }
  void violate(std::string_view id, std::string sentence) {
    findings_.violate(id, std::move(sentence));
  }

  Findings findings_;
  std::map<std::string, Shard> shards_;  // by virtual channel
  std::map<std::string, std::uint64_t> checkpoints_;
  std::set<std::int64_t> dropping_;
  // Of the transaction that is being seen.
  std::int64_t revision_ = 0;
  std::map<std::string, Content> before_;
  bool compacted_ = false;
  bool blind_ = false;  // a change may have been missed
};

}  // namespace

std::vector<PropertyResult> check_segments(std::span<const Observed> observations) {
  return SegmentChecker().run(observations);
}

}  // namespace eyrie::scenarios
