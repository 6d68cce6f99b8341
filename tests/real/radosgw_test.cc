// The script scripts/servers/radosgw itself: a start that fails leaves nothing behind.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "runtime/asio/posix_file.h"
#include "tests/real/radosgw_server.h"

namespace eyrie::test {
namespace {

// Processes of this machine whose command line has the text.
std::size_t processes_with(const std::string& text) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string line(std::istreambuf_iterator<char>(file), {});
    if (line.contains(text)) ++count;
  }
  return count;
}

FileDescriptor listen_at(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;  // the port is reserved for the server, which may listen there all the same
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  return socket;
}

TEST(RadosgwScript, AStartThatFailsLeavesNothing) {
  if (const std::string lacks = RealServer::missing(kRadosgw); !lacks.empty()) {
    GTEST_SKIP() << lacks;
  }
  RealServer server({.script = kRadosgw, .ports = 2});
  const FileDescriptor taken = listen_at(server.port());
  const Status started = server.start();
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(started.message().contains("rgw did not come up")) << started;
  // The watchdog names the folder, the server's processes a file in it.
  EXPECT_EQ(processes_with(server.folder() + "/ceph.conf"), 0u);
}

}  // namespace
}  // namespace eyrie::test
