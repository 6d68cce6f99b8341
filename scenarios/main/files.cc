#include "scenarios/main/files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace eyrie::scenarios {

Result<Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::not_found, "file '" + path + "' cannot be read");
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

Status write_file(const std::string& folder, const std::string& name, BytesView content) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = folder + "/" + name;
  {
    std::ofstream out(path + ".new", std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) return Status(Code::io_error, "file '" + path + "' cannot be written");
  }
  std::filesystem::rename(path + ".new", path, error);
  if (error) return Status(Code::io_error, "file '" + path + "' cannot be written");
  return {};
}

}  // namespace eyrie::scenarios
