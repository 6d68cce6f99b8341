#include "nodes/main/acked_file.h"

#include <cerrno>
#include <system_error>

namespace eyrie::main {

namespace {

// With what the system says of its last failure: "No space left on device".
Status cannot_write(const std::string& path) {
  std::string what = "file '" + path + "' (--acked) cannot be written";
  if (errno != 0) what += ": " + std::generic_category().message(errno);
  return {Code::io_error, std::move(what)};
}

}  // namespace

Result<AckedFile> AckedFile::open(const std::string& path) {
  AckedFile file;
  file.path_ = path;
  if (path.empty()) return file;
  errno = 0;
  file.out_.open(path, std::ios::binary | std::ios::app);
  if (!file.out_) return fail(cannot_write(path));
  return file;
}

void AckedFile::add(const std::string& name) {
  if (!path_.empty()) added_ += name + '\n';
}

Status AckedFile::flush() {
  if (path_.empty() || !failure_.ok()) return failure_;
  errno = 0;
  out_ << added_ << std::flush;
  added_.clear();
  if (!out_) failure_ = cannot_write(path_);
  return failure_;
}

}  // namespace eyrie::main
