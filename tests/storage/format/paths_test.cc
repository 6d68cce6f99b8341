#include "storage/format/paths.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr SegmentPlace kPlace{CollectionId(1), PartitionId(2), SegmentId(3)};

TEST(Paths, LogsAreNamedByPlaceLogAndAttempt) {
  const LogName name{LogKind::insert_log, kPlace, LogId(4), AttemptId(5)};
  EXPECT_EQ(log_key(name), "insert_log/1/2/3/4.5");
  EXPECT_EQ(log_key({LogKind::delta_log, kPlace, LogId(4), AttemptId(5)}), "delta_log/1/2/3/4.5");
  EXPECT_EQ(log_key({LogKind::stats_log, kPlace, LogId(4), AttemptId(5)}), "stats_log/1/2/3/4.5");
  EXPECT_EQ(log_key({LogKind::manifest, kPlace, LogId(4), AttemptId(5)}), "manifest/1/2/3/4.5");
  EXPECT_TRUE(log_key(name).starts_with(log_prefix(LogKind::insert_log, kPlace)));
  EXPECT_EQ(parse_log_key(log_key(name)).value(), name);
}

TEST(Paths, IndexFilesAreNamedByBuildAndAttempt) {
  const IndexFileName name{BuildId(1), AttemptId(2), PartitionId(3), SegmentId(4), "graph"};
  EXPECT_EQ(index_key(name), "index_files/1/2/3/4/graph");
  EXPECT_TRUE(index_key(name).starts_with(index_prefix(BuildId(1))));
  EXPECT_EQ(parse_index_key(index_key(name)).value(), name);
}

TEST(Paths, EveryObjectTellsItsAttemptAndHasAPrefix) {
  const std::string log = log_key({LogKind::stats_log, kPlace, LogId(4), AttemptId(5)});
  const std::string index =
      index_key({BuildId(1), AttemptId(2), PartitionId(3), SegmentId(4), "graph"});
  EXPECT_EQ(attempt_of(log).value(), AttemptId(5));
  EXPECT_EQ(attempt_of(index).value(), AttemptId(2));
  EXPECT_EQ(attempt_of("log/ch-0/1/2").error().code(), Code::invalid_argument);
  for (const std::string& key : {log, index}) {
    EXPECT_TRUE(std::ranges::any_of(object_prefixes(),
                                    [&](const std::string& one) { return key.starts_with(one); }));
  }
}

TEST(Paths, OtherNamesAreNotOurs) {
  for (const char* key :
       {"", "insert_log", "insert_log/1/2/3/4", "insert_log/1/2/3/4.5.6", "insert_log/1/2/3/4.05",
        "insert_log/1/2/3/-4.5", "insert_log/1/2/3/+4.5", "insert_log/1/2/0/4.5",
        "insert_log/1/2/3/4.5/", "other_log/1/2/3/4.5", "insert_log/1/2/3/4.99999999999999999999",
        "insert_log/1/2//4.5", "insert_log/1/2/3x/4.5"}) {
    EXPECT_EQ(parse_log_key(key).error().code(), Code::invalid_argument) << key;
  }
  for (const char* key : {"index_files/1/2/3/4", "index_files/1/2/3/4/", "index_files/1/2/3/4/a/b",
                          "index_files/1/2/3/4/a.b", "insert_log/1/2/3/4/graph"}) {
    EXPECT_EQ(parse_index_key(key).error().code(), Code::invalid_argument) << key;
  }
}

}  // namespace
}  // namespace eyrie::storage
