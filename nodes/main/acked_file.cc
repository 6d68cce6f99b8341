#include "nodes/main/acked_file.h"

namespace eyrie::main {

namespace {

Status cannot_write(const std::string& path) {
  return {Code::io_error, "file '" + path + "' (--acked) cannot be written"};
}

}  // namespace

Result<AckedFile> AckedFile::open(const std::string& path) {
  AckedFile file;
  file.path_ = path;
  if (path.empty()) return file;
  file.out_.open(path, std::ios::binary | std::ios::app);
  if (!file.out_) return fail(cannot_write(path));
  return file;
}

void AckedFile::add(const std::string& name) {
  if (!path_.empty()) out_ << name << '\n';
}

Status AckedFile::flush() {
  if (!path_.empty() && !out_.flush()) return cannot_write(path_);
  return {};
}

}  // namespace eyrie::main
