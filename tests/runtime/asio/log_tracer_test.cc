#include "runtime/asio/log_tracer.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/json.h"
#include "tests/support/real_world.h"

namespace eyrie {
namespace {

inline constexpr EventType<2> kLoaded{"query.segment_loaded", Level::info, {"segment", "from"}};
inline constexpr EventType<0> kDetail{"query.detail", Level::debug, {}};
inline constexpr EventType<0> kTrouble{"query.trouble", Level::warning, {}};

struct LogTracerTest : testing::Test {
  std::unique_ptr<LogTracer> open(Level level) {
    return std::move(LogTracer::open({.level = level, .path = path, .node = "query-1"}).value());
  }
  std::vector<std::string> lines() {
    std::ifstream file(path);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
};

TEST_F(LogTracerTest, AnEventIsOneLineOfNamedValues) {
  emit(*open(Level::info), kLoaded, 7, "s3://bucket");
  ASSERT_EQ(lines().size(), 1u);
  const std::string line = lines()[0];
  EXPECT_EQ(line.substr(27),
            " level=info node=query-1 event=query.segment_loaded segment=7 "
            "from=s3://bucket");
  std::string shape = line.substr(0, 27);
  std::replace_if(shape.begin(), shape.end(), [](char c) { return c >= '0' && c <= '9'; }, '0');
  EXPECT_EQ(shape, "0000-00-00T00:00:00.000000Z");
}

TEST_F(LogTracerTest, OnlyTheAskedLevelAndAbove) {
  const std::unique_ptr<LogTracer> tracer = open(Level::warning);
  emit(*tracer, kDetail);
  emit(*tracer, kLoaded, 7, "x");
  emit(*tracer, kTrouble);
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_NE(lines()[0].find("level=warning"), std::string::npos);
}

TEST_F(LogTracerTest, NoValueBreaksALineOrLooksLikeAField) {
  const std::unique_ptr<LogTracer> tracer = open(Level::info);
  emit(*tracer, kLoaded, -1, std::string("a=\"b\\\"\nlevel=error\x7f"));
  emit(*tracer, kLoaded, 0, "");
  ASSERT_EQ(lines().size(), 2u);
  EXPECT_NE(lines()[0].find(R"(segment=-1 from="a=\"b\\\"\x0alevel=error\x7f")"), std::string::npos)
      << lines()[0];
  EXPECT_TRUE(lines()[1].ends_with(R"(from="")")) << lines()[1];
}

TEST_F(LogTracerTest, AsJsonALineIsOneObject) {
  const auto tracer = std::move(
      LogTracer::open({.level = Level::info, .path = path, .node = "query-1", .json = true})
          .value());
  emit(*tracer, kLoaded, -7, std::string("a \"b\\\"\n\x01 \xff\xc3\xa9 %v {}"));
  ASSERT_EQ(lines().size(), 1u);
  const auto read = parse_json(lines()[0], "the line");
  ASSERT_TRUE(read) << read.error();
  const boost::json::object& line = read->as_object();
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("node"), "query-1");
  EXPECT_EQ(line.at("event"), "query.segment_loaded");
  EXPECT_EQ(line.at("time").as_string().size(), sizeof "0000-00-00T00:00:00.000000Z" - 1);
  const boost::json::object& fields = line.at("fields").as_object();
  EXPECT_EQ(fields.at("segment"), -7);
  EXPECT_EQ(fields.at("from"), "a \"b\\\"\n\x01 \xef\xbf\xbd\xc3\xa9 %v {}");
}

TEST_F(LogTracerTest, ThreadsShareALog) {
  const std::unique_ptr<LogTracer> tracer = open(Level::info);
  std::thread thread([&] {
    for (int i = 0; i < 100; ++i) emit(*tracer, kLoaded, i, "other");
  });
  for (int i = 0; i < 100; ++i) emit(*tracer, kLoaded, i, "one");
  thread.join();
  std::ptrdiff_t of_other = 0;
  for (const std::string& line : lines()) of_other += line.ends_with(" from=other") ? 1 : 0;
  EXPECT_EQ(lines().size(), 200u);
  EXPECT_EQ(of_other, 100);
}

TEST(LogTracer, ALogThatCannotBeWrittenIsAnError) {
  const auto tracer = LogTracer::open({.path = "/dev/null/log"});
  ASSERT_FALSE(tracer);
  EXPECT_NE(tracer.error().message().find("/dev/null/log"), std::string::npos) << tracer.error();
}

}  // namespace
}  // namespace eyrie
