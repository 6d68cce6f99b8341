// Opening a directory: what is there, made durable before anybody sees it.
#include <utility>
#include <vector>

#include "storage/directory/directory_object_store.h"
#include "storage/directory/object_file.h"

namespace eyrie::storage {

Task<Result<std::unique_ptr<DirectoryObjectStore>>> DirectoryObjectStore::open(
    Environment& environment, std::string folder) {
  Disk& disk = environment.disk;
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.make_dir(folder + "/objects"));
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.make_dir(folder + "/staging"));
  std::string above = folder;
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(co_await disk.sync_dir(above));
    if (above.empty()) break;
    const std::size_t slash = above.rfind('/');
    above.resize(slash == std::string::npos ? 0 : slash);
  }
  EYRIE_CO_TRY(std::unique_ptr<FileLock> lock, co_await disk.lock(folder + "/lock"));
  std::unique_ptr<DirectoryObjectStore> store(
      new DirectoryObjectStore(environment, std::move(folder), std::move(lock)));
  EYRIE_CO_RETURN_IF_ERROR(co_await store->load());
  co_return store;
}

Task<Status> DirectoryObjectStore::load() {
  Disk& disk = environment_.disk;
  EYRIE_CO_TRY(const std::vector<std::string> staged, co_await disk.list(folder_ + "/staging"));
  for (const std::string& name : staged) {
    if (name.ends_with('/')) continue;
    EYRIE_CO_RETURN_IF_ERROR(co_await disk.remove(folder_ + "/staging/" + name));
  }
  std::set<std::string> folders{folder_ + "/objects"};
  while (!folders.empty()) {
    const std::string next = std::move(folders.extract(folders.begin()).value());
    EYRIE_CO_RETURN_IF_ERROR(co_await load_folder(next, folders));
  }
  co_return Status();
}

// Adds the folders in it to those that are still to be loaded.
Task<Status> DirectoryObjectStore::load_folder(std::string folder, std::set<std::string>& folders) {
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.sync_dir(folder));
  folders_.insert(folder);
  EYRIE_CO_TRY(const std::vector<std::string> names, co_await environment_.disk.list(folder));
  const std::size_t root = folder_.size() + std::string_view("/objects/").size();
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with('/')) {
      folders.insert(path.substr(0, path.size() - 1));
    } else if (const auto key = key_of_path(std::string_view(path).substr(root))) {
      EYRIE_CO_RETURN_IF_ERROR(co_await look_at(*key));
    }
  }
  co_return Status();
}

// Puts into the index what the disk has under the key.
Task<Status> DirectoryObjectStore::look_at(std::string key) {
  const Result<std::unique_ptr<File>> file =
      co_await environment_.disk.open(path_of(key), OpenMode::read);
  if (!file && file.error().code() == Code::not_found) {
    index_.erase(key);
    co_return Status();
  }
  if (!file) co_return file.error();
  EYRIE_CO_TRY(const std::uint64_t size, co_await (*file)->size());
  index_[key] = object_length(size);
  co_return Status();
}

}  // namespace eyrie::storage
