#include "sim/disk_image.h"

#include <algorithm>
#include <utility>

namespace eyrie::sim {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

void add_fate(CrashReport& report, std::uint64_t kept) {
  report.fates = mix64(report.fates ^ kept);
}

Status absent(const std::string& path) {
  return Status(Code::not_found, "file '" + path + "' does not exist");
}

Status absent_folder(const std::string& folder) {
  return Status(Code::not_found, "folder '" + folder + "' does not exist");
}

}  // namespace

std::string to_string(const CrashReport& report) {
  return "writes: " + std::to_string(report.writes_kept) + " kept, " +
         std::to_string(report.writes_lost) + " lost, " + std::to_string(report.writes_torn) +
         " torn; names: " + std::to_string(report.names_kept) + " kept, " +
         std::to_string(report.names_lost) + " lost";
}

Result<InodeRef> DiskImage::open(const std::string& path, OpenMode mode) {
  const auto found = names_.find(path);
  if (found != names_.end()) {
    if (mode == OpenMode::create_new) {
      return fail(Code::already_exists, "file '" + path + "' exists");
    }
    return found->second;
  }
  if (mode == OpenMode::read || mode == OpenMode::write) return fail(absent(path));
  const std::string folder = folder_of(path);
  if (!folder.empty() && !folders_.contains(folder)) {
    return fail(absent_folder(folder));
  }
  auto inode = std::make_shared<Inode>();
  inode->number = ++files_made_;
  change_name(path, inode, 0);
  return inode;
}

void DiskImage::apply(Bytes& bytes, const Inode::Change& change) const {
  if (change.is_truncate) {
    bytes.resize(change.offset);
    return;
  }
  if (bytes.size() < change.offset + change.data.size()) {
    bytes.resize(change.offset + change.data.size());
  }
  std::copy(change.data.begin(), change.data.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

Status DiskImage::write(Inode& inode, std::uint64_t offset, BytesView data) {
  const std::uint64_t end = offset + data.size();
  const std::uint64_t grows = end > inode.current.size() ? end - inode.current.size() : 0;
  if (grows > free_bytes()) {
    return Status(Code::disk_full,
                  "no space left: " + std::to_string(free_bytes()) + " bytes free");
  }
  used_ += grows;
  ++inode.changes;
  inode.pending.push_back({false, offset, Bytes(data)});
  apply(inode.current, inode.pending.back());
  return {};
}

Status DiskImage::truncate(Inode& inode, std::uint64_t size) {
  if (size > inode.current.size()) {
    const std::uint64_t grows = size - inode.current.size();
    if (grows > free_bytes()) return Status(Code::disk_full, "no space left");
    used_ += grows;
  } else {
    used_ -= std::min<std::uint64_t>(used_, inode.current.size() - size);
  }
  ++inode.changes;
  inode.pending.push_back({true, size, {}});
  apply(inode.current, inode.pending.back());
  return {};
}

std::size_t DiskImage::sync(Inode& inode, std::uint64_t changes) {
  const std::uint64_t durable = inode.changes - inode.pending.size();
  const std::size_t count = changes > durable ? changes - durable : 0;
  const std::size_t taken = std::min<std::size_t>(count, inode.pending.size());
  for (std::size_t i = 0; i < taken; ++i) apply(inode.durable, inode.pending[i]);
  inode.pending.erase(inode.pending.begin(),
                      inode.pending.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken;
}

CrashReport DiskImage::sync_badly(Inode& inode, Random& random) {
  CrashReport report;
  for (const Inode::Change& change : inode.pending) {
    const bool kept = random.chance({1, 2});
    if (kept) apply(inode.durable, change);
    ++(kept ? report.writes_kept : report.writes_lost);
    add_fate(report, kept ? 1 : 0);
  }
  inode.pending.clear();
  return report;
}

void DiskImage::change_name(const std::string& path, InodeRef after, std::uint64_t rename_pair) {
  InodeRef& slot = names_[path];
  name_changes_[folder_of(path)].push_back({path, after, false, rename_pair});
  slot = std::move(after);
  if (slot == nullptr) names_.erase(path);
}

void DiskImage::give_back(const Inode& inode) {
  used_ -= std::min<std::uint64_t>(used_, inode.current.size());
}

Status DiskImage::rename(const std::string& from, const std::string& to) {
  const auto found = names_.find(from);
  if (found == names_.end()) return absent(from);
  if (from == to) return {};
  const std::string folder = folder_of(to);
  if (!folder.empty() && !folders_.contains(folder)) return absent_folder(folder);
  const InodeRef inode = found->second;
  const auto replaced = names_.find(to);
  if (replaced != names_.end()) give_back(*replaced->second);
  const std::uint64_t pair = folder_of(from) == folder_of(to) ? next_pair_++ : 0;
  change_name(to, inode, pair);
  change_name(from, nullptr, pair);
  return {};
}

Status DiskImage::remove(const std::string& path) {
  const auto found = names_.find(path);
  if (found == names_.end()) return absent(path);
  give_back(*found->second);
  change_name(path, nullptr, 0);
  return {};
}

Status DiskImage::make_dir(const std::string& path) {
  for (std::size_t slash = path.find('/'); !path.empty(); slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (folders_.insert(folder).second) {
      name_changes_[folder_of(folder)].push_back({folder, nullptr, true, 0});
    }
    if (slash == std::string::npos) break;
  }
  return {};
}

Result<std::vector<std::string>> DiskImage::list(const std::string& folder) const {
  if (!folder.empty() && !folders_.contains(folder)) {
    return fail(absent_folder(folder));
  }
  const std::string prefix = folder.empty() ? folder : folder + "/";
  std::set<std::string> entries;
  for (auto it = names_.lower_bound(prefix); it != names_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::string rest = it->first.substr(prefix.size());
    if (rest.find('/') == std::string::npos) entries.insert(rest);
  }
  for (auto it = folders_.lower_bound(prefix); it != folders_.end(); ++it) {
    if (!it->starts_with(prefix)) break;
    const std::string rest = it->substr(prefix.size());
    if (!rest.empty() && rest.find('/') == std::string::npos) entries.insert(rest + "/");
  }
  return std::vector<std::string>(entries.begin(), entries.end());
}

std::size_t DiskImage::sync_dir(const std::string& folder) {
  const auto found = name_changes_.find(folder);
  if (found == name_changes_.end()) return 0;
  const std::size_t count = found->second.size();
  for (const NameChange& change : found->second) make_durable(change);
  name_changes_.erase(found);
  return count;
}

void DiskImage::make_durable(const NameChange& change) {
  if (change.makes_folder) {
    durable_folders_.insert(change.name);
  } else if (change.after != nullptr) {
    durable_names_[change.name] = change.after;
  } else {
    durable_names_.erase(change.name);
  }
}

bool DiskImage::reachable(std::string folder) const {
  for (; !folder.empty(); folder = folder_of(folder)) {
    if (!durable_folders_.contains(folder)) return false;
  }
  return true;
}

std::vector<std::string> DiskImage::durable_names(const std::string& folder) const {
  const std::string prefix = folder + "/";
  std::vector<std::string> names;
  if (!reachable(folder)) return names;
  for (auto it = durable_names_.lower_bound(prefix); it != durable_names_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    names.push_back(it->first.substr(prefix.size()));
  }
  return names;
}

BytesView DiskImage::durable_bytes(const std::string& path) const {
  const auto found = durable_names_.find(path);
  const bool survives = found != durable_names_.end() && reachable(folder_of(path));
  return survives ? BytesView(found->second->durable) : BytesView();
}

void DiskImage::crash_names(Random& random, CrashReport& report) {
  // In each folder a drawn number of the oldest changes had reached the journal.
  for (auto& [folder, changes] : name_changes_) {
    std::size_t kept = random.below(changes.size() + 1);
    const bool splits_rename = kept > 0 && kept < changes.size() &&
                               changes[kept - 1].rename_pair != 0 &&
                               changes[kept - 1].rename_pair == changes[kept].rename_pair;
    if (splits_rename) ++kept;
    report.names_kept += kept;
    report.names_lost += changes.size() - kept;
    add_fate(report, kept);
    for (std::size_t i = 0; i < kept; ++i) make_durable(changes[i]);
  }
  name_changes_.clear();
  // What is in a folder without a name is lost with it.
  std::erase_if(durable_names_,
                [&](const auto& entry) { return !reachable(folder_of(entry.first)); });
  std::set<std::string> lost;
  for (const std::string& folder : durable_folders_) {
    if (!reachable(folder)) lost.insert(folder);
  }
  for (const std::string& folder : lost) durable_folders_.erase(folder);
  names_ = durable_names_;
  folders_ = durable_folders_;
}

void DiskImage::crash_writes(Inode& inode, Random& random, CrashReport& report) {
  for (Inode::Change& change : inode.pending) {
    const std::size_t whole = change.is_truncate ? 1 : change.data.size();
    const std::uint64_t drawn = random.below(4);
    std::size_t kept = whole;
    if (drawn == 0 || (change.is_truncate && drawn == 1)) {
      kept = 0;
    } else if (drawn == 1) {
      kept = random.below(whole + 1);
      change.data.resize(kept);
    }
    add_fate(report, kept);
    if (kept == 0) {
      ++report.writes_lost;
      continue;
    }
    ++(kept < whole ? report.writes_torn : report.writes_kept);
    apply(inode.durable, change);
  }
  inode.pending.clear();
  inode.current = inode.durable;
}

CrashReport DiskImage::crash(Random& random) {
  CrashReport report;
  crash_names(random, report);
  used_ = 0;
  std::set<const Inode*> seen;
  for (const auto& [path, inode] : names_) {
    if (!seen.insert(inode.get()).second) continue;
    crash_writes(*inode, random, report);
    used_ += inode->current.size();
  }
  return report;
}

}  // namespace eyrie::sim
