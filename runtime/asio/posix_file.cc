#include "runtime/asio/posix_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <unistd.h>
#include <utility>

#include <sys/stat.h>

#include "runtime/asio/posix_status.h"
#include "runtime/offload.h"

namespace eyrie {

namespace {

// Up to here a read takes the memory that it was asked for without looking at the file's size.
constexpr std::size_t kReadUncheckedMax = std::size_t{64} << 10;

Status refuse_offset(const std::string& path) {
  return {Code::invalid_argument, path + ": an offset beyond what files can have"};
}

bool is_offset(std::uint64_t offset) {
  return offset <= static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
}

class OffloadedFile final : public File {
 public:
  OffloadedFile(std::shared_ptr<PosixFile> file, Lane& lane)
      : file_(std::move(file)), lane_(lane) {}

  Task<Result<Bytes>> read_at(std::uint64_t offset, std::size_t length) override {
    co_return co_await offload(
        static_cast<WorkUnits>(length),
        [file = file_, offset, length] { return file->read_at(offset, length); }, &lane_);
  }
  Task<Status> write_at(std::uint64_t offset, Bytes data) override {
    const auto cost = static_cast<WorkUnits>(data.size());
    co_return co_await offload(
        cost,
        [file = file_, offset, data = std::move(data)] { return file->write_at(offset, data); },
        &lane_);
  }
  Task<Status> truncate(std::uint64_t size) override {
    co_return co_await offload(1, [file = file_, size] { return file->truncate(size); }, &lane_);
  }
  Task<Status> sync() override {
    co_return co_await offload(1, [file = file_] { return file->sync(); }, &lane_);
  }
  Task<Result<std::uint64_t>> size() override {
    co_return co_await offload(1, [file = file_] { return file->size(); }, &lane_);
  }

 private:
  std::shared_ptr<PosixFile> file_;
  Lane& lane_;
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Bytes> PosixFile::read_at(std::uint64_t offset, std::size_t length) {
  if (!is_offset(offset) || length > std::numeric_limits<off_t>::max() - offset) {
    return fail(refuse_offset(path_));
  }
  if (length > kReadUncheckedMax) {
    EYRIE_TRY(const std::uint64_t bytes, size());
    length = static_cast<std::size_t>(
        std::min<std::uint64_t>(length, bytes > offset ? bytes - offset : 0));
  }
  Bytes data;
  int error = 0;
  data.resize_and_overwrite(length, [&](char* buffer, std::size_t) {
    std::size_t done = 0;
    while (done < length) {
      const ssize_t got =
          ::pread(fd_.get(), buffer + done, length - done, static_cast<off_t>(offset + done));
      if (got == 0) break;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        error = errno;
        break;
      }
      done += static_cast<std::size_t>(got);
    }
    return done;
  });
  if (error != 0) return fail(posix_status(error, "read " + path_));
  return data;
}

Status PosixFile::write_at(std::uint64_t offset, BytesView data) {
  if (!is_offset(offset) || data.size() > std::numeric_limits<off_t>::max() - offset) {
    return refuse_offset(path_);
  }
  while (!data.empty()) {
    const ssize_t written =
        ::pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return posix_status(errno, "write " + path_);
    data.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status PosixFile::truncate(std::uint64_t size) {
  if (!is_offset(size)) return refuse_offset(path_);
  while (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return posix_status(errno, "truncate " + path_);
  }
  return {};
}

Status PosixFile::sync() {
  // fdatasync also makes durable the size, without which the data could not be read back. Not
  // repeated on EINTR: after any failure what was written is in doubt.
  if (::fdatasync(fd_.get()) != 0) {
    return {Code::io_error, "sync " + path_ + ": " + posix_message(errno)};
  }
  return {};
}

Result<std::uint64_t> PosixFile::size() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return fail(posix_status(errno, "size of " + path_));
  return static_cast<std::uint64_t>(info.st_size);
}

std::unique_ptr<File> make_offloaded_file(std::shared_ptr<PosixFile> file, Lane& lane) {
  return std::make_unique<OffloadedFile>(std::move(file), lane);
}

}  // namespace eyrie
