// BloomFilter: "certainly not here" or "perhaps here", for the primary keys of a segment.
//
// kBitsPerKey bits a key and kHashes probes give about 1 false answer in 1300 at the number of keys
// it was made for, without a floating point number. Probe i is h1 + i * h2 (Kirsch, Mitzenmacher
// 2006), with h1 and h2 the halves of XXH3-128 of the key: an integer as its 8 little-endian bytes,
// a text as its bytes. Both are stored for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/bytes.h"
#include "storage/format/primary_key.h"

namespace eyrie::storage {

class BloomFilter {
 public:
  static constexpr std::size_t kBitsPerKey = 15;
  static constexpr std::uint32_t kHashes = 10;

  explicit BloomFilter(std::size_t keys_expected);
  // data_loss: no words, or a number of hashes that no build wrote.
  static Result<BloomFilter> restore(std::uint32_t hashes, std::vector<std::uint64_t> words);

  void add(const PrimaryKey& key);
  bool may_contain(const PrimaryKey& key) const;

  std::uint32_t hashes() const { return hashes_; }
  const std::vector<std::uint64_t>& words() const { return words_; }

  friend bool operator==(const BloomFilter&, const BloomFilter&) = default;

 private:
  BloomFilter(std::uint32_t hashes, std::vector<std::uint64_t> words);

  std::uint32_t hashes_;
  std::vector<std::uint64_t> words_;  // at least one
};

}  // namespace eyrie::storage
