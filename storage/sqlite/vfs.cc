#include "storage/sqlite/vfs.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "storage/sqlite/page.h"
#include "storage/sqlite/sqlite_calls.h"

namespace eyrie::storage {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

Status initialize_sqlite() {
  if (sqlite3_initialize() == SQLITE_OK) return {};
  return Status(Code::internal, "SQLite does not start");
}

SqliteVfs::SqliteVfs(BlockingDisk& disk, Random random)
    : disk_(disk),
      random_(random),
      // A name that no other living one has; it decides nothing.
      name_(fmt::format("eyrie-{}", static_cast<const void*>(this))),
      registered_(std::make_unique<sqlite3_vfs>(make_sqlite_calls(*this))) {
  sqlite3_vfs_register(registered_.get(), 0);
}

SqliteVfs::~SqliteVfs() {
  sqlite3_vfs_unregister(registered_.get());
}

void SqliteVfs::begin_use(WallTime now) {
  now_ms_ = to_ms(now.time_since_epoch());
  // The seed is a variable of the library's. It is read when the first number is drawn after it was
  // set, so that is done before another thread may set it.
  const auto seed = static_cast<int>(random_.between(1, INT32_MAX));
  sqlite3_mutex* const mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
  sqlite3_mutex_enter(mutex);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, static_cast<sqlite3*>(nullptr));
  char drawn = 0;
  sqlite3_randomness(sizeof drawn, &drawn);
  sqlite3_mutex_leave(mutex);
}

void SqliteVfs::abandon() {
  if (failure_.ok()) failure_ = Status(Code::cancelled, "the database was abandoned");
}

int SqliteVfs::error(Status status, int code) {
  const bool full = status.code() == Code::disk_full;
  last_error_ = std::move(status);
  return full ? SQLITE_FULL : code;
}

int SqliteVfs::error_in_doubt(Status status, int code) {
  failure_ = status;
  return error(std::move(status), code);
}

int SqliteVfs::open(const std::string& path, int flags, File& file) {
  if (stopped()) return SQLITE_IOERR;
  const bool writes = (flags & SQLITE_OPEN_READWRITE) != 0;
  Result<std::unique_ptr<BlockingFile>> opened =
      disk_.open(path, writes ? OpenMode::write : OpenMode::read);
  const bool is_new =
      !opened && opened.error().code() == Code::not_found && (flags & SQLITE_OPEN_CREATE) != 0;
  if (is_new) opened = disk_.open(path, OpenMode::create_new);
  if (!opened) return error(std::move(opened).error(), SQLITE_CANTOPEN);
  absent_.erase(path);
  file.file_ = std::move(*opened);
  file.path_ = path;
  file.is_database_ = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  file.name_is_durable_ = !is_new;
  return SQLITE_OK;
}

int SqliteVfs::remove(const std::string& path, bool sync_folder) {
  if (stopped()) return SQLITE_IOERR_DELETE;
  Status status = disk_.remove(path);
  const bool was_absent = status.code() == Code::not_found;
  if (!status.ok() && !was_absent) return error_in_doubt(std::move(status), SQLITE_IOERR_DELETE);
  absent_.insert(path);
  if (was_absent) return SQLITE_IOERR_DELETE_NOENT;
  if (!sync_folder) return SQLITE_OK;
  status = disk_.sync_dir(folder_of(path));
  return status.ok() ? SQLITE_OK : error_in_doubt(std::move(status), SQLITE_IOERR_DIR_FSYNC);
}

// As SQLite's own does: an empty file does not count.
int SqliteVfs::exists(const std::string& path, int& result) {
  result = 0;
  if (absent_.contains(path)) return SQLITE_OK;
  if (stopped()) return SQLITE_IOERR_ACCESS;
  Result<std::unique_ptr<BlockingFile>> file = disk_.open(path, OpenMode::read);
  if (!file && file.error().code() == Code::not_found) {
    absent_.insert(path);
    return SQLITE_OK;
  }
  if (!file) return error(std::move(file).error(), SQLITE_IOERR_ACCESS);
  Result<std::uint64_t> size = (*file)->size();
  if (!size) return error(std::move(size).error(), SQLITE_IOERR_ACCESS);
  result = *size > 0 ? 1 : 0;
  return SQLITE_OK;
}

void SqliteVfs::fill_random(char* bytes, int count) {
  for (int i = 0; i < count; ++i) bytes[i] = static_cast<char>(random_.next());
}

bool SqliteVfs::File::is_page(int count, std::int64_t offset) const {
  return is_database_ && count == kPageBytes && offset % kPageBytes == 0;
}

int SqliteVfs::File::read(void* to, int count, std::int64_t offset) {
  if (vfs_.stopped()) return SQLITE_IOERR_READ;
  const auto length = static_cast<std::size_t>(count);
  Result<Bytes> bytes = file_->read_at(static_cast<std::uint64_t>(offset), length);
  if (!bytes) return vfs_.error(std::move(bytes).error(), SQLITE_IOERR_READ);
  std::memcpy(to, bytes->data(), bytes->size());
  if (bytes->size() < length) {
    std::memset(static_cast<char*>(to) + bytes->size(), 0, length - bytes->size());
    return SQLITE_IOERR_SHORT_READ;
  }
  // Parts of pages are read before a torn write has been rolled back, and so are not checked.
  const auto number = static_cast<std::uint64_t>(offset / kPageBytes);
  if (is_page(count, offset) && !page_is_whole(*bytes, number)) {
    return vfs_.error(Status(Code::data_loss,
                             "page " + std::to_string(number) + " of '" + path_ + "' is damaged"),
                      SQLITE_IOERR_DATA);
  }
  return SQLITE_OK;
}

int SqliteVfs::File::write(const void* from, int count, std::int64_t offset) {
  if (vfs_.stopped()) return SQLITE_IOERR_WRITE;
  BytesView bytes(static_cast<const char*>(from), static_cast<std::size_t>(count));
  Bytes sealed;
  if (is_page(count, offset)) {
    bytes = sealed = seal_page(bytes, static_cast<std::uint64_t>(offset / kPageBytes));
  }
  Status status = file_->write_at(static_cast<std::uint64_t>(offset), bytes);
  if (status.ok()) return SQLITE_OK;
  // A full disk leaves a prefix, which the log or the journal undoes.
  if (status.code() == Code::disk_full) return vfs_.error(std::move(status), SQLITE_FULL);
  return vfs_.error_in_doubt(std::move(status), SQLITE_IOERR_WRITE);
}

int SqliteVfs::File::truncate(std::int64_t size) {
  if (vfs_.stopped()) return SQLITE_IOERR_TRUNCATE;
  Status status = file_->truncate(static_cast<std::uint64_t>(size));
  return status.ok() ? SQLITE_OK : vfs_.error_in_doubt(std::move(status), SQLITE_IOERR_TRUNCATE);
}

int SqliteVfs::File::sync() {
  if (vfs_.stopped()) return SQLITE_IOERR_FSYNC;
  Status status = file_->sync();
  if (status.ok() && !name_is_durable_) status = vfs_.disk_.sync_dir(folder_of(path_));
  if (!status.ok()) return vfs_.error_in_doubt(std::move(status), SQLITE_IOERR_FSYNC);
  name_is_durable_ = true;
  return SQLITE_OK;
}

int SqliteVfs::File::size(std::int64_t& result) {
  if (vfs_.stopped()) return SQLITE_IOERR_FSTAT;
  Result<std::uint64_t> size = file_->size();
  if (!size) return vfs_.error(std::move(size).error(), SQLITE_IOERR_FSTAT);
  result = static_cast<std::int64_t>(*size);
  return SQLITE_OK;
}

}  // namespace eyrie::storage
