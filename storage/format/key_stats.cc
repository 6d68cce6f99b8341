#include "storage/format/key_stats.h"

#include <cstring>
#include <utility>
#include <vector>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYKS", "key statistics", 1};

Result<BloomFilter> read_filter(const proto::BloomFilter& message) {
  const BytesView packed = message.words();
  if (packed.size() % sizeof(std::uint64_t) != 0) {
    return fail(Code::data_loss, "the last word of a bloom filter is incomplete");
  }
  std::vector<std::uint64_t> words(packed.size() / sizeof(std::uint64_t));
  if (!words.empty()) std::memcpy(words.data(), packed.data(), packed.size());
  return BloomFilter::restore(message.hashes(), std::move(words));
}

}  // namespace

Status KeyStats::add(const PrimaryKeys& keys) {
  if (least_ && !keys.empty() && keys.at(0).is_integer() != least_->is_integer()) {
    return Status(Code::invalid_argument, "statistics mix integer and text keys");
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const PrimaryKey key = keys.at(i);
    filter_.add(key);
    if (!least_ || key < *least_) least_ = key;
    if (!greatest_ || key > *greatest_) greatest_ = key;
  }
  rows_ += keys.size();
  return {};
}

bool KeyStats::may_contain(const PrimaryKey& key) const {
  return least_ && key >= *least_ && key <= *greatest_ && filter_.may_contain(key);
}

Bytes encode_key_stats(const KeyStats& stats) {
  proto::KeyStats message;
  write_place(stats.place_, *message.mutable_place());
  message.set_field(stats.field_.value);
  message.set_rows(stats.rows_);
  if (stats.least_) {
    PrimaryKeys bounds;
    EYRIE_CHECK(bounds.push_back(*stats.least_).ok() && bounds.push_back(*stats.greatest_).ok());
    write_keys(bounds, *message.mutable_bounds());
  }
  const std::vector<std::uint64_t>& words = stats.filter_.words();
  message.mutable_filter()->set_hashes(stats.filter_.hashes());
  message.mutable_filter()->set_words(words.data(), words.size() * sizeof(std::uint64_t));
  return seal_envelope(kKind, encode(message));
}

Result<KeyStats> decode_key_stats(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  EYRIE_TRY(const auto message, decode<proto::KeyStats>(envelope.payload, kKind.name));
  EYRIE_TRY(const SegmentPlace place, read_place(message.place()));
  KeyStats stats(place, FieldId(message.field()), 0);
  stats.rows_ = message.rows();
  EYRIE_TRY(stats.filter_, read_filter(message.filter()));
  if (message.has_bounds() != (stats.rows_ > 0)) {
    return fail(Code::data_loss, "key statistics of rows without bounds, or of none with bounds");
  }
  if (message.has_bounds()) {
    EYRIE_TRY(const PrimaryKeys bounds, read_keys(message.bounds()));
    if (bounds.size() != 2 || bounds.at(1) < bounds.at(0)) {
      return fail(Code::data_loss, "key statistics have no least and greatest key");
    }
    stats.least_ = bounds.at(0);
    stats.greatest_ = bounds.at(1);
  }
  return stats;
}

}  // namespace eyrie::storage
