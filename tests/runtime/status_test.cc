#include "runtime/status.h"

#include <string>

#include <gtest/gtest.h>

namespace eyrie {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(Code::invalid_argument, "odd");
  return value / 2;
}

Result<std::string> quarter_as_text(int value) {
  EYRIE_TRY(int once, half(value));
  EYRIE_TRY(int twice, half(once));
  return std::to_string(twice);
}

Status check_even(int value) {
  EYRIE_RETURN_IF_ERROR(half(value));
  return {};
}

TEST(Status, TryLeavesWithTheFirstError) {
  EXPECT_EQ(quarter_as_text(8).value(), "2");
  EXPECT_EQ(quarter_as_text(6).error(), Status(Code::invalid_argument, "odd"));
}

TEST(Status, ReturnIfErrorPassesSuccess) {
  EXPECT_TRUE(check_even(4).ok());
  EXPECT_EQ(check_even(5).code(), Code::invalid_argument);
}

TEST(Status, OnlyCertainlyNotAppliedIsTransient) {
  EXPECT_EQ(category_of(Code::unavailable), Category::transient);
  EXPECT_EQ(category_of(Code::deadline_exceeded), Category::unknown_outcome);
  EXPECT_EQ(category_of(Code::cancelled), Category::unknown_outcome);
  EXPECT_EQ(category_of(Code::io_error), Category::unknown_outcome);
}

TEST(Status, MilvusCodeIsTheHandlersOrTheGeneralOne) {
  EXPECT_EQ(Status().milvus_code(), 0);
  EXPECT_EQ(Status(Code::not_found, "x").milvus_code(), 100);
  EXPECT_EQ(Status(Code::not_found, "x").with_milvus_code(700).milvus_code(), 700);
}

TEST(Status, AnnotateSaysWhere) {
  EXPECT_EQ(Status(Code::fenced, "term 3").annotate("append").to_string(),
            "fenced: append: term 3");
  EXPECT_TRUE(Status().annotate("append").message().empty());
}

}  // namespace
}  // namespace eyrie
