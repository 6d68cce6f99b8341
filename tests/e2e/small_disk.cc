#include "tests/e2e/small_disk.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sched.h>
#include <system_error>
#include <unistd.h>

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "runtime/check.h"

namespace eyrie::test {

namespace {

// What the process that holds the mount needs; made before it, for it allocates nothing.
struct Mount {
  std::string folder;
  std::string options;
  std::string user_map;
  std::string group_map;
};

bool write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

// In a user namespace of our own we may mount; root may without one, where these are forbidden.
bool enter_namespaces(const Mount& mount) {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return ::unshare(CLONE_NEWNS) == 0;
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", mount.user_map) &&
         write_file("/proc/self/gid_map", mount.group_map);
}

bool mount_all(const Mount& mount) {
  return enter_namespaces(mount) &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", mount.folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                 mount.options.c_str()) == 0;
}

// Says how it went, and keeps the mount until it is killed.
[[noreturn]] void hold(const Mount& mount, int answer) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int error = mount_all(mount) ? 0 : errno;
  if (::write(answer, &error, sizeof error) != sizeof error || error != 0) ::_exit(1);
  while (true) ::pause();
}

std::string map_of(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

}  // namespace

SmallDisk::SmallDisk(const std::string& folder, std::size_t megabytes) {
  const Mount mount{folder, "size=" + std::to_string(megabytes) + "m", map_of(::geteuid()),
                    map_of(::getegid())};
  int ends[2];
  EYRIE_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "no pipe");
  holder_ = ::fork();
  if (holder_ == 0) hold(mount, ends[1]);
  EYRIE_CHECK(holder_ > 0, "no process for a small disk");
  ::close(ends[1]);
  int error = EPIPE;  // it ended without a word
  if (::read(ends[0], &error, sizeof error) != sizeof error) error = EPIPE;
  ::close(ends[0]);
  path_ = "/proc/" + std::to_string(holder_) + "/root" + folder;
  if (error != 0) {
    refusal_ = "a file system in a namespace of its own: " + std::generic_category().message(error);
  } else if (::access(path_.c_str(), R_OK | W_OK) != 0) {
    refusal_ = "a file system in another namespace: " + std::generic_category().message(errno);
  }
}

SmallDisk::~SmallDisk() {
  ::kill(holder_, SIGKILL);
  ::waitpid(holder_, nullptr, 0);
}

void SmallDisk::fill() {
  const std::string ballast = path_ + "/ballast";
  const int fd = ::open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  EYRIE_CHECK(fd >= 0, "no file to fill the disk with");
  const std::string some(4'096, '\0');
  while (::write(fd, some.data(), some.size()) > 0) {
  }
  const bool full = errno == ENOSPC;
  ::close(fd);
  EYRIE_CHECK(full, "the disk does not fill");
}

void SmallDisk::make_room() {
  EYRIE_CHECK(std::remove((path_ + "/ballast").c_str()) == 0, "what fills the disk is not there");
}

}  // namespace eyrie::test
