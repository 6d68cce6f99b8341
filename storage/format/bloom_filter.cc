#include "storage/format/bloom_filter.h"

#include <algorithm>
#include <utility>
#include <xxhash.h>

namespace eyrie::storage {

namespace {

constexpr std::uint32_t kHashesMax = 32;

XXH128_hash_t hash_of(const PrimaryKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key.value)) {
    return XXH3_128bits(number, sizeof(*number));
  }
  const auto& text = std::get<std::string>(key.value);
  return XXH3_128bits(text.data(), text.size());
}

// The bit of the i-th probe, mapped to the filter by multiplication instead of division.
std::uint64_t bit_of(const XXH128_hash_t& hash, std::uint32_t i, std::size_t words) {
  const std::uint64_t probe = hash.low64 + i * hash.high64;
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(probe) * (words * 64)) >> 64);
}

}  // namespace

BloomFilter::BloomFilter(std::size_t keys_expected)
    : BloomFilter(kHashes, std::vector<std::uint64_t>(std::max<std::size_t>(
                               1, (keys_expected * kBitsPerKey + 63) / 64))) {}

BloomFilter::BloomFilter(std::uint32_t hashes, std::vector<std::uint64_t> words)
    : hashes_(hashes), words_(std::move(words)) {}

Result<BloomFilter> BloomFilter::restore(std::uint32_t hashes, std::vector<std::uint64_t> words) {
  if (hashes == 0 || hashes > kHashesMax || words.empty()) {
    return fail(Code::data_loss, "a bloom filter has " + std::to_string(hashes) + " hashes and " +
                                     std::to_string(words.size()) + " words");
  }
  return BloomFilter(hashes, std::move(words));
}

void BloomFilter::add(const PrimaryKey& key) {
  const XXH128_hash_t hash = hash_of(key);
  for (std::uint32_t i = 0; i < hashes_; ++i) {
    const std::uint64_t bit = bit_of(hash, i, words_.size());
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

bool BloomFilter::may_contain(const PrimaryKey& key) const {
  const XXH128_hash_t hash = hash_of(key);
  for (std::uint32_t i = 0; i < hashes_; ++i) {
    const std::uint64_t bit = bit_of(hash, i, words_.size());
    if ((words_[bit / 64] >> (bit % 64) & 1) == 0) return false;
  }
  return true;
}

}  // namespace eyrie::storage
