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

}  // namespace
}  // namespace eyrie
