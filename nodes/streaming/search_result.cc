#include "nodes/streaming/search_result.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "index/top_k.h"
#include "nodes/wire/columns.h"

namespace eyrie::streaming {

namespace {

std::unexpected<Status> malformed(std::string_view what) {
  return fail(Code::data_loss, "a worker's answer: " + std::string(what));
}

Result<Columns> read_rows(const std::string& bytes, std::size_t count) {
  if (count == 0) return Columns();
  Result<Columns> rows = wire::decode_columns(bytes);
  if (!rows) return malformed(rows.error().message());
  if (rows->rows() != count) return malformed("its rows are not as many as it says");
  return rows;
}

template <class Field>
std::vector<Timestamp> read_timestamps(const Field& field) {
  std::vector<Timestamp> timestamps;
  timestamps.reserve(static_cast<std::size_t>(field.size()));
  for (const std::uint64_t timestamp : field) timestamps.push_back(from_wire(timestamp));
  return timestamps;
}

// A row of a part.
struct Merged {
  float score = 0;
  PrimaryKey key;
  std::uint32_t row = 0;
};

}  // namespace

Result<SearchHits> read_search_hits(const internal::SearchShardResponse& message,
                                    std::size_t queries) {
  SearchHits hits;
  std::size_t total = 0;
  for (const std::int32_t count : message.counts()) {
    if (count < 0 || count > message.scores_size()) return malformed("a count is out of range");
    hits.counts.push_back(static_cast<std::uint32_t>(count));
    total += hits.counts.back();
  }
  const auto has = [total](int size) { return static_cast<std::size_t>(size) == total; };
  if (hits.counts.size() != queries) return malformed("it is for other queries");
  if (!has(message.scores_size()) || !has(message.timestamps_size())) {
    return malformed("its parts differ in length");
  }
  hits.scores.assign(message.scores().begin(), message.scores().end());
  hits.timestamps = read_timestamps(message.timestamps());
  EYRIE_TRY(hits.rows, read_rows(message.rows(), total));
  return hits;
}

Status write_search_hits(const SearchHits& hits, internal::SearchShardResponse& message) {
  for (const std::uint32_t count : hits.counts) {
    message.add_counts(static_cast<std::int32_t>(count));
  }
  message.mutable_scores()->Add(hits.scores.begin(), hits.scores.end());
  for (const Timestamp timestamp : hits.timestamps) message.add_timestamps(to_wire(timestamp));
  EYRIE_TRY(*message.mutable_rows(), wire::encode_columns(hits.rows));
  return {};
}

Result<SearchHits> reduce_hits(index::Metric metric, FieldId key_field, std::size_t queries,
                               std::size_t limit, const std::vector<SearchHits>& parts) {
  std::vector<std::vector<Merged>> lists(parts.size() * queries);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const SearchHits& part = parts[p];
    if (part.scores.empty()) continue;
    EYRIE_TRY(const PrimaryKeys keys, storage::keys_of(part.rows, key_field));
    std::uint32_t at = 0;
    for (std::size_t q = 0; q < queries; ++q) {
      for (std::uint32_t i = 0; i < part.counts[q]; ++i, ++at) {
        lists[q * parts.size() + p].push_back({part.scores[at], keys.at(at), at});
      }
    }
  }
  const auto before = [metric](const Merged& a, const Merged& b) {
    if (index::nearer_score(metric, a.score, b.score)) return true;
    if (index::nearer_score(metric, b.score, a.score)) return false;
    return a.key < b.key;
  };
  SearchHits reduced;
  std::vector<storage::RowOf> rows;
  for (std::size_t q = 0; q < queries; ++q) {
    std::vector<std::span<const Merged>> of_query;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      std::vector<Merged>& list = lists[q * parts.size() + p];
      std::ranges::sort(list, [&](const Merged& a, const Merged& b) {
        if (before(a, b)) return true;
        return !before(b, a) && a.row < b.row;
      });
      of_query.emplace_back(list);
    }
    const std::size_t begin = rows.size();
    if (limit > 0) {
      index::merge_sorted(std::span<const std::span<const Merged>>(of_query), before,
                          [&](const Merged& hit, std::size_t part) {
                            rows.push_back({&parts[part].rows, hit.row});
                            reduced.scores.push_back(hit.score);
                            reduced.timestamps.push_back(parts[part].timestamps[hit.row]);
                            return rows.size() - begin < limit;
                          });
    }
    reduced.counts.push_back(static_cast<std::uint32_t>(rows.size() - begin));
  }
  EYRIE_TRY(reduced.rows, storage::gather_rows(rows));
  return reduced;
}

Result<QueryRows> read_query_rows(const internal::QueryShardResponse& message, bool count_only) {
  QueryRows found;
  if (message.count() < 0) return malformed("its count is negative");
  found.count = message.count();
  if (count_only) return found;
  found.timestamps = read_timestamps(message.timestamps());
  EYRIE_TRY(found.rows, read_rows(message.rows(), found.timestamps.size()));
  found.count = static_cast<std::int64_t>(found.timestamps.size());
  return found;
}

Result<QueryRows> reduce_rows(FieldId key_field, const std::vector<QueryRows>& parts) {
  QueryRows all;
  for (const QueryRows& part : parts) {
    all.count += part.count;
    if (part.timestamps.empty()) continue;
    EYRIE_RETURN_IF_ERROR(storage::append_rows(all.rows, part.rows));
    all.timestamps.insert(all.timestamps.end(), part.timestamps.begin(), part.timestamps.end());
  }
  if (all.timestamps.empty()) return all;
  EYRIE_TRY(const PrimaryKeys keys, storage::keys_of(all.rows, key_field));
  std::vector<std::uint32_t> order(all.timestamps.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::uint32_t row) { return std::pair(keys.at(row), row); });
  QueryRows sorted;
  sorted.count = all.count;
  sorted.rows = storage::select_rows(all.rows, order);
  for (const std::uint32_t row : order) sorted.timestamps.push_back(all.timestamps[row]);
  return sorted;
}

}  // namespace eyrie::streaming
