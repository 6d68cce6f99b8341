// VectorFile: rows of a .fvecs file and their names, checked whole before anything is done with
// them.
//
// A .fvecs file is a row of: int32 dimension d, then d floats, little endian, for each vector. A
// names file has one name a line, in the same order. Rows are counted from 1 in messages, as the
// lines of the names file are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::main {

class VectorFile {
 public:
  // invalid_argument names the file and the row: truncated, of another dimension, not finite.
  static Result<VectorFile> open(const std::string& path);

  std::size_t rows() const { return rows_; }
  std::int32_t dimension() const { return dimension_; }
  const std::string& path() const { return path_; }
  // `count` rows x dimension(). io_error: the file changed or cannot be read.
  Result<std::vector<float>> read(std::size_t first, std::size_t count);

 private:
  std::string path_;
  std::ifstream in_;
  std::int32_t dimension_ = 0;
  std::size_t rows_ = 0;
};

// A name for each row of the file, none twice and none empty; invalid_argument otherwise. Without a
// path each row is named by its number.
Result<std::vector<std::string>> read_names(const std::string& path, const VectorFile& vectors);

}  // namespace eyrie::main
