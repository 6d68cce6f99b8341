#include "nodes/proxy/key_expression.h"

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eyrie::proxy {
namespace {

using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

wire::FieldInfo key_of(storage::FieldType type, std::string name) {
  wire::FieldInfo key;
  key.id = storage::kUserFieldFirst;
  key.name = std::move(name);
  key.type = type;
  return key;
}

Result<storage::PrimaryKeys> parse_id(std::string_view expression) {
  return parse_key_expression(expression, key_of(storage::FieldType::int64, "id"));
}

Result<storage::PrimaryKeys> parse_word(std::string_view expression) {
  return parse_key_expression(expression, key_of(storage::FieldType::varchar, "word"));
}

void expect_keys(const Result<storage::PrimaryKeys>& parsed, const storage::PrimaryKeys& keys,
                 std::string_view expression) {
  ASSERT_TRUE(parsed.has_value()) << expression << ": " << parsed.error();
  EXPECT_EQ(*parsed, keys) << expression;
}

// The whole sentence, in Milvus's words.
void expect_refused(const Result<storage::PrimaryKeys>& parsed, std::string_view expression,
                    const std::string& expected, std::size_t position) {
  ASSERT_FALSE(parsed.has_value()) << expression;
  EXPECT_EQ(parsed.error().code(), Code::invalid_argument) << expression;
  EXPECT_EQ(parsed.error().milvus_code(), 1100) << expression;
  EXPECT_EQ(parsed.error().message(), "cannot parse expression: " + std::string(expression) +
                                          ", error: expected " + expected + " at position " +
                                          std::to_string(position));
}

TEST(KeyExpression, IntegersAreRead) {
  const std::vector<std::pair<std::string_view, Numbers>> table = {
      {"id in [1, 2, 3]", {1, 2, 3}},
      {"id IN [3,1,2]", {3, 1, 2}},
      {"id in[1]", {1}},
      {"id==7", {7}},
      {"id == -7", {-7}},
      {"id == 007", {7}},
      {" \t\r\n id \n in [ 1 ,\t2 ] \n", {1, 2}},
      {"id in [5, 5]", {5, 5}},  // who asks twice is answered once, by others
      {"id in []", {}},          // so is whether that is a question
      {"id in [ ]", {}},
      {"id in [-9223372036854775808, 9223372036854775807]",
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}},
  };
  for (const auto& [expression, keys] : table) {
    expect_keys(parse_id(expression), storage::PrimaryKeys(keys), expression);
  }
}

TEST(KeyExpression, TextsAreRead) {
  const std::vector<std::pair<std::string_view, Texts>> table = {
      {"word in ['king', \"queen\"]", {"king", "queen"}},
      {"word == 'king'", {"king"}},
      {"word==\"king\"", {"king"}},
      {"word in ['']", {""}},
      {"word in []", {}},
      {"word == ' a, ] b '", {" a, ] b "}},
      {"word == \"it's\"", {"it's"}},
      {"word == 'say \"no\"'", {"say \"no\""}},
      {R"(word == 'it\'s')", {"it's"}},
      {R"(word == "\"\'\\\n\t")", {"\"'\\\n\t"}},
      {R"(word in ['\\', '\\\\'])", {"\\", "\\\\"}},
      {"word == 'one\ntwo'", {"one\ntwo"}},
      {"word == 'k\xc3\xb6nig'", {"k\xc3\xb6nig"}},
      {std::string_view("word == 'a\0b'", 13), {std::string("a\0b", 3)}},
  };
  for (const auto& [expression, keys] : table) {
    expect_keys(parse_word(expression), storage::PrimaryKeys(keys), expression);
  }
}

TEST(KeyExpression, AListWithoutKeysIsOfTheKeysType) {
  EXPECT_TRUE(std::holds_alternative<Numbers>(parse_id("id in []")->values));
  EXPECT_TRUE(std::holds_alternative<Texts>(parse_word("word in []")->values));
}

struct Refused {
  std::string_view expression;
  std::string expected;
  std::size_t position;
};

TEST(KeyExpression, WhatIsNotAListOfIntegersIsRefusedWithItsPlace) {
  const std::string key = "the primary key 'id'";
  const Refused table[] = {
      {"", key, 0},
      {"  ", key, 2},
      {"[1]", key, 0},
      {"1 == id", key, 0},
      {"ID == 1", key, 0},
      {"ids in [1]", key, 2},
      {"id_2 == 1", key, 2},
      {"weight == 1", key, 0},
      {"not id in [1]", key, 0},
      {"id", "'in' or '=='", 2},
      {"id 7", "'in' or '=='", 3},
      {"id = 7", "'in' or '=='", 3},
      {"id != 7", "'in' or '=='", 3},
      {"id > 7", "'in' or '=='", 3},
      {"id not in [7]", "'in' or '=='", 3},
      {"id in 7", "'['", 6},
      {"id in (7)", "'['", 6},
      {"id inside [7]", "'['", 5},
      {"id in [", "an integer", 7},
      {"id in [,1]", "an integer", 7},
      {"id in [1,]", "an integer", 9},
      {"id in [1", "',' or ']'", 8},
      {"id in [1 2]", "',' or ']'", 9},
      {"id in [1; 2]", "',' or ']'", 8},
      {"id in [1.5]", "',' or ']'", 8},
      {"id in [0x10]", "',' or ']'", 8},
      {"id ==", "an integer", 5},
      {"id == seven", "an integer", 6},
      {"id == '7'", "an integer", 6},
      {"id == +7", "an integer", 6},
      {"id == - 7", "an integer", 6},
      {"id == 9223372036854775808", "an integer", 6},
      {"id == -9223372036854775809", "an integer", 6},
      {"id == 99999999999999999999999999", "an integer", 6},
      {"id == 7.0", "the end", 7},
      {"id == 7e3", "the end", 7},
      {"id == 7 and id == 8", "the end", 8},
      {"id in [7]]", "the end", 9},
      {"id in [7] or true", "the end", 10},
      {std::string_view("id == 7\0", 8), "the end", 7},
  };
  for (const Refused& each : table) {
    expect_refused(parse_id(each.expression), each.expression, each.expected, each.position);
  }
}

TEST(KeyExpression, WhatIsNotAListOfTextsIsRefusedWithItsPlace) {
  const std::string text = "a quoted text";
  const std::string escape = R"(an escape: \\, \', \", \n or \t)";
  const Refused table[] = {
      {"words == 'king'", "the primary key 'word'", 4},
      {"word == king", text, 8},
      {"word == 7", text, 8},
      {"word in [7]", text, 9},
      {"word in ['king', 7]", text, 17},
      {"word in ['king',]", text, 16},
      {"word in [null]", text, 9},
      {"word == 'king", "a closing quote", 13},
      {"word == 'king\"", "a closing quote", 14},
      {R"(word == 'king\')", "a closing quote", 15},
      {R"(word == 'king\)", "a closing quote", 14},
      {"word == '", "a closing quote", 9},
      {"word in ['king' 'queen']", "',' or ']'", 16},
      {"word in ['king'", "',' or ']'", 15},
      {"word == 'king''", "the end", 14},
      {"word == 'king' and weight > 3", "the end", 15},
      {R"(word == '\u006b')", escape, 10},
      {R"(word == '\0')", escape, 10},
      {R"(word == '\r')", escape, 10},
  };
  for (const Refused& each : table) {
    expect_refused(parse_word(each.expression), each.expression, each.expected, each.position);
  }
}

TEST(KeyExpression, AListMayBeLong) {
  std::string expression = "id in [";
  Numbers numbers;
  for (std::int64_t number = 0; number < 100'000; ++number) {
    expression += (number == 0 ? "" : ",") + std::to_string(number);
    numbers.push_back(number);
  }
  expect_keys(parse_id(expression + "]"), storage::PrimaryKeys(numbers), "a long list");
  const std::string text(1'000'000, 'a');
  expect_keys(parse_word("word == '" + text + "'"), storage::PrimaryKeys(Texts{text}),
              "a long text");
}

// A refusal travels to whoever asked, also of what filled a message.
TEST(KeyExpression, ALongOneThatIsRefusedIsQuotedInPart) {
  const std::string list = "id in [" + std::string(1'000, '1');
  const Result<storage::PrimaryKeys> number = parse_id(list);
  ASSERT_FALSE(number.has_value());
  EXPECT_EQ(number.error().message(), "cannot parse expression: " + list.substr(0, 256) +
                                          "..., error: expected an integer at position 7");
  // Never in the middle of a character.
  std::string text = "word == '";
  while (text.size() < 1'000) text += "\xc3\xb6";
  const Result<storage::PrimaryKeys> open = parse_word(text);
  ASSERT_FALSE(open.has_value());
  EXPECT_EQ(open.error().message(), "cannot parse expression: " + text.substr(0, 255) +
                                        "..., error: expected a closing quote at position " +
                                        std::to_string(text.size()));
}

}  // namespace
}  // namespace eyrie::proxy
