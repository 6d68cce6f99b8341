#include "storage/directory/directory_object_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/directory/events.h"
#include "storage/directory/object_file.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kListMax = 1'000;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// An error before the object's name was touched.
Status not_done(Status status, std::string_view key) {
  const bool keep = status.code() == Code::disk_full || status.code() == Code::cancelled;
  return Status(keep ? status.code() : Code::unavailable,
                "object '" + std::string(key) + "' was not written: " + status.to_string());
}

// An error after it.
Status in_doubt(Status status, std::string_view key) {
  const bool keep = status.code() == Code::cancelled;
  return Status(keep ? status.code() : Code::unknown,
                "object '" + std::string(key) + "': " + status.to_string());
}

std::unexpected<Status> absent(std::string_view key) {
  return fail(Code::not_found, "object '" + std::string(key) + "' does not exist");
}

std::unexpected<Status> no_object(std::string_view key) {
  return fail(Code::data_loss,
              "object '" + std::string(key) + "' is damaged: its file's size is not an object's");
}

}  // namespace

// A writer's hold of its key.
class DirectoryObjectStore::Writing {
 public:
  Writing(DirectoryObjectStore& store, std::string key) : store_(store), key_(std::move(key)) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() {
    store_.written_.erase(key_);
    store_.changed_.notify_all();
  }

 private:
  DirectoryObjectStore& store_;
  std::string key_;
};

DirectoryObjectStore::DirectoryObjectStore(Environment& environment, std::string folder,
                                           std::unique_ptr<FileLock> lock)
    : environment_(environment), folder_(std::move(folder)), lock_(std::move(lock)) {}

std::string DirectoryObjectStore::path_of(std::string_view key) const {
  return folder_ + "/objects/" + path_of_key(key);
}

Status DirectoryObjectStore::check(std::string_view key) const {
  if (closed_) return Status(Code::failed_precondition, "the object store is closed");
  return check_object_key(key);
}

Task<Status> DirectoryObjectStore::put(std::string key, Bytes data) {
  return write(std::move(key), std::move(data), false);
}

Task<Status> DirectoryObjectStore::put_if_absent(std::string key, Bytes data) {
  return write(std::move(key), std::move(data), true);
}

// Waits for other writers of the key; then it is the caller's, who makes a Writing of it.
Task<Status> DirectoryObjectStore::begin_writing(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(check(key));
  while (written_.contains(key)) EYRIE_CO_RETURN_IF_ERROR(co_await changed_.wait());
  EYRIE_CO_RETURN_IF_ERROR(check(key));
  written_.insert(std::move(key));
  co_return Status();
}

Task<Status> DirectoryObjectStore::write(std::string key, Bytes data, bool only_if_absent) {
  EYRIE_CO_RETURN_IF_ERROR(co_await begin_writing(key));
  const Writing writing(*this, key);
  EYRIE_CO_RETURN_IF_ERROR(co_await settle(key));
  if (only_if_absent && index_.contains(key)) {
    co_return Status(Code::already_exists, "object '" + key + "' exists");
  }
  const std::uint64_t size = data.size();
  const std::string path = path_of(key);
  const std::string staged = folder_ + "/staging/" + std::to_string(next_staged_++);
  Status ready = co_await stage(staged, seal_object(key, std::move(data)));
  if (ready.ok()) ready = co_await make_folder_durable(folder_of(path));
  if (!ready.ok()) {
    // Should this fail too, the file goes when the store is next opened.
    static_cast<void>(co_await environment_.disk.remove(staged));
    co_return not_done(std::move(ready), key);
  }
  in_doubt_.insert(key);
  Status switched = co_await environment_.disk.rename(staged, path);
  if (switched.ok()) switched = co_await environment_.disk.sync_dir(folder_of(path));
  if (!switched.ok()) co_return in_doubt(std::move(switched), key);
  in_doubt_.erase(key);
  index_[key] = size;
  emit(environment_.tracer, kObjectWritten, key);
  co_return Status();
}

Task<Status> DirectoryObjectStore::stage(std::string path, Bytes file_bytes) {
  EYRIE_CO_TRY(const std::unique_ptr<File> file,
               co_await environment_.disk.open(path, OpenMode::create_new));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(0, std::move(file_bytes)));
  co_return co_await file->sync();
}

// Every folder on the way is a name in the one above it (O1).
Task<Status> DirectoryObjectStore::make_folder_durable(std::string folder) {
  std::vector<std::string> missing;
  while (!folders_.contains(folder)) {
    missing.push_back(folder);
    folder = folder_of(folder);
  }
  while (!missing.empty()) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.make_dir(missing.back()));
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.sync_dir(folder_of(missing.back())));
    folders_.insert(std::move(missing.back()));
    missing.pop_back();
  }
  co_return Status();
}

Task<Status> DirectoryObjectStore::remove(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(co_await begin_writing(key));
  const Writing writing(*this, key);
  EYRIE_CO_RETURN_IF_ERROR(co_await settle(key));
  if (!index_.contains(key)) co_return Status();
  const std::string path = path_of(key);
  emit(environment_.tracer, kObjectRemoved, key);
  in_doubt_.insert(key);
  Status removed = co_await environment_.disk.remove(path);
  if (removed.ok() || removed.code() == Code::not_found) {
    removed = co_await environment_.disk.sync_dir(folder_of(path));
  }
  if (!removed.ok()) co_return in_doubt(std::move(removed), key);
  in_doubt_.erase(key);
  index_.erase(key);
  co_return Status();
}

// (O2), for a key that the caller writes.
Task<Status> DirectoryObjectStore::settle(std::string key) {
  if (!in_doubt_.contains(key)) co_return Status();
  Status synced = co_await environment_.disk.sync_dir(folder_of(path_of(key)));
  if (synced.ok()) synced = co_await look_at(key);
  if (!synced.ok()) co_return in_doubt(std::move(synced), key);
  in_doubt_.erase(key);
  co_return Status();
}

// (O3): a name that changes at the moment is in doubt and has a writer, which this waits for.
Task<Status> DirectoryObjectStore::await_settled(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(check(key));
  while (in_doubt_.contains(key)) {
    EYRIE_CO_RETURN_IF_ERROR(co_await begin_writing(key));
    const Writing writing(*this, key);
    EYRIE_CO_RETURN_IF_ERROR(co_await settle(key));
  }
  co_return Status();
}

Task<Result<std::unique_ptr<File>>> DirectoryObjectStore::open_for_read(std::string key) {
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(co_await await_settled(key));
    if (!index_.contains(key)) co_return absent(key);
    Result<std::unique_ptr<File>> file =
        co_await environment_.disk.open(path_of(key), OpenMode::read);
    if (in_doubt_.contains(key)) continue;  // (O3): this may be a file whose name is not synced
    if (file || file.error().code() != Code::not_found) co_return file;
    if (index_.contains(key)) {
      co_return fail(Code::data_loss, "object '" + key + "' has lost its file");
    }
  }
}

Task<Result<Bytes>> DirectoryObjectStore::get(std::string key) {
  EYRIE_CO_TRY(const std::unique_ptr<File> file, co_await open_for_read(key));
  EYRIE_CO_TRY(const std::uint64_t size, co_await file->size());
  EYRIE_CO_TRY(Bytes bytes, co_await file->read_at(0, size));
  co_return open_object(key, std::move(bytes));
}

Task<Result<Bytes>> DirectoryObjectStore::get_range(std::string key, std::uint64_t offset,
                                                    std::uint64_t length) {
  EYRIE_CO_TRY(const std::unique_ptr<File> file, co_await open_for_read(key));
  EYRIE_CO_TRY(const std::uint64_t file_bytes, co_await file->size());
  const std::optional<std::uint64_t> size = object_length(file_bytes);
  if (!size) co_return no_object(key);
  EYRIE_CO_TRY(const Bytes trailer,
               co_await file->read_at(file_bytes - kObjectTrailerBytes, kObjectTrailerBytes));
  EYRIE_CO_RETURN_IF_ERROR(check_object_trailer(trailer, key, *size));
  if (offset > *size) {
    co_return fail(Code::out_of_range, "object '" + key + "' has " + std::to_string(*size) +
                                           " bytes; a range begins at " + std::to_string(offset));
  }
  const std::uint64_t end = offset + std::min(length, *size - offset);
  if (end == offset) co_return Bytes();
  // Whole blocks, so that their checksums can be checked.
  const std::uint64_t first = offset / kObjectBlockBytes;
  const std::uint64_t begin = first * kObjectBlockBytes;
  const std::uint64_t stop =
      std::min((end + kObjectBlockBytes - 1) / kObjectBlockBytes * kObjectBlockBytes, *size);
  EYRIE_CO_TRY(const Bytes table,
               co_await file->read_at(*size + object_table_bytes(begin),
                                      object_table_bytes(stop) - object_table_bytes(begin)));
  EYRIE_CO_TRY(const Bytes blocks, co_await file->read_at(begin, stop - begin));
  EYRIE_CO_RETURN_IF_ERROR(check_object_blocks(blocks, table, key));
  co_return blocks.substr(offset - begin, end - offset);
}

Task<Result<ObjectInfo>> DirectoryObjectStore::head(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(co_await await_settled(key));
  const auto found = index_.find(key);
  if (found == index_.end()) co_return absent(key);
  if (!found->second) co_return no_object(key);
  co_return ObjectInfo{key, *found->second};
}

Task<Result<ObjectPage>> DirectoryObjectStore::list(std::string prefix, std::string start_after,
                                                    std::size_t limit) {
  if (closed_) co_return fail(Code::failed_precondition, "the object store is closed");
  if (limit == 0 || limit > kListMax) {
    co_return fail(Code::invalid_argument, "a list's limit is 1 to 1000");
  }
  while (true) {
    const auto doubtful = in_doubt_.lower_bound(prefix);
    if (doubtful == in_doubt_.end() || !doubtful->starts_with(prefix)) break;
    const std::string key = *doubtful;
    EYRIE_CO_RETURN_IF_ERROR(co_await await_settled(key));
  }
  ObjectPage page;
  auto at = start_after < prefix ? index_.lower_bound(prefix) : index_.upper_bound(start_after);
  for (; at != index_.end() && at->first.starts_with(prefix); ++at) {
    if (!at->second) continue;
    if (page.objects.size() == limit) {
      page.more = true;
      break;
    }
    page.objects.push_back({at->first, *at->second});
  }
  co_return page;
}

Task<void> DirectoryObjectStore::close() {
  closed_ = true;
  while (!written_.empty()) {
    if (const Status waited = co_await changed_.wait(); !waited.ok()) co_return;
  }
  lock_.reset();
}

}  // namespace eyrie::storage
