#include "sim/disk_image.h"

#include <gtest/gtest.h>

namespace eyrie::sim {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t kSeeds = 64;

// What a crash leaves of a disk that was prepared so, over some seeds: the names in a folder, or
// "-" if there is no such folder.
template <class Prepare>
std::set<std::string> left_in(const std::string& folder, Prepare prepare) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    DiskImage image(1 << 20);
    prepare(image);
    Random random(seed);
    image.crash(random);
    const Result<Names> names = image.list(folder);
    std::string text = names ? "" : "-";
    for (const std::string& name : names.value_or(Names())) text += name + " ";
    seen.insert(text);
  }
  return seen;
}

TEST(DiskImage, ANewFolderIsDurableOnceTheOneAboveItIsSynced) {
  const auto make = [](DiskImage& image) {
    EXPECT_TRUE(image.make_dir("a/b").ok());
    EXPECT_TRUE(image.open("a/b/f", OpenMode::create).has_value());
    image.sync_dir("a/b");
  };
  EXPECT_EQ(left_in("a/b", make), (std::set<std::string>{"-", "f "}));
  EXPECT_EQ(left_in("a/b",
                    [&](DiskImage& image) {
                      make(image);
                      image.sync_dir("a");
                    }),
            (std::set<std::string>{"-", "f "}));
  EXPECT_EQ(left_in("a/b",
                    [&](DiskImage& image) {
                      make(image);
                      image.sync_dir("a");
                      image.sync_dir("");
                    }),
            std::set<std::string>{"f "});
}

TEST(DiskImage, WhatSurelySurvivesIsNotInAFolderThatMayVanish) {
  DiskImage image(1 << 20);
  ASSERT_TRUE(image.make_dir("a").ok());
  const InodeRef inode = image.open("a/f", OpenMode::create).value();
  ASSERT_TRUE(image.write(*inode, 0, "bytes").ok());
  image.sync(*inode, inode->changes);
  image.sync_dir("a");
  EXPECT_EQ(image.durable_names("a"), Names());
  EXPECT_EQ(image.durable_bytes("a/f"), "");
  image.sync_dir("");
  EXPECT_EQ(image.durable_names("a"), Names{"f"});
  EXPECT_EQ(image.durable_bytes("a/f"), "bytes");
}

TEST(DiskImage, ARenameBetweenFoldersIsDurableOnEachSideByItself) {
  const auto move = [](DiskImage& image) {
    EXPECT_TRUE(image.make_dir("from").ok());
    EXPECT_TRUE(image.make_dir("to").ok());
    EXPECT_TRUE(image.open("from/f", OpenMode::create).has_value());
    image.sync_dir("");
    image.sync_dir("from");
    EXPECT_TRUE(image.rename("from/f", "to/f").ok());
  };
  EXPECT_EQ(left_in("from", move), (std::set<std::string>{"", "f "}));
  EXPECT_EQ(left_in("to", move), (std::set<std::string>{"", "f "}));
  EXPECT_EQ(left_in("to",
                    [&](DiskImage& image) {
                      move(image);
                      image.sync_dir("to");
                    }),
            std::set<std::string>{"f "});
  EXPECT_EQ(left_in("from",
                    [&](DiskImage& image) {
                      move(image);
                      image.sync_dir("to");
                    }),
            (std::set<std::string>{"", "f "}));
}

TEST(DiskImage, ARenameWithinAFolderIsThereWhollyOrNotAtAll) {
  EXPECT_EQ(left_in("",
                    [](DiskImage& image) {
                      EXPECT_TRUE(image.open("old", OpenMode::create).has_value());
                      image.sync_dir("");
                      EXPECT_TRUE(image.rename("old", "new").ok());
                    }),
            (std::set<std::string>{"new ", "old "}));
}

TEST(DiskImage, ARenameGivesBackTheRoomOfTheFileThatItReplaces) {
  DiskImage image(100);
  for (int i = 0; i < 10; ++i) {
    const InodeRef inode = image.open("new", OpenMode::create).value();
    EXPECT_TRUE(image.write(*inode, 0, Bytes(40, 'x')).ok());
    EXPECT_TRUE(image.rename("new", "old").ok());
    EXPECT_EQ(image.free_bytes(), 60u);
  }
}

TEST(DiskImage, ARenameToItsOwnNameChangesNothing) {
  DiskImage image(100);
  const InodeRef inode = image.open("f", OpenMode::create).value();
  EXPECT_TRUE(image.write(*inode, 0, "bytes").ok());
  EXPECT_TRUE(image.rename("f", "f").ok());
  EXPECT_EQ(image.list("").value(), Names{"f"});
  EXPECT_EQ(image.free_bytes(), 95u);
}

}  // namespace
}  // namespace eyrie::sim
