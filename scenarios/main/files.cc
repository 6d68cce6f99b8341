#include "scenarios/main/files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace eyrie::scenarios {

Result<Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::not_found, "file '" + path + "' cannot be read");
  Bytes bytes;
  std::array<char, 65'536> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  return bytes;
}

Result<std::vector<std::string>> scenario_files() {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios", error)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  if (files.empty()) return fail(Code::not_found, "there is no file scenarios/*.yaml here");
  std::sort(files.begin(), files.end());
  return files;
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

Status write_file(const std::string& path, BytesView content) {
  const std::filesystem::path whole(path);
  return write_file(whole.has_parent_path() ? whole.parent_path().string() : ".",
                    whole.filename().string(), content);
}

}  // namespace eyrie::scenarios
