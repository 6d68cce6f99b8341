#include "scenarios/main/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace eyrie::scenarios {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

// What the system says of the last failure: " (No space left on device)".
std::string reason() {
  return errno == 0 ? "" : " (" + std::generic_category().message(errno) + ")";
}

}  // namespace

Result<Bytes> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(Code::not_found, "there is no file '" + path + "'");
  }
  if (std::filesystem::is_directory(path, error)) {
    return fail(Code::invalid_argument, "'" + path + "' is a folder, a file is needed");
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  Bytes content;
  while (in) {
    const std::size_t size = content.size();
    content.resize(size + kReadBytes);
    in.read(content.data() + size, kReadBytes);
    content.resize(size + static_cast<std::size_t>(in.gcount()));
  }
  if (in.eof()) return content;
  return fail(Code::io_error, "file '" + path + "' cannot be read" + reason());
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

Status write_file(const std::string& path, BytesView content) {
  std::error_code error;
  // A pipe or a device is written to; a file takes the old one's place.
  const bool replace =
      !std::filesystem::exists(path, error) || std::filesystem::is_regular_file(path, error);
  const std::string target = replace ? path + ".new" : path;
  errno = 0;
  bool written = false;
  {
    std::ofstream out(target, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    written = !out.flush().fail();
  }
  if (written && replace) written = std::rename(target.c_str(), path.c_str()) == 0;
  if (written) return {};
  const Status failure(Code::io_error, "file '" + path + "' cannot be written" + reason());
  if (replace) std::filesystem::remove(target, error);
  return failure;
}

Status write_file(const std::string& folder, const std::string& name, BytesView content) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return write_file(folder + "/" + name, content);
}

Status check_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return {};
  return Status(Code::not_found, "there is no folder '" + folder + "' for '" + path + "'");
}

}  // namespace eyrie::scenarios
