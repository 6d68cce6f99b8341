#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/s3/answers.h"
#include "storage/s3/timestamps.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::s3 {
namespace {

HttpResponse error_answer(int status, std::string code) {
  HttpResponse response;
  response.status = status;
  if (!code.empty()) response.body = to_xml(ErrorBody{std::move(code), "words", "/b/k"});
  return response;
}

Code code_for(int status, std::string code, Effect effect) {
  return status_of_answer(error_answer(status, std::move(code)), effect).code();
}

TEST(S3Answers, MapStatusAndCode) {
  EXPECT_EQ(code_for(200, "", Effect::writes), Code::ok);
  EXPECT_EQ(code_for(204, "", Effect::writes), Code::ok);
  EXPECT_EQ(code_for(301, "PermanentRedirect", Effect::reads), Code::failed_precondition);
  EXPECT_EQ(code_for(400, "EntityTooLarge", Effect::writes), Code::invalid_argument);
  EXPECT_EQ(code_for(400, "RequestTimeout", Effect::writes), Code::unavailable);
  EXPECT_EQ(code_for(403, "AccessDenied", Effect::writes), Code::failed_precondition);
  EXPECT_EQ(code_for(403, "QuotaExceeded", Effect::writes), Code::disk_full);
  EXPECT_EQ(code_for(404, "NoSuchKey", Effect::reads), Code::not_found);
  EXPECT_EQ(code_for(404, "", Effect::reads), Code::not_found);
  EXPECT_EQ(code_for(404, "NoSuchBucket", Effect::reads), Code::failed_precondition);
  EXPECT_EQ(code_for(409, "ConditionalRequestConflict", Effect::writes), Code::conflict);
  EXPECT_EQ(code_for(412, "PreconditionFailed", Effect::writes), Code::already_exists);
  EXPECT_EQ(code_for(416, "InvalidRange", Effect::reads), Code::out_of_range);
  EXPECT_EQ(code_for(429, "TooManyRequests", Effect::writes), Code::unavailable);
  EXPECT_EQ(code_for(501, "NotImplemented", Effect::writes), Code::unsupported);
  EXPECT_EQ(code_for(507, "InsufficientStorage", Effect::writes), Code::disk_full);
}

TEST(S3Answers, TakeA5xxToAWriteForAnUnknownOutcome) {
  for (const int status : {500, 502, 503, 504}) {
    EXPECT_EQ(code_for(status, "SlowDown", Effect::writes), Code::unknown) << status;
    EXPECT_EQ(code_for(status, "SlowDown", Effect::reads), Code::unavailable) << status;
  }
}

TEST(S3Answers, TakeNonsenseToAWriteForAnUnknownOutcome) {
  for (const int status : {0, -1, 100, 199, 600, 99999}) {
    EXPECT_EQ(code_for(status, "", Effect::writes), Code::unknown) << status;
  }
}

TEST(S3Answers, TellTheServersTimeOnlyWhenOursWasRefused) {
  const WallTime sent = *parse_amz_time("20130524T000000Z");
  const WallTime server = sent + 16min;
  HttpResponse response = error_answer(403, "RequestTimeTooSkewed");
  EXPECT_FALSE(server_time_if_skewed(response, sent)) << "no date";
  response.headers["date"] = to_http_date(server);
  EXPECT_EQ(server_time_if_skewed(response, sent), server);
  response.status = 400;
  EXPECT_FALSE(server_time_if_skewed(response, sent));
  response = error_answer(403, "AccessDenied");
  response.headers["date"] = to_http_date(server);
  EXPECT_FALSE(server_time_if_skewed(response, sent));
}

TEST(S3Answers, JudgeABodilessRefusalByItsDate) {
  const WallTime sent = *parse_amz_time("20130524T000000Z");
  HttpResponse response = error_answer(403, "");
  response.headers["date"] = to_http_date(sent - 16min);
  EXPECT_EQ(server_time_if_skewed(response, sent), sent - 16min);
  response.headers["date"] = to_http_date(sent - 14min);
  EXPECT_FALSE(server_time_if_skewed(response, sent));
}

TEST(S3Answers, ReadContentRanges) {
  const auto range = parse_content_range("bytes 6-10/42");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 6u);
  EXPECT_EQ(range->last, 10u);
  EXPECT_EQ(range->size, 42u);
  for (const std::string_view text : {"", "bytes */42", "6-10/42", "bytes 10-6/42", "bytes 6-42/42",
                                      "bytes 6-10", "bytes 6/10-42", "bytes 6-10/x", "bytes -1-2/3",
                                      "bytes 0-18446744073709551616/18446744073709551617"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

RC_GTEST_PROP(S3Answers, NoAnswerBreaksTheReader,
              (int status, const std::string& body, const std::string& header)) {
  const HttpResponse response{status, {{"date", header}, {"content-length", header}}, body};
  const Status read = status_of_answer(response, Effect::writes);
  RC_ASSERT(read.ok() == (status >= 200 && status < 300));
  server_time_if_skewed(response, WallTime());
  number_header(response.headers, "content-length");
  parse_content_range(header);
}

}  // namespace
}  // namespace eyrie::storage::s3
