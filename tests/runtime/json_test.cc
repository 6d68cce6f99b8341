#include "runtime/json.h"

#include <gtest/gtest.h>

namespace eyrie {
namespace {

TEST(Json, OneTextIsParsed) {
  const auto parsed = parse_json(R"( {"ef": 64} )", "params");
  ASSERT_TRUE(parsed.has_value()) << parsed.error();
  EXPECT_EQ(parsed->as_object().at("ef").as_int64(), 64);
}

TEST(Json, WhatIsNotOneTextIsRefusedInASentenceThatSaysWhere) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  for (const std::string& text : {std::string(), std::string("{\"ef\": }"), std::string("{} {}"),
                                  std::string("{\"ef\": 64"), std::string("ef"), deep}) {
    const auto parsed = parse_json(text, "params");
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), Code::invalid_argument) << text;
    EXPECT_TRUE(parsed.error().message().starts_with("params: ")) << parsed.error();
  }
}

TEST(Json, BytesThatAreNotUtf8AreKept) {
  const auto parsed = parse_json("\"\xff\"", "row");
  ASSERT_TRUE(parsed.has_value()) << parsed.error();
  EXPECT_EQ(std::string(parsed->as_string()), "\xff");
}

TEST(Json, WhatIsNoUtf8IsReplacedByteByByte) {
  const std::string mark = "\xef\xbf\xbd";
  const std::string good = "a\x7f\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  EXPECT_EQ(valid_utf8(good), good);
  EXPECT_EQ(valid_utf8(std::string("\0", 1)), std::string("\0", 1));
  EXPECT_EQ(valid_utf8("\x80z"), mark + "z");
  EXPECT_EQ(valid_utf8("\xc0\x80"), mark + mark);                        // longer than it need be
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), mark + mark + mark);             // half of a pair
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), mark + mark + mark + mark);  // beyond the last
  EXPECT_EQ(valid_utf8("\xe2\x82"), mark + mark);                        // cut off
}

}  // namespace
}  // namespace eyrie
