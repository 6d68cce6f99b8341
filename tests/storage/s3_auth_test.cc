#include "storage/fakes/s3_auth.h"

#include <gtest/gtest.h>

#include "storage/s3/timestamps.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {
namespace {

const s3::Credentials kCredentials{"access", "secret"};
const WallTime kNow = *s3::parse_amz_time("20300105T120000Z");

HttpRequest signed_put(WallTime at = kNow, s3::Credentials credentials = kCredentials) {
  return s3::sign({"PUT", "/b/k", {{"host", "s3"}, {"if-none-match", "*"}}, "body"}, credentials,
                  at, "here");
}

std::string refusal(const HttpRequest& request, WallTime now = kNow) {
  const auto response = s3_refuse_signature(request, kCredentials, "here", now);
  if (!response) return "accepted";
  return s3::parse_error(response->body).value_or(s3::ErrorBody()).code;
}

TEST(S3Auth, AcceptsWhatTheClientSigns) {
  EXPECT_EQ(refusal(signed_put()), "accepted");
}

TEST(S3Auth, RefusesAnotherTimeThanItsOwnByMoreThanAQuarterOfAnHour) {
  EXPECT_EQ(refusal(signed_put(), kNow + 15min), "accepted");
  EXPECT_EQ(refusal(signed_put(), kNow + 15min + 1s), "RequestTimeTooSkewed");
  EXPECT_EQ(refusal(signed_put(), kNow - 15min), "accepted");
  EXPECT_EQ(refusal(signed_put(), kNow - 15min - 1s), "RequestTimeTooSkewed");
}

TEST(S3Auth, RefusesStrangersAndWhatWasChangedUnderWay) {
  EXPECT_EQ(refusal(signed_put(kNow, {"other", "secret"})), "InvalidAccessKeyId");
  EXPECT_EQ(refusal(signed_put(kNow, {"access", "guess"})), "SignatureDoesNotMatch");
  const auto changed = [](auto change) {
    HttpRequest request = signed_put();
    change(request);
    return refusal(request);
  };
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers.erase("authorization"); }), "AccessDenied");
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers["authorization"] = "Bearer x"; }),
            "AuthorizationHeaderMalformed");
  EXPECT_EQ(changed([](HttpRequest& r) { r.target = "/b/other"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.body = "boDy"; }), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers["x-amz-acl"] = "public"; }),
            "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers.erase("if-none-match"); }),
            "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](HttpRequest& r) { r.headers["x-amz-date"] = "yesterday"; }), "AccessDenied");
}

TEST(S3Auth, RefusesAnotherRegion) {
  const auto response = s3_refuse_signature(signed_put(), kCredentials, "elsewhere", kNow);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
}

TEST(S3Auth, AnswersAHeadWithoutABody) {
  const auto response = s3_refuse_signature({"HEAD", "/b/k", {}, {}}, kCredentials, "here", kNow);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "");
}

}  // namespace
}  // namespace eyrie::storage::fakes
