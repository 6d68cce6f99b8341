#include "scenarios/plan/words.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <xxhash.h>

#include "runtime/random.h"

namespace eyrie::scenarios {

namespace {

// Rows count from 1, as people do.
Status bad_row(std::size_t row, const std::string& why) {
  return {Code::data_loss, "row " + std::to_string(row + 1) + " of the fvecs file " + why};
}

// Of the row that `fvecs` begins with, which is there as a whole; `before`: of the row before it.
Result<std::int32_t> dimension_of(BytesView fvecs, std::size_t row, std::int32_t before) {
  std::int32_t dimension = 0;
  if (fvecs.size() < sizeof dimension) return fail(bad_row(row, "is truncated"));
  std::memcpy(&dimension, fvecs.data(), sizeof dimension);
  if (dimension < 1 || (row > 0 && dimension != before)) {
    const std::string wanted = row > 0 ? ", the row before it " + std::to_string(before) : "";
    return fail(bad_row(row, "has dimension " + std::to_string(dimension) + wanted));
  }
  const std::size_t bytes = static_cast<std::size_t>(dimension) * sizeof(float);
  if (fvecs.size() < sizeof dimension + bytes) return fail(bad_row(row, "is truncated"));
  return dimension;
}

}  // namespace

Result<Words> read_words(BytesView fvecs, BytesView lines) {
  Words words;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const auto [first, added] = words.rows.emplace(lines.substr(0, end), words.words.size());
    words.words.emplace_back(lines.substr(0, end));
    if (!added) {
      return fail(Code::data_loss, "lines " + std::to_string(first->second + 1) + " and " +
                                       std::to_string(words.words.size()) + " are both '" +
                                       first->first + "'");
    }
    lines.remove_prefix(end == BytesView::npos ? lines.size() : end + 1);
  }
  std::size_t rows = 0;
  while (!fvecs.empty()) {
    EYRIE_TRY(const std::int32_t dimension, dimension_of(fvecs, rows, words.dimension));
    const auto width = static_cast<std::size_t>(dimension);
    words.dimension = dimension;
    words.values.resize(words.values.size() + width);
    float* const values = words.values.data() + rows * width;
    std::memcpy(values, fvecs.data() + sizeof dimension, width * sizeof(float));
    if (!std::all_of(values, values + width, [](float value) { return std::isfinite(value); })) {
      return fail(bad_row(rows, "holds a value that is no finite number"));
    }
    fvecs.remove_prefix(sizeof dimension + width * sizeof(float));
    ++rows;
  }
  if (rows == 0) return fail(Code::data_loss, "the fvecs file holds no vectors");
  if (rows != words.words.size()) {
    return fail(Code::data_loss, "there are " + std::to_string(rows) + " vectors and " +
                                     std::to_string(words.words.size()) + " words");
  }
  return words;
}

std::size_t payload_row(std::size_t word, std::int64_t version, std::size_t rows) {
  if (version <= 1) return word;  // the first version is the word's own vector
  return mix64(word * 1'000'003 + static_cast<std::uint64_t>(version)) % rows;
}

std::int32_t shard_of_word(const std::string& word, std::int64_t shards) {
  return static_cast<std::int32_t>(XXH3_64bits(word.data(), word.size()) %
                                   static_cast<std::uint64_t>(shards));
}

}  // namespace eyrie::scenarios
