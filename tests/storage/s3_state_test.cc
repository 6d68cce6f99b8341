#include "storage/fakes/s3_state.h"

#include <gtest/gtest.h>

#include "storage/s3/digest.h"
#include "storage/s3/target.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {
namespace {

class S3StateTest : public ::testing::Test {
 protected:
  explicit S3StateTest(S3Habits habits = {})
      : state_(durable_, {.part_bytes_min = 4}, std::move(habits)) {
    EXPECT_EQ(ask("PUT", "/b").status, 200);
  }

  HttpResponse ask(std::string method, std::string target, Bytes body = {},
                   HttpHeaders headers = {}) {
    return state_.apply(
        {std::move(method), std::move(target), std::move(headers), std::move(body)});
  }
  // The status and, of a refusal, the error's code: "404 NoSuchKey".
  static std::string outcome(const HttpResponse& response) {
    const auto error = s3::parse_error(response.body);
    return std::to_string(response.status) + (error ? " " + error->code : "");
  }
  std::string range(const std::string& range) {
    const HttpResponse response = ask("GET", "/b/k", {}, {{"range", range}});
    if (response.status == 416) return outcome(response);
    return std::to_string(response.status) + " " + response.body;
  }
  s3::ListBody list(s3::QueryParameters query) {
    query.emplace_back("list-type", "2");
    query.emplace_back("encoding-type", "url");
    const HttpResponse response = ask("GET", s3::make_target("/b", std::move(query)));
    EXPECT_EQ(response.status, 200);
    return s3::parse_list(response.body).value_or(s3::ListBody());
  }
  std::string create_upload(const std::string& key) {
    const HttpResponse response = ask("POST", "/b/" + key + "?uploads");
    return s3::parse_upload_created(response.body).value_or(s3::UploadCreatedBody()).upload_id;
  }
  std::string upload_part(const std::string& id, int number, Bytes body) {
    const HttpResponse response = ask(
        "PUT", "/b/k?partNumber=" + std::to_string(number) + "&uploadId=" + id, std::move(body));
    EXPECT_EQ(response.status, 200);
    return response.headers.at("etag");
  }
  HttpResponse complete(const std::string& id, std::vector<s3::UploadedPart> parts,
                        HttpHeaders headers = {}) {
    return ask("POST", "/b/k?uploadId=" + id, s3::to_xml(s3::CompleteUploadBody{std::move(parts)}),
               std::move(headers));
  }

  S3DurableState durable_;
  S3State state_;
};

TEST_F(S3StateTest, AnObjectIsReadAsItWasWritten) {
  const HttpResponse put = ask("PUT", "/b/a%2Bb/c", "hello");
  EXPECT_EQ(put.status, 200);
  const HttpResponse get = ask("GET", "/b/a+b/c");
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hello");
  EXPECT_EQ(get.headers.at("content-length"), "5");
  EXPECT_EQ(get.headers.at("etag"), put.headers.at("etag"));
  const HttpResponse head = ask("HEAD", "/b/a+b/c");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.headers.at("content-length"), "5");
  EXPECT_EQ(durable_.buckets.at("b").objects.at("a+b/c").body, "hello");
}

TEST_F(S3StateTest, WhatIsNotThereIsSaidSo) {
  EXPECT_EQ(outcome(ask("GET", "/b/k")), "404 NoSuchKey");
  EXPECT_EQ(outcome(ask("GET", "/other/k")), "404 NoSuchBucket");
  EXPECT_EQ(outcome(ask("PUT", "/other/k", "x")), "404 NoSuchBucket");
  const HttpResponse head = ask("HEAD", "/b/k");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(outcome(ask("HEAD", "/other")), "404");
  EXPECT_EQ(outcome(ask("DELETE", "/b/k")), "204");
  EXPECT_EQ(outcome(ask("PUT", "/b")), "409 BucketAlreadyOwnedByYou");
}

TEST_F(S3StateTest, WhatItDoesNotKnowIsNotImplemented) {
  EXPECT_EQ(outcome(ask("PATCH", "/b/k")), "501 NotImplemented");
  EXPECT_EQ(outcome(ask("GET", "/")), "501 NotImplemented");
  EXPECT_EQ(outcome(ask("GET", "/b?acl")), "501 NotImplemented");
  EXPECT_EQ(outcome(ask("GET", "/b?list-type=2")), "501 NotImplemented");
  EXPECT_EQ(outcome(ask("PUT", "/b/k", "x", {{"if-none-match", "\"e\""}})), "501 NotImplemented");
  EXPECT_EQ(outcome(ask("GET", "no slash")), "400 InvalidURI");
  EXPECT_EQ(outcome(ask("GET", "/b/%4")), "400 InvalidURI");
  EXPECT_EQ(outcome(ask("PUT", "/b/" + std::string(1025, 'k'))), "400 KeyTooLongError");
}

TEST_F(S3StateTest, OnlyTheFirstConditionalPutCreates) {
  EXPECT_EQ(ask("PUT", "/b/k", "first", {{"if-none-match", "*"}}).status, 200);
  EXPECT_EQ(outcome(ask("PUT", "/b/k", "second", {{"if-none-match", "*"}})),
            "412 PreconditionFailed");
  EXPECT_EQ(ask("GET", "/b/k").body, "first");
  ask("DELETE", "/b/k");
  EXPECT_EQ(ask("PUT", "/b/k", "third", {{"if-none-match", "*"}}).status, 200);
}

TEST_F(S3StateTest, IfMatchReplacesOnlyWhatItNames) {
  EXPECT_EQ(outcome(ask("PUT", "/b/k", "x", {{"if-match", "\"e\""}})), "404 NoSuchKey");
  const std::string etag = ask("PUT", "/b/k", "1").headers.at("etag");
  EXPECT_EQ(ask("PUT", "/b/k", "2", {{"if-match", etag}}).status, 200);
  EXPECT_EQ(outcome(ask("PUT", "/b/k", "3", {{"if-match", etag}})), "412 PreconditionFailed");
  EXPECT_EQ(ask("GET", "/b/k").body, "2");
}

TEST_F(S3StateTest, RangesAreThoseOfTheRfc) {
  ask("PUT", "/b/k", "0123456789");
  EXPECT_EQ(range("bytes=2-4"), "206 234");
  EXPECT_EQ(range("bytes=8-100"), "206 89");
  EXPECT_EQ(range("bytes=7-"), "206 789");
  EXPECT_EQ(range("bytes=-3"), "206 789");
  EXPECT_EQ(range("bytes=-30"), "206 0123456789");
  EXPECT_EQ(range("bytes=0-0"), "206 0");
  EXPECT_EQ(range("bytes=10-12"), "416 InvalidRange");
  EXPECT_EQ(range("bytes=-0"), "416 InvalidRange");
  EXPECT_EQ(range("bytes=8-99999999999999999999"), "206 89");
  EXPECT_EQ(range("bytes=99999999999999999999-"), "416 InvalidRange");
  EXPECT_EQ(range("bytes=4-2"), "200 0123456789");
  EXPECT_EQ(range("bytes=-"), "200 0123456789");
  EXPECT_EQ(range("bytes=a-b"), "200 0123456789");
  EXPECT_EQ(range("lines=1-2"), "200 0123456789");
  const HttpResponse part = ask("GET", "/b/k", {}, {{"range", "bytes=2-4"}});
  EXPECT_EQ(part.headers.at("content-range"), "bytes 2-4/10");
  EXPECT_EQ(part.headers.at("content-length"), "3");
  ask("PUT", "/b/k", "");
  EXPECT_EQ(range("bytes=0-0"), "416 InvalidRange");
}

TEST_F(S3StateTest, AChecksumIsCheckedKeptAndToldWhenAsked) {
  const HttpHeaders sum{{"x-amz-checksum-crc32c", s3::crc32c_base64("hello")}};
  EXPECT_EQ(outcome(ask("PUT", "/b/k", "hellO", sum)), "400 BadDigest");
  EXPECT_EQ(outcome(ask("GET", "/b/k")), "404 NoSuchKey");
  EXPECT_EQ(ask("PUT", "/b/k", "hello", sum).status, 200);
  EXPECT_FALSE(ask("GET", "/b/k").headers.contains("x-amz-checksum-crc32c"));
  EXPECT_EQ(ask("GET", "/b/k", {}, {{"x-amz-checksum-mode", "ENABLED"}})
                .headers.at("x-amz-checksum-crc32c"),
            sum.at("x-amz-checksum-crc32c"));
}

TEST_F(S3StateTest, PagesOfAListHoldEveryKeyOnceInOrder) {
  for (const char* key : {"x", "log/b", "log/a b", "log/c=1", "log/d", "m"}) {
    ask("PUT", s3::make_target(std::string("/b/") + key, {}), key);
  }
  std::vector<std::string> keys;
  s3::QueryParameters next;
  for (int pages = 1;; ++pages) {
    s3::QueryParameters query = next;
    query.emplace_back("prefix", "log/");
    query.emplace_back("max-keys", "2");
    const s3::ListBody page = list(query);
    for (const s3::ListEntry& entry : page.entries) keys.push_back(entry.key);
    if (!page.truncated) {
      EXPECT_EQ(pages, 2);
      break;
    }
    next = {{"continuation-token", page.continuation_token}};
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"log/a b", "log/b", "log/c=1", "log/d"}));
}

TEST_F(S3StateTest, AListBeginsAfterTheKeyGiven) {
  for (const char* key : {"a", "b", "c"}) ask("PUT", std::string("/b/") + key, "12");
  const s3::ListBody page = list({{"start-after", "a"}});
  ASSERT_EQ(page.entries.size(), 2u);
  EXPECT_EQ(page.entries[0].key, "b");
  EXPECT_EQ(page.entries[0].size, 2u);
  EXPECT_FALSE(page.truncated);
  EXPECT_EQ(list({{"start-after", "aa"}}).entries.size(), 2u);
  EXPECT_EQ(list({{"start-after", "c"}}).entries.size(), 0u);
  EXPECT_EQ(list({{"max-keys", "0"}}).truncated, false);
  state_.set_list_keys_max(1);
  EXPECT_EQ(list({{"max-keys", "100"}}).entries.size(), 1u);
}

TEST_F(S3StateTest, AMadeUpContinuationTokenIsRefused) {
  for (const char* token : {"", "x", "00000000", "000000006b", "zz"}) {
    const std::string target = s3::make_target(
        "/b", {{"list-type", "2"}, {"encoding-type", "url"}, {"continuation-token", token}});
    EXPECT_EQ(outcome(ask("GET", target)), "400 InvalidArgument") << token;
  }
  EXPECT_EQ(outcome(ask("GET", "/b?list-type=2&encoding-type=url&max-keys=x")),
            "400 InvalidArgument");
}

TEST_F(S3StateTest, AnUploadAppearsWholeWhenCompleted) {
  const std::string id = create_upload("k");
  const std::string second = upload_part(id, 2, "56");
  const std::string replaced = upload_part(id, 1, "xxxx");
  const std::string first = upload_part(id, 1, "1234");
  EXPECT_EQ(outcome(ask("GET", "/b/k")), "404 NoSuchKey");
  EXPECT_EQ(outcome(complete(id, {{1, replaced}, {2, second}})), "400 InvalidPart");
  const HttpResponse completed = complete(id, {{1, first}, {2, second}});
  EXPECT_EQ(completed.status, 200);
  EXPECT_TRUE(s3::parse_upload_completed(completed.body)->etag.ends_with("-2\""));
  EXPECT_EQ(ask("GET", "/b/k").body, "123456");
  EXPECT_EQ(outcome(complete(id, {{1, first}, {2, second}})), "404 NoSuchUpload");
}

TEST_F(S3StateTest, AnUploadThatIsNotRightChangesNothing) {
  const std::string id = create_upload("k");
  const std::string a = upload_part(id, 1, "123");
  const std::string b = upload_part(id, 2, "4567");
  EXPECT_EQ(outcome(complete(id, {{1, a}, {2, b}})), "400 EntityTooSmall");
  EXPECT_EQ(outcome(complete(id, {{2, b}, {1, a}})), "400 InvalidPartOrder");
  EXPECT_EQ(outcome(complete(id, {{2, b}, {2, b}})), "400 InvalidPartOrder");
  EXPECT_EQ(outcome(complete(id, {{2, b}, {3, b}})), "400 InvalidPart");
  EXPECT_EQ(outcome(complete(id, {})), "400 MalformedXML");
  EXPECT_EQ(outcome(ask("POST", "/b/k?uploadId=" + id, "<nonsense")), "400 MalformedXML");
  EXPECT_EQ(outcome(ask("PUT", "/b/k?partNumber=0&uploadId=" + id)), "400 InvalidArgument");
  EXPECT_EQ(outcome(ask("PUT", "/b/k?partNumber=10001&uploadId=" + id)), "400 InvalidArgument");
  EXPECT_EQ(outcome(ask("PUT", "/b/k?partNumber=1&uploadId=other")), "404 NoSuchUpload");
  EXPECT_EQ(outcome(ask("PUT", "/b/k?partNumber=x&uploadId=other")), "400 InvalidArgument");
  EXPECT_EQ(outcome(ask("PUT", "/b/other?partNumber=1&uploadId=" + id)), "404 NoSuchUpload");
  EXPECT_EQ(outcome(ask("GET", "/b/k")), "404 NoSuchKey");
}

TEST_F(S3StateTest, AnAbortedUploadIsGoneAndItsIdNotUsedAgain) {
  const std::string id = create_upload("k");
  const std::string etag = upload_part(id, 1, "1");
  EXPECT_EQ(outcome(ask("DELETE", "/b/k?uploadId=" + id)), "204");
  EXPECT_EQ(outcome(complete(id, {{1, etag}})), "404 NoSuchUpload");
  EXPECT_EQ(outcome(ask("DELETE", "/b/k?uploadId=" + id)), "404 NoSuchUpload");
  EXPECT_NE(create_upload("k"), id);
}

TEST_F(S3StateTest, ACompletionCanBeConditional) {
  const std::string id = create_upload("k");
  const std::string etag = upload_part(id, 1, "upload");
  ask("PUT", "/b/k", "other");
  EXPECT_EQ(outcome(complete(id, {{1, etag}}, {{"if-none-match", "*"}})), "412 PreconditionFailed");
  EXPECT_EQ(ask("GET", "/b/k").body, "other");
}

// What radosgw does otherwise than AWS, as tests/real found it.
class RadosgwLikeTest : public S3StateTest {
 protected:
  RadosgwLikeTest() : S3StateTest(radosgw_habits()) {}
};

TEST_F(RadosgwLikeTest, EtagsAreMd5) {
  EXPECT_EQ(ask("PUT", "/b/k", "0123456789").headers.at("etag"),
            "\"781e5e245d69b566979b86e28d23f2c7\"");
  const std::string id = create_upload("k");
  const std::string first = upload_part(id, 1, "01234");
  EXPECT_EQ(complete(id, {{1, first}}).status, 200);
  // The MD5 of the part's MD5.
  EXPECT_EQ(ask("HEAD", "/b/k").headers.at("etag"), "\"10bf7b89bce97714f5ebc246ee60b445-1\"");
}

TEST_F(RadosgwLikeTest, ACompletionNamesAllPartsInWhateverOrder) {
  const std::string id = create_upload("k");
  const std::string first = upload_part(id, 1, "01234");
  const std::string second = upload_part(id, 2, "56");
  EXPECT_EQ(outcome(complete(id, {{1, first}})), "400 InvalidPart");
  EXPECT_EQ(outcome(complete(id, {{2, second}, {1, first}})), "200");
  EXPECT_EQ(ask("GET", "/b/k").body, "0123456");
}

TEST_F(RadosgwLikeTest, ACompletionMayBeRepeated) {
  const std::string id = create_upload("k");
  const std::string part = upload_part(id, 1, "01234");
  const auto etag = [](const HttpResponse& response) {
    return s3::parse_upload_completed(response.body).value_or(s3::UploadCompletedBody()).etag;
  };
  EXPECT_EQ(etag(complete(id, {{1, part}})), "");
  EXPECT_EQ(etag(complete(id, {{1, part}})), ask("HEAD", "/b/k").headers.at("etag"));
  EXPECT_EQ(ask("PUT", "/b/k", "other").status, 200);
  EXPECT_EQ(outcome(complete(id, {{1, part}})), "500 InternalError");
  EXPECT_EQ(outcome(complete("nobody", {{1, part}})), "500 InternalError");
}

TEST_F(RadosgwLikeTest, OddRangesAreRefused) {
  EXPECT_EQ(outcome(ask("GET", "/b/k", {}, {{"range", "bytes=4-2"}})), "404 NoSuchKey");
  EXPECT_EQ(ask("PUT", "/b/k", "0123456789").status, 200);
  EXPECT_EQ(range("bytes=4-2"), "416 InvalidRange");
  EXPECT_EQ(range("bytes=2-4"), "206 234");
}

TEST_F(RadosgwLikeTest, AContinuationTokenIsAKey) {
  for (const char* const key : {"/b/a", "/b/b", "/b/c"}) ask("PUT", key);
  EXPECT_EQ(list({{"max-keys", "2"}}).continuation_token, "b");
  EXPECT_EQ(list({{"continuation-token", "aa"}}).entries.size(), 2u);
}

TEST_F(RadosgwLikeTest, AKeyThatIsTooLongHasAnotherName) {
  EXPECT_EQ(outcome(ask("PUT", "/b/" + std::string(1'025, 'k'))), "400 InvalidObjectName");
}

}  // namespace
}  // namespace eyrie::storage::fakes
