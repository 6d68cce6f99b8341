// Words: real word vectors, the data of a scenario.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::scenarios {

struct Words {
  std::vector<std::string> words;
  std::int32_t dimension = 0;
  std::vector<float> values;                             // words.size() x dimension
  std::map<std::string, std::size_t, std::less<>> rows;  // by word

  std::span<const float> vector(std::size_t index) const {
    const auto width = static_cast<std::size_t>(dimension);
    return std::span(values).subspan(index * width, width);
  }
};

// fvecs (a record: int32 dimension, then floats) and one word a line; data_loss, naming the row or
// line, if they do not fit each other, are truncated, or hold a word twice or what is no number.
Result<Words> read_words(BytesView fvecs, BytesView lines);

// The row whose vector is the payload of (word, version): another for every version.
std::size_t payload_row(std::size_t word, std::int64_t version, std::size_t rows);

// Which shard holds a word: where every proxy looks for its key, for ever. shards > 0.
std::int32_t shard_of_word(const std::string& word, std::int64_t shards);

}  // namespace eyrie::scenarios
