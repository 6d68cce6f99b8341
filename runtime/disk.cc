#include "runtime/disk.h"

namespace eyrie {

Status check_disk_path(std::string_view path) {
  std::string_view rest = path;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) {
      return {Code::invalid_argument, "'" + std::string(path) +
                                          "' is no path below the disk's root: it needs names "
                                          "parted by '/', without '.' or '..'"};
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Status check_disk_folder(std::string_view folder) {
  return folder.empty() ? Status() : check_disk_path(folder);
}

}  // namespace eyrie
