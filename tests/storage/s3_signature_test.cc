#include <gtest/gtest.h>

#include "storage/s3/digest.h"
#include "storage/s3/signature.h"
#include "storage/s3/timestamps.h"

namespace eyrie::storage::s3 {
namespace {

// The examples of "Authenticating Requests: Using the Authorization Header" in the Amazon S3 API
// reference: one access key, one moment, one bucket.
const Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";

HttpRequest signed_example(std::string method, std::string target, HttpHeaders headers = {},
                           Bytes body = {}) {
  HttpRequest request{std::move(method), std::move(target), std::move(headers), std::move(body)};
  request.headers["host"] = kHost;
  return sign(std::move(request), kCredentials, *parse_amz_time("20130524T000000Z"), "us-east-1");
}

std::string signature_of(const HttpRequest& request) {
  return parse_authorization(request.headers.at("authorization"))->signature;
}

TEST(S3Signature, AgreesWithTheExampleGetObject) {
  const HttpRequest request = signed_example("GET", "/test.txt", {{"range", "bytes=0-9"}});
  EXPECT_EQ(request.headers.at("authorization"),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, AgreesWithTheExamplePutObject) {
  const HttpRequest request = signed_example(
      "PUT", "/test%24file.text",
      {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
      "Welcome to Amazon S3.");
  EXPECT_EQ(request.headers.at("x-amz-content-sha256"),
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_EQ(signature_of(request),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3Signature, AgreesWithTheExampleGetBucketLifecycle) {
  EXPECT_EQ(signature_of(signed_example("GET", "/?lifecycle")),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3Signature, AgreesWithTheExampleListObjectsInAnyOrderOfTheQuery) {
  const std::string expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
  EXPECT_EQ(signature_of(signed_example("GET", "/?max-keys=2&prefix=J")), expected);
  EXPECT_EQ(signature_of(signed_example("GET", "/?prefix=J&max-keys=2")), expected);
}

TEST(S3Signature, LeavesOutWhatATransportMayRewrite) {
  const HttpRequest plain = signed_example("GET", "/a");
  const HttpRequest carried =
      signed_example("GET", "/a", {{"user-agent", "eyrie"}, {"connection", "keep-alive"}});
  EXPECT_EQ(signature_of(plain), signature_of(carried));
}

TEST(S3Signature, CollapsesBlanksInHeaderValues) {
  EXPECT_EQ(signature_of(signed_example("GET", "/a", {{"x-amz-meta-a", "  one \t two "}})),
            signature_of(signed_example("GET", "/a", {{"x-amz-meta-a", "one two"}})));
}

TEST(S3Signature, VerifiesWhatItSignedAndNothingElse) {
  const HttpRequest request =
      signed_example("PUT", "/key?partNumber=1&uploadId=u", {{"if-none-match", "*"}}, "data");
  const auto claim = parse_authorization(request.headers.at("authorization"));
  ASSERT_TRUE(claim);
  EXPECT_EQ(expected_signature(request, *claim, kCredentials.secret_key), claim->signature);
  EXPECT_NE(expected_signature(request, *claim, "another secret"), claim->signature);

  const auto differs = [&](auto change) {
    HttpRequest changed = request;
    change(changed);
    return expected_signature(changed, *claim, kCredentials.secret_key) != claim->signature;
  };
  EXPECT_TRUE(differs([](HttpRequest& r) { r.method = "POST"; }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.target = "/key?partNumber=2&uploadId=u"; }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.target = "/other?partNumber=1&uploadId=u"; }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.headers["if-none-match"] = "x"; }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.headers.erase("if-none-match"); }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.headers["x-amz-date"] = "20130524T000001Z"; }));
  EXPECT_TRUE(differs([](HttpRequest& r) { r.headers["x-amz-content-sha256"] = hex(sha256("")); }));
}

TEST(S3Signature, RefusesOtherAuthorizationHeaders) {
  EXPECT_FALSE(parse_authorization(""));
  EXPECT_FALSE(parse_authorization("AWS AKID:signature"));
  EXPECT_FALSE(parse_authorization("AWS4-HMAC-SHA256"));
  EXPECT_FALSE(
      parse_authorization("AWS4-HMAC-SHA256 Credential=a/b/c,SignedHeaders=h,Signature=s"));
  EXPECT_FALSE(parse_authorization(
      "AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/other,SignedHeaders=h,Signature=s"));
  EXPECT_FALSE(
      parse_authorization("AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request,Signature=s"));
  EXPECT_TRUE(parse_authorization(
      "AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request, SignedHeaders=h, Signature=s"));
}

TEST(S3Digest, AgreesWithPublishedVectors) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // RFC 4231, test case 2.
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(S3Digest, WritesCrc32cAsS3Does) {
  // RFC 3720, B.4: 32 bytes of zeros have 8a9136aa.
  EXPECT_EQ(crc32c_base64(std::string(32, '\0')), "ipE2qg==");
}

TEST(S3Timestamps, WriteAndReadBothForms) {
  const WallTime time = *parse_amz_time("20130524T071559Z");
  EXPECT_EQ(to_amz_time(time), "20130524T071559Z");
  EXPECT_EQ(to_http_date(time), "Fri, 24 May 2013 07:15:59 GMT");
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 07:15:59 GMT"), time);
  EXPECT_EQ(to_amz_time(WallTime()), "19700101T000000Z");
  EXPECT_EQ(to_http_date(time + 999'999'999ns), to_http_date(time));
}

TEST(S3Timestamps, RefuseWhatIsNoMoment) {
  EXPECT_FALSE(parse_amz_time("20130532T000000Z"));
  EXPECT_FALSE(parse_amz_time("20130524 000000Z"));
  EXPECT_FALSE(parse_amz_time("-0130524T000000Z"));
  EXPECT_FALSE(parse_amz_time("20130524T240000Z"));
  EXPECT_FALSE(parse_amz_time("99990101T000000Z"));
  EXPECT_FALSE(parse_http_date(""));
  EXPECT_FALSE(parse_http_date("Fri, 24 Foo 2013 00:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Friday, 24-May-13 00:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Fri, 24 May 2013 00:00:00 CET"));
}

}  // namespace
}  // namespace eyrie::storage::s3
