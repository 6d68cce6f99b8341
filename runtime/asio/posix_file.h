// A file descriptor behind the blocking and the asynchronous face of a file.
#pragma once

#include <memory>
#include <string>

#include "runtime/disk.h"
#include "runtime/executor.h"

namespace eyrie {

// Owns a descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }

 private:
  int fd_;
};

// Keeps no position and no buffer: several threads may use it at once.
class PosixFile final : public BlockingFile {
 public:
  PosixFile(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<Bytes> read_at(std::uint64_t offset, std::size_t length) override;
  Status write_at(std::uint64_t offset, BytesView data) override;
  Status truncate(std::uint64_t size) override;
  Status sync() override;
  Result<std::uint64_t> size() override;

 private:
  FileDescriptor fd_;
  std::string path_;  // for messages
};

// Each call runs the blocking one in the lane's pool; the file lives until the last has ended.
std::unique_ptr<File> make_offloaded_file(std::shared_ptr<PosixFile> file, Lane& lane);

}  // namespace eyrie
