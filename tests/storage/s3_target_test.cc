#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/s3/target.h"

namespace eyrie::storage::s3 {
namespace {

TEST(S3Target, EncodesEverythingButTheUnreserved) {
  EXPECT_EQ(encode_query_part("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(encode_query_part("a b+c/d=\xC3\xA9"), "a%20b%2Bc%2Fd%3D%C3%A9");
  EXPECT_EQ(encode_path("/bucket/a b/c=1"), "/bucket/a%20b/c%3D1");
}

TEST(S3Target, SortsTheQueryByEncodedNameAndValue) {
  EXPECT_EQ(make_target("/b", {{"prefix", "x/"}, {"list-type", "2"}, {"a", "2"}, {"a", "1"}}),
            "/b?a=1&a=2&list-type=2&prefix=x%2F");
  EXPECT_EQ(make_target("/b/k", {}), "/b/k");
  EXPECT_EQ(make_target("/b/k", {{"uploads", ""}}), "/b/k?uploads=");
}

TEST(S3Target, SplitsWhatItMade) {
  const SplitTarget split = split_target("/b/k?z=1&uploads&a=b=c&&");
  EXPECT_EQ(split.path, "/b/k");
  EXPECT_EQ(split.query, (QueryParameters{{"a", "b=c"}, {"uploads", ""}, {"z", "1"}}));
  EXPECT_TRUE(split_target("").query.empty());
  EXPECT_EQ(split_target("?a").query, (QueryParameters{{"a", ""}}));
}

TEST(S3Target, RefusesBrokenPercentEncoding) {
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("a%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_decode("%41+b"), "A+b");
  EXPECT_EQ(form_decode("%41+b"), "A b");
}

RC_GTEST_PROP(S3Target, DecodingUndoesEncoding, (const std::string& text)) {
  RC_ASSERT(percent_decode(encode_query_part(text)) == text);
  RC_ASSERT(form_decode(encode_query_part(text)) == text);
  RC_ASSERT(percent_decode(encode_path(text)) == text);
}

RC_GTEST_PROP(S3Target, AnyBytesCanBeSplit, (const std::string& text)) {
  const SplitTarget split = split_target(text);
  RC_ASSERT(text.starts_with(split.path));
}

}  // namespace
}  // namespace eyrie::storage::s3
