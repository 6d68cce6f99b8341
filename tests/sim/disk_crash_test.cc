// What a crash or a failed sync leaves of the bytes of files, over many seeds.
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "sim/disk_image.h"

namespace eyrie::sim {
namespace {

constexpr std::uint64_t kSeeds = 256;
constexpr const char* kGone = "there is no such file";

struct Outcome {
  std::string bytes;  // of the file "f"
  CrashReport report;
};

InodeRef make_file(DiskImage& image, const std::string& path, const std::string& bytes) {
  InodeRef inode = image.open(path, OpenMode::create).value();
  EXPECT_TRUE(image.write(*inode, 0, bytes).ok());
  image.sync(*inode, inode->changes);
  image.sync_dir("");
  return inode;
}

std::string bytes_of(DiskImage& image) {
  const Result<InodeRef> inode = image.open("f", OpenMode::read);
  return inode ? (*inode)->current : kGone;
}

// "f" holds `synced`; then this is done to it, and the power goes.
template <class Change>
std::vector<Outcome> crashed(const std::string& synced, Change change) {
  std::vector<Outcome> outcomes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    DiskImage image(1 << 20);
    const InodeRef inode = make_file(image, "f", synced);
    Random random(seed);
    change(image, *inode, random);
    const CrashReport report = image.crash(random);
    outcomes.push_back({bytes_of(image), report});
    EXPECT_EQ(image.durable_bytes("f"), outcomes.back().bytes == kGone ? "" : bytes_of(image));
  }
  return outcomes;
}

std::set<std::string> bytes_in(const std::vector<Outcome>& outcomes) {
  std::set<std::string> seen;
  for (const Outcome& outcome : outcomes) seen.insert(outcome.bytes);
  return seen;
}

TEST(DiskCrash, AnUnsyncedWriteIsKeptLostOrTornAndNothingElseIsTouched) {
  const auto outcomes = crashed("........", [](DiskImage& image, Inode& inode, Random&) {
    EXPECT_TRUE(image.write(inode, 2, "abcd").ok());
  });
  EXPECT_EQ(bytes_in(outcomes),
            (std::set<std::string>{"........", "..a.....", "..ab....", "..abc...", "..abcd.."}));
  CrashReport all;
  for (const auto& [bytes, report] : outcomes) {
    all.writes_kept += report.writes_kept;
    all.writes_lost += report.writes_lost;
    all.writes_torn += report.writes_torn;
    EXPECT_EQ(report.writes_kept, bytes == "..abcd.." ? 1u : 0u) << bytes;
    EXPECT_EQ(report.writes_lost, bytes == "........" ? 1u : 0u) << bytes;
    EXPECT_EQ(report.writes_kept + report.writes_lost + report.writes_torn, 1u) << bytes;
  }
  // None of them is a rarity.
  EXPECT_GT(all.writes_kept, kSeeds / 10);
  EXPECT_GT(all.writes_lost, kSeeds / 10);
  EXPECT_GT(all.writes_torn, kSeeds / 10);
}

TEST(DiskCrash, EachWriteHasAFateOfItsOwn) {
  const auto outcomes = crashed("........", [](DiskImage& image, Inode& inode, Random&) {
    EXPECT_TRUE(image.write(inode, 0, "aaa").ok());
    EXPECT_TRUE(image.write(inode, 5, "bbb").ok());
  });
  std::set<std::string> possible;
  for (std::size_t a = 0; a <= 3; ++a) {
    for (std::size_t b = 0; b <= 3; ++b) {
      possible.insert(Bytes(a, 'a') + Bytes(5 - a, '.') + Bytes(b, 'b') + Bytes(3 - b, '.'));
    }
  }
  const std::set<std::string> seen = bytes_in(outcomes);
  for (const std::string& bytes : seen) EXPECT_TRUE(possible.contains(bytes)) << bytes;
  for (const char* bytes : {"........", "aaa.....", ".....bbb", "aaa..bbb"}) {
    EXPECT_TRUE(seen.contains(bytes)) << bytes;
  }
  for (const Outcome& outcome : outcomes) {
    const CrashReport& report = outcome.report;
    EXPECT_EQ(report.writes_kept + report.writes_lost + report.writes_torn, 2u);
  }
}

// The log tells by them what the disk holds now.
TEST(DiskCrash, FatesAreEqualIfAndOnlyIfTheDisksAre) {
  std::map<std::uint64_t, std::string> by_fates;
  const auto outcomes = crashed("........", [](DiskImage& image, Inode& inode, Random&) {
    EXPECT_TRUE(image.write(inode, 0, "aaa").ok());
    EXPECT_TRUE(image.write(inode, 5, "bbb").ok());
  });
  for (const auto& [bytes, report] : outcomes) {
    EXPECT_EQ(by_fates.emplace(report.fates, bytes).first->second, bytes);
  }
  EXPECT_EQ(by_fates.size(), bytes_in(outcomes).size());
}

TEST(DiskCrash, WhatWasSyncedStaysAndWhatCameAfterTheSyncBeganIsInDoubt) {
  const auto seen = bytes_in(crashed("....", [](DiskImage& image, Inode& inode, Random&) {
    EXPECT_TRUE(image.write(inode, 0, "aa").ok());
    const std::uint64_t begun = inode.changes;
    EXPECT_TRUE(image.write(inode, 2, "b").ok());
    EXPECT_EQ(image.sync(inode, begun), 1u);
  }));
  EXPECT_EQ(seen, (std::set<std::string>{"aa..", "aab."}));
}

TEST(DiskCrash, AnUnsyncedTruncationIsKeptOrLostAndNeverTorn) {
  const auto cut = [](std::uint64_t size) {
    return [size](DiskImage& image, Inode& inode, Random&) {
      EXPECT_TRUE(image.truncate(inode, size).ok());
    };
  };
  EXPECT_EQ(bytes_in(crashed("abcdef", cut(2))), (std::set<std::string>{"ab", "abcdef"}));
  EXPECT_EQ(bytes_in(crashed("abcdef", cut(0))), (std::set<std::string>{"", "abcdef"}));
  const auto grown = crashed("ab", cut(4));
  EXPECT_EQ(bytes_in(grown), (std::set<std::string>{"ab", std::string("ab\0\0", 4)}));
  for (const auto& [bytes, report] : grown) {
    EXPECT_EQ(report.writes_kept, bytes == "ab" ? 0u : 1u);
    EXPECT_EQ(report.writes_lost, bytes == "ab" ? 1u : 0u);
    EXPECT_EQ(report.writes_torn, 0u);
  }
}

TEST(DiskCrash, AnUnsyncedRemovalIsKeptOrUndoneWithAllBytes) {
  const auto remove = [](DiskImage& image, Inode&, Random&) {
    EXPECT_TRUE(image.remove("f").ok());
  };
  const auto outcomes = crashed("bytes", remove);
  EXPECT_EQ(bytes_in(outcomes), (std::set<std::string>{"bytes", kGone}));
  for (const auto& [bytes, report] : outcomes) {
    EXPECT_EQ(report.names_lost, bytes == kGone ? 0u : 1u);
    EXPECT_EQ(report.names_kept, bytes == kGone ? 1u : 0u);
  }
  EXPECT_EQ(bytes_in(crashed("bytes",
                             [&](DiskImage& image, Inode& inode, Random& random) {
                               remove(image, inode, random);
                               EXPECT_EQ(image.sync_dir(""), 1u);
                             })),
            std::set<std::string>{kGone});
}

// As a manifest is replaced: whoever reads it finds one or the other, whole.
TEST(DiskCrash, AnUnsyncedRenameLeavesTheOldFileOrTheNewOne) {
  const auto replace = [](DiskImage& image, Inode&, Random&) {
    make_file(image, "g", "new");
    EXPECT_TRUE(image.rename("g", "f").ok());
  };
  EXPECT_EQ(bytes_in(crashed("old", replace)), (std::set<std::string>{"old", "new"}));
  EXPECT_EQ(bytes_in(crashed("old",
                             [&](DiskImage& image, Inode& inode, Random& random) {
                               replace(image, inode, random);
                               image.sync_dir("");
                             })),
            std::set<std::string>{"new"});
}

TEST(DiskCrash, AFailedSyncDecidesForGoodWhatIsOnThePlatter) {
  const auto fail_then_sync = [](DiskImage& image, Inode& inode, Random& random) {
    EXPECT_TRUE(image.write(inode, 0, "aa").ok());
    EXPECT_TRUE(image.write(inode, 2, "bb").ok());
    const CrashReport report = image.sync_badly(inode, random);
    EXPECT_EQ(report.writes_kept + report.writes_lost, 2u);
    const Bytes decided(image.durable_bytes("f"));
    EXPECT_EQ(report.writes_kept, decided == "...." ? 0u : decided == "aabb" ? 2u : 1u);
    EXPECT_EQ(inode.current, "aabb");  // as it is still read
    EXPECT_EQ(image.sync(inode, inode.changes), 0u);
    EXPECT_EQ(image.durable_bytes("f"), decided);
  };
  EXPECT_EQ(bytes_in(crashed("....", fail_then_sync)),
            (std::set<std::string>{"....", "aa..", "..bb", "aabb"}));
  EXPECT_EQ(bytes_in(crashed("....",
                             [&](DiskImage& image, Inode& inode, Random& random) {
                               fail_then_sync(image, inode, random);
                               EXPECT_TRUE(image.write(inode, 0, "aabb").ok());
                               image.sync(inode, inode.changes);
                             })),
            std::set<std::string>{"aabb"});
}

}  // namespace
}  // namespace eyrie::sim
