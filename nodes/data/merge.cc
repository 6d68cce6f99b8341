#include "nodes/data/merge.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"
#include "runtime/plant.h"

namespace eyrie::data {

namespace {

using storage::PrimaryKey;

// Between looks at the stop flag.
constexpr std::size_t kRowsAtOnce = 4'096;

struct Delete {
  PrimaryKey key;
  Timestamp at;

  friend auto operator<=>(const Delete&, const Delete&) = default;
};

// Of all inputs together: a delete of the shard concerns its key wherever it was handed.
std::vector<Delete> sorted_deletes(const std::vector<MergeInput>& inputs) {
  std::vector<Delete> deletes;
  for (const MergeInput& input : inputs) {
    for (const storage::DeltaLog& log : input.deletes) {
      for (std::size_t i = 0; i < log.timestamps.size(); ++i) {
        deletes.push_back({log.keys.at(i), log.timestamps[i]});
      }
    }
  }
  std::ranges::sort(deletes);
  const auto repeated = std::ranges::unique(deletes);
  deletes.erase(repeated.begin(), repeated.end());
  return deletes;
}

class Merger {
 public:
  Merger(const std::vector<MergeInput>& inputs, storage::FieldId key_field, Timestamp horizon,
         const storage::SegmentPlace& output, const index::StopFlag& stop)
      : inputs_(inputs),
        key_field_(key_field),
        horizon_(horizon),
        output_(output),
        stop_(stop),
        deletes_(sorted_deletes(inputs)),
        needed_(deletes_.size()) {}

  Result<Merged> run() {
    for (const MergeInput& input : inputs_) EYRIE_RETURN_IF_ERROR(add(input.rows));
    if (!kept_.empty()) {
      merged_.rows.emplace();
      merged_.rows->place = output_;
      merged_.rows->timestamps = std::move(timestamps_);
      Result<storage::Columns> columns = storage::gather_rows(kept_);
      if (!columns) return fail(Code::data_loss, columns.error().message());
      merged_.rows->columns = std::move(*columns);
    }
    return with_deletes();
  }

 private:
  Status add(const storage::Binlog& input) {
    const Result<storage::PrimaryKeys> keys = storage::keys_of(input.columns, key_field_);
    if (!keys) return Status(Code::data_loss, keys.error().message());
    for (std::size_t row = 0; row < keys->size(); ++row) {
      if (row % kRowsAtOnce == 0 && stop_.is_set()) {
        return Status(Code::cancelled, "the compaction was given up");
      }
      add_row(input, static_cast<std::uint32_t>(row), keys->at(row));
    }
    return {};
  }

  void add_row(const storage::Binlog& input, std::uint32_t row, PrimaryKey key) {
    const Timestamp written = input.timestamps[row];
    const auto newer = std::ranges::upper_bound(deletes_, Delete{key, written});
    const bool deleted = newer != deletes_.end() && newer->key == key && newer->at <= horizon_;
    if (deleted) {
      merged_.horizon = std::max(merged_.horizon, newer->at);
      ++merged_.dropped;
      return;
    }
    for (auto later = newer; later != deletes_.end() && later->key == key; ++later) {
      needed_[static_cast<std::size_t>(later - deletes_.begin())] = true;
    }
    kept_.push_back({&input.columns, row});
    timestamps_.push_back(written);
  }

  // All that concern a row that was kept are above the horizon.
  Result<Merged> with_deletes() {
    storage::DeltaLog log;
    log.place = output_;
    for (std::size_t i = 0; i < deletes_.size(); ++i) {
      const bool goes_on = EYRIE_PLANT(newer_deletes_left_behind, needed_[i] != 0, false);
      if (!goes_on) continue;
      Status added = log.keys.push_back(std::move(deletes_[i].key));
      if (!added.ok()) return fail(Code::data_loss, added.message());
      log.timestamps.push_back(deletes_[i].at);
    }
    if (!log.timestamps.empty()) merged_.deletes = std::move(log);
    return std::move(merged_);
  }

  const std::vector<MergeInput>& inputs_;
  storage::FieldId key_field_;
  Timestamp horizon_;
  storage::SegmentPlace output_;
  const index::StopFlag& stop_;
  std::vector<Delete> deletes_;
  std::vector<char> needed_;  // of deletes_, by a row that is kept
  std::vector<storage::RowOf> kept_;
  std::vector<Timestamp> timestamps_;
  Merged merged_;
};

}  // namespace

Result<Merged> merge_segments(const std::vector<MergeInput>& inputs, storage::FieldId key_field,
                              Timestamp horizon, const storage::SegmentPlace& output,
                              const index::StopFlag& stop) {
  return Merger(inputs, key_field, horizon, output, stop).run();
}

std::optional<storage::DeltaLog> deletes_for(const storage::KeyStats& stats, Timestamp oldest,
                                             const std::vector<storage::DeltaLog>& logs,
                                             const storage::SegmentPlace& place) {
  storage::DeltaLog found;
  found.place = place;
  for (const storage::DeltaLog& log : logs) {
    for (std::size_t i = 0; i < log.timestamps.size(); ++i) {
      if (log.timestamps[i] <= oldest) continue;
      PrimaryKey key = log.keys.at(i);
      if (!stats.may_contain(key)) continue;
      EYRIE_CHECK(found.keys.push_back(std::move(key)).ok(), "statistics are of keys of one kind");
      found.timestamps.push_back(log.timestamps[i]);
    }
  }
  if (found.timestamps.empty()) return std::nullopt;
  return found;
}

}  // namespace eyrie::data
