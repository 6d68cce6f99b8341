#include "scenarios/plan/words.h"

#include <cstring>

#include "runtime/random.h"

namespace eyrie::scenarios {

Result<Words> read_words(BytesView fvecs, BytesView lines) {
  Words words;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    words.rows.emplace(lines.substr(0, end), words.words.size());
    words.words.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end == BytesView::npos ? lines.size() : end + 1);
  }
  std::size_t rows = 0;
  while (!fvecs.empty()) {
    std::int32_t dimension = 0;
    if (fvecs.size() >= sizeof dimension) std::memcpy(&dimension, fvecs.data(), sizeof dimension);
    const std::size_t bytes = static_cast<std::size_t>(dimension) * sizeof(float);
    if (dimension < 1 || (rows > 0 && dimension != words.dimension) ||
        fvecs.size() < sizeof dimension + bytes) {
      return fail(Code::data_loss,
                  "the fvecs file is damaged at its record " + std::to_string(rows));
    }
    words.dimension = dimension;
    words.values.resize(words.values.size() + static_cast<std::size_t>(dimension));
    std::memcpy(words.values.data() + rows * static_cast<std::size_t>(dimension),
                fvecs.data() + sizeof dimension, bytes);
    fvecs.remove_prefix(sizeof dimension + bytes);
    ++rows;
  }
  if (rows == 0 || rows != words.words.size()) {
    return fail(Code::data_loss, std::to_string(rows) + " vectors and " +
                                     std::to_string(words.words.size()) + " words do not fit");
  }
  return words;
}

std::size_t payload_row(std::size_t word, std::int64_t version, std::size_t rows) {
  if (version <= 1) return word;  // the first version is the word's own vector
  return mix64(word * 1'000'003 + static_cast<std::uint64_t>(version)) % rows;
}

}  // namespace eyrie::scenarios
