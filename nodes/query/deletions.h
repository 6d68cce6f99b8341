// Deletions: since when rows of a segment are deleted, as it was at one moment.
//
// Immutable, so that a search on another core keeps what it began with by keeping a pointer. A
// batch of deletes makes the next one, which shares every page of rows that the batch leaves alone:
// it costs what it strikes, not what the segment holds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/format/types.h"

namespace eyrie::query {

using storage::Timestamp;

struct Deletion {
  std::uint32_t row = 0;
  Timestamp at;
};

class Deletions {
 public:
  static constexpr std::uint32_t kPageRows = 512;

  // These as well, in any order; a row that is deleted twice is so since the earlier one.
  Deletions with(std::vector<Deletion> more) const;
  bool deleted(std::uint32_t row, Timestamp at) const {
    const std::size_t page = row / kPageRows;
    return page < pages_.size() && pages_[page] != nullptr &&
           (*pages_[page])[row % kPageRows] <= at;
  }

 private:
  using Page = std::array<Timestamp, kPageRows>;

  std::vector<std::shared_ptr<const Page>> pages_;  // null or not there: none of its rows
};

}  // namespace eyrie::query
