#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/s3/xml.h"

namespace eyrie::storage::s3 {
namespace {

// As AWS documents its answer to ListObjectsV2.
constexpr std::string_view kListAnswer = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name>
  <Prefix>log/</Prefix>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <KeyCount>2</KeyCount>
  <MaxKeys>2</MaxKeys>
  <EncodingType>url</EncodingType>
  <IsTruncated>true</IsTruncated>
  <Contents>
    <Key>log/a%20b+c</Key>
    <LastModified>2014-11-21T19:40:05.000Z</LastModified>
    <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag>
    <Size>1111</Size>
    <StorageClass>STANDARD</StorageClass>
  </Contents>
  <Contents><Key>log%2Fz</Key><Size>0</Size></Contents>
</ListBucketResult>)";

TEST(S3Xml, ReadsAListOfObjects) {
  const auto list = parse_list(kListAnswer);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->bucket, "bucket");
  EXPECT_EQ(list->prefix, "log/");
  EXPECT_TRUE(list->truncated);
  EXPECT_EQ(list->continuation_token, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
  EXPECT_EQ(list->entries,
            (std::vector<ListEntry>{{"log/a b c", 1111, "\"70ee1738b6b21e2c8a43f3a5ab0eee71\""},
                                    {"log/z", 0, ""}}));
}

TEST(S3Xml, RefusesAListWithAnEntryItCannotRead) {
  const auto with = [](std::string_view entry) {
    return parse_list("<ListBucketResult><Contents>" + std::string(entry) +
                      "</Contents></ListBucketResult>");
  };
  EXPECT_TRUE(with("<Key>k</Key><Size>7</Size>"));
  EXPECT_FALSE(with("<Key>k</Key>"));
  EXPECT_FALSE(with("<Key>k</Key><Size>-7</Size>"));
  EXPECT_FALSE(with("<Key>k</Key><Size>99999999999999999999</Size>"));
  EXPECT_FALSE(with("<Key>k</Key><Size>7x</Size>"));
  EXPECT_FALSE(with("<Key></Key><Size>7</Size>"));
}

TEST(S3Xml, ReadsAnError) {
  const auto error = parse_error(
      "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>a &lt;b&gt;</Message>"
      "<Resource>/b/k</Resource><RequestId>1</RequestId></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "NoSuchKey");
  EXPECT_EQ(error->message, "a <b>");
  EXPECT_EQ(error->resource, "/b/k");
  EXPECT_FALSE(parse_error(""));
  EXPECT_FALSE(parse_error("<html><body>502 Bad Gateway</body></html>"));
  EXPECT_FALSE(parse_error("<Error><Message>no code</Message></Error>"));
  EXPECT_FALSE(parse_error("<Error><Code>NoSuchKey</Code>"));
}

TEST(S3Xml, DoesNotExpandEntitiesOfADocument) {
  const auto error = parse_error(
      "<!DOCTYPE e [<!ENTITY a \"aaaaaaaa\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
      "<Error><Code>X</Code><Message>&a;&f;</Message></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "&a;&f;");
}

TEST(S3Xml, SurvivesDeepNesting) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<Error>";
  EXPECT_FALSE(parse_error(deep));
  EXPECT_FALSE(parse_list(deep));
}

TEST(S3Xml, BodiesOfUploadsSurviveTheWay) {
  const auto created = parse_upload_created(to_xml(UploadCreatedBody{"b", "k", "id&<>\"'"}));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->upload_id, "id&<>\"'");
  const CompleteUploadBody complete{{{1, "\"e1\""}, {10'000, "\"e2\""}}};
  EXPECT_EQ(parse_complete_upload(to_xml(complete))->parts, complete.parts);
  EXPECT_EQ(parse_upload_completed(to_xml(UploadCompletedBody{"b", "k", "\"e-2\""}))->etag,
            "\"e-2\"");
  EXPECT_FALSE(parse_upload_created("<InitiateMultipartUploadResult/>"));
  EXPECT_FALSE(
      parse_complete_upload("<CompleteMultipartUpload><Part><PartNumber>one</PartNumber></Part>"
                            "</CompleteMultipartUpload>"));
  EXPECT_FALSE(parse_upload_completed(to_xml(ErrorBody{"InternalError", "later", "/b/k"})));
}

RC_GTEST_PROP(S3Xml, AListOfAnyKeysSurvivesTheWay, (const std::vector<std::string>& keys)) {
  ListBody list{"bucket", "p\x01\xFF", {}, true, "token"};
  for (const std::string& key : keys) {
    if (!key.empty()) list.entries.push_back({key, key.size(), "\"e\""});
  }
  RC_ASSERT(parse_list(to_xml(list)) == list);
}

RC_GTEST_PROP(S3Xml, NoBytesBreakTheReaders, ()) {
  Bytes body(kListAnswer);
  const auto edits = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, body.size()), rc::gen::arbitrary<char>()));
  for (const auto& [at, byte] : edits) body[at] = byte;
  body.resize(*rc::gen::inRange<std::size_t>(0, body.size() + 1));
  const auto list = parse_list(body);
  if (list) RC_ASSERT(list->entries.size() <= 2);
  parse_error(body);
  parse_upload_created(body);
  parse_complete_upload(body);
  parse_upload_completed(body);
}

}  // namespace
}  // namespace eyrie::storage::s3
