#include "nodes/main/vector_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

namespace eyrie::main {

namespace {

constexpr std::int32_t kDimensionMax = 32'768;
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

Result<std::ifstream> open_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(Code::invalid_argument, "'" + path + "' is a folder, a file is needed");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::invalid_argument, "'" + path + "' cannot be read");
  return in;
}

Status bad_row(const std::string& path, std::size_t row, const std::string& why) {
  return {Code::invalid_argument, "'" + path + "', row " + std::to_string(row) + " " + why};
}

// Reads a file from its beginning in large pieces.
class Pieces {
 public:
  explicit Pieces(std::ifstream& in) : in_(in) {}

  // The next `bytes` bytes; fewer at the end.
  BytesView next(std::size_t bytes) {
    if (buffer_.size() - taken_ < bytes) refill(bytes);
    const BytesView piece = BytesView(buffer_).substr(taken_, bytes);
    taken_ += piece.size();
    return piece;
  }

 private:
  void refill(std::size_t bytes) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + std::max(bytes, kReadBytes));
    in_.read(buffer_.data() + kept, static_cast<std::streamsize>(buffer_.size() - kept));
    buffer_.resize(kept + static_cast<std::size_t>(in_.gcount()));
  }

  std::ifstream& in_;
  Bytes buffer_;
  std::size_t taken_ = 0;
};

Status check_values(const std::string& path, std::size_t row, BytesView values) {
  for (std::size_t at = 0; at < values.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, values.data() + at, sizeof value);
    if (!std::isfinite(value)) {
      return bad_row(path, row, "holds a value that is no finite number");
    }
  }
  return {};
}

}  // namespace

Result<VectorFile> VectorFile::open(const std::string& path) {
  VectorFile file;
  file.path_ = path;
  EYRIE_TRY(file.in_, open_file(path));
  Pieces pieces(file.in_);
  while (true) {
    const std::size_t row = file.rows_ + 1;
    std::int32_t dimension = 0;
    const BytesView header = pieces.next(sizeof dimension);
    if (header.empty()) break;
    if (header.size() < sizeof dimension) return fail(bad_row(path, row, "is truncated"));
    std::memcpy(&dimension, header.data(), sizeof dimension);
    if (dimension < 1 || dimension > kDimensionMax) {
      return fail(bad_row(path, row,
                          "has dimension " + std::to_string(dimension) + ", possible are 1 to " +
                              std::to_string(kDimensionMax)));
    }
    if (file.rows_ > 0 && dimension != file.dimension_) {
      return fail(bad_row(path, row,
                          "has dimension " + std::to_string(dimension) + ", the rows before it " +
                              std::to_string(file.dimension_)));
    }
    file.dimension_ = dimension;
    const std::size_t bytes = static_cast<std::size_t>(dimension) * sizeof(float);
    const BytesView values = pieces.next(bytes);
    if (values.size() < bytes) {
      return fail(bad_row(path, row,
                          "is truncated: it has " + std::to_string(values.size()) + " of " +
                              std::to_string(bytes) + " bytes"));
    }
    EYRIE_RETURN_IF_ERROR(check_values(path, row, values));
    ++file.rows_;
  }
  if (file.in_.bad()) return fail(Code::io_error, "'" + path + "' cannot be read");
  if (file.rows_ == 0) return fail(Code::invalid_argument, "'" + path + "' holds no vectors");
  return file;
}

Result<std::vector<float>> VectorFile::read(std::size_t first, std::size_t count) {
  const auto width = static_cast<std::size_t>(dimension_);
  const std::size_t stride = sizeof(std::int32_t) + width * sizeof(float);
  Bytes bytes(count * stride, '\0');
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(first * stride));
  in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(in_.gcount()) != bytes.size()) {
    return fail(Code::io_error, "'" + path_ + "' changed while it was read");
  }
  std::vector<float> values(count * width);
  for (std::size_t row = 0; row < count; ++row) {
    std::memcpy(values.data() + row * width, bytes.data() + row * stride + sizeof(std::int32_t),
                width * sizeof(float));
  }
  return values;
}

Result<std::vector<std::string>> read_names(const std::string& path, const VectorFile& vectors) {
  std::vector<std::string> names;
  if (path.empty()) {
    for (std::size_t row = 1; row <= vectors.rows(); ++row) names.push_back(std::to_string(row));
    return names;
  }
  EYRIE_TRY(std::ifstream in, open_file(path));
  std::map<std::string, std::size_t> rows;
  std::string name;
  while (std::getline(in, name)) {
    const std::size_t row = names.size() + 1;
    if (name.empty()) return fail(bad_row(path, row, "is empty"));
    const auto [first, added] = rows.emplace(name, row);
    if (!added) {
      return fail(bad_row(path, row,
                          "has the name '" + name + "' of row " + std::to_string(first->second)));
    }
    names.push_back(std::move(name));
  }
  if (names.size() < vectors.rows()) {
    return fail(bad_row(
        path, names.size() + 1,
        "is missing: '" + vectors.path() + "' has " + std::to_string(vectors.rows()) + " vectors"));
  }
  if (names.size() > vectors.rows()) {
    return fail(bad_row(path, vectors.rows() + 1,
                        "is one too many: '" + vectors.path() + "' has " +
                            std::to_string(vectors.rows()) + " vectors"));
  }
  return names;
}

}  // namespace eyrie::main
