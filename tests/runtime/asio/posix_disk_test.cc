// What only a real file system has: its errors, and other processes.
#include "runtime/asio/posix_disk.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/real_world.h"

namespace eyrie {
namespace {

struct PosixDiskTest : testing::Test {
  test::TemporaryFolder folder;
  std::unique_ptr<PosixBlockingDisk> disk =
      std::move(PosixBlockingDisk::open_root(folder.path() + "/base/of/disk").value());
};

TEST_F(PosixDiskTest, TheRootIsMadeWithItsParents) {
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() + "/base/of/disk"));
}

TEST_F(PosixDiskTest, FilesAreThoseOfTheFolder) {
  EXPECT_TRUE(disk->open("file", OpenMode::create).value()->write_at(0, "content").ok());
  std::ifstream file(folder.path() + "/base/of/disk/file");
  std::string content;
  file >> content;
  EXPECT_EQ(content, "content");
}

TEST_F(PosixDiskTest, AFullDeviceIsDiskFull) {
  const auto device = PosixBlockingDisk::open_root("/dev");
  ASSERT_TRUE(device) << device.error();
  const auto full = (*device)->open("full", OpenMode::write);
  ASSERT_TRUE(full) << full.error();
  const Status status = (*full)->write_at(0, "x");
  EXPECT_EQ(status.code(), Code::disk_full);
  EXPECT_NE(status.message().find("/dev/full"), std::string::npos) << status;
}

TEST_F(PosixDiskTest, AFailedSyncIsAnIoError) {
  const auto device = PosixBlockingDisk::open_root("/dev");
  ASSERT_TRUE(device) << device.error();
  const auto null = (*device)->open("null", OpenMode::write);  // cannot be synced
  ASSERT_TRUE(null) << null.error();
  EXPECT_EQ((*null)->sync().code(), Code::io_error);
}

TEST_F(PosixDiskTest, AFolderAboveTheRootThatCannotBeSyncedIsNoObstacle) {
  const auto process = PosixBlockingDisk::open_root("/proc/self");  // /proc answers EINVAL
  EXPECT_TRUE(process) << process.error();
}

TEST_F(PosixDiskTest, AFolderIsNoFileAndAFileIsNoFolder) {
  ASSERT_TRUE(disk->make_dir("folder").ok());
  EXPECT_EQ(disk->open("folder", OpenMode::read).error().code(), Code::invalid_argument);
  EXPECT_EQ(disk->open("folder", OpenMode::create).error().code(), Code::invalid_argument);
  ASSERT_TRUE(disk->open("file", OpenMode::create).has_value());
  EXPECT_EQ(disk->make_dir("file").code(), Code::already_exists);
  EXPECT_EQ(disk->list("file").error().code(), Code::not_found);
  EXPECT_EQ(disk->open("file/inner", OpenMode::create).error().code(), Code::not_found);
}

TEST_F(PosixDiskTest, AnEmptyFolderCanBeRemovedAndNoOther) {
  ASSERT_TRUE(disk->make_dir("folder/inner").ok());
  EXPECT_EQ(disk->remove("folder").code(), Code::failed_precondition);
  EXPECT_TRUE(disk->remove("folder/inner").ok());
  EXPECT_TRUE(disk->remove("folder").ok());
}

TEST_F(PosixDiskTest, ALockNamesItsHolder) {
  const auto held = disk->lock("LOCK");
  ASSERT_TRUE(held) << held.error();
  const auto refused = disk->lock("LOCK");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("process " + std::to_string(::getpid())),
            std::string::npos)
      << refused.error();
}

TEST_F(PosixDiskTest, OffsetsThatNoFileHasAreRefused) {
  const auto file = disk->open("file", OpenMode::create);
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ((*file)->write_at(UINT64_MAX, "x").code(), Code::invalid_argument);
  EXPECT_EQ((*file)->write_at(INT64_MAX, "x").code(), Code::invalid_argument);
  EXPECT_EQ((*file)->truncate(UINT64_MAX).code(), Code::invalid_argument);
  EXPECT_EQ((*file)->read_at(UINT64_MAX, 1).error().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace eyrie
