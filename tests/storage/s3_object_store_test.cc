// What the S3 client makes of each thing that can happen to a request.
#include <optional>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/fakes/s3_auth.h"
#include "storage/fakes/s3_state.h"
#include "storage/s3/object_store.h"
#include "storage/s3/timestamps.h"
#include "storage/s3/xml.h"
#include "tests/support/direct_http_wire.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage {
namespace {

using test::answered_with;
using test::edited;
using test::HttpStep;
using test::lost_answer;
using test::lost_request;
using test::refused_connection;

HttpResponse error(int status, std::string code) {
  return {status, {}, s3::to_xml(s3::ErrorBody{std::move(code), "words", "/b/k"})};
}

class S3ObjectStoreTest : public ::testing::Test {
 protected:
  S3ObjectStoreTest() {
    settings_.host = "s3:9000";
    settings_.bucket = "bucket";
    settings_.credentials = {"access", "secret"};
    settings_.attempts_max = 4;
    settings_.multipart_bytes_min = 100;
    settings_.part_bytes = 40;
    settings_.parts_parallel_max = 2;
    durable_.buckets.try_emplace("bucket");
  }

  HttpResponse serve(const HttpRequest& request) {
    const WallTime now = world_.machine("client").clock.wall() + server_clock_offset_;
    auto refusal =
        fakes::s3_refuse_signature(request, settings_.credentials, settings_.region, now);
    HttpResponse response = refusal ? *std::move(refusal) : state_.apply(request);
    response.headers["date"] = s3::to_http_date(now);
    return response;
  }

  // Runs one call of a store with these settings, the wire following the script.
  template <class F>
  auto call(std::vector<HttpStep> script, F function) {
    Environment& client = world_.machine("client");
    S3ObjectStore store(client.clock, client.random, client.tracer, wire_, settings_);
    requests_before_ = wire_.requests().size();
    wire_.script(std::move(script));
    using T = typename std::invoke_result_t<F, S3ObjectStore&>::value_type;
    std::optional<T> result;
    world_.run("client",
               [&](Environment&) { return detail::store_result(function(store), result); });
    return *std::move(result);
  }
  Status put(std::vector<HttpStep> script, std::string key, Bytes data) {
    return call(std::move(script), [&](S3ObjectStore& store) { return store.put(key, data); });
  }
  Status put_if_absent(std::vector<HttpStep> script, std::string key, Bytes data) {
    return call(std::move(script),
                [&](S3ObjectStore& store) { return store.put_if_absent(key, data); });
  }
  Result<Bytes> get(std::vector<HttpStep> script, std::string key) {
    return call(std::move(script), [&](S3ObjectStore& store) { return store.get(key); });
  }
  Result<Bytes> get_range(std::vector<HttpStep> script, std::uint64_t offset,
                          std::uint64_t length) {
    return call(std::move(script),
                [&](S3ObjectStore& store) { return store.get_range("k", offset, length); });
  }
  std::size_t requests() const { return wire_.requests().size() - requests_before_; }
  const fakes::S3Bucket& bucket() { return durable_.buckets.at("bucket"); }

  test::SimTestWorld world_;
  fakes::S3DurableState durable_;
  fakes::S3State state_{durable_, {.part_bytes_min = 40}};
  test::DirectHttpWire wire_{[this](const HttpRequest& request) { return serve(request); }};
  S3Settings settings_;
  Duration server_clock_offset_{};
  std::size_t requests_before_ = 0;
};

TEST_F(S3ObjectStoreTest, DoesWhatTheSeamSays) {
  EXPECT_TRUE(put({}, "a/b=1", "data").ok());
  EXPECT_EQ(get({}, "a/b=1"), "data");
  EXPECT_EQ(get({}, "a/c").error().code(), Code::not_found);
  EXPECT_TRUE(put({}, "a/b=1", "other").ok());
  EXPECT_EQ(get({}, "a/b=1"), "other");
  EXPECT_EQ(put_if_absent({}, "a/b=1", "third").code(), Code::already_exists);
  EXPECT_TRUE(put_if_absent({}, "a/d", "").ok());
  EXPECT_EQ(get({}, "a/d"), "");
  const auto head = call({}, [](S3ObjectStore& store) { return store.head("a/b=1"); });
  EXPECT_EQ(head, (ObjectInfo{"a/b=1", 5}));
  const auto missing = call({}, [](S3ObjectStore& store) { return store.head("a/c"); });
  EXPECT_EQ(missing.error().code(), Code::not_found);
  const auto remove = [](S3ObjectStore& store) { return store.remove("a/b=1"); };
  EXPECT_TRUE(call({}, remove).ok());
  EXPECT_TRUE(call({}, remove).ok()) << "also if absent";
  EXPECT_EQ(get({}, "a/b=1").error().code(), Code::not_found);
}

TEST_F(S3ObjectStoreTest, RefusesWhatIsNoKeyWithoutAsking) {
  for (const char* key : {"", "a b", "k?x", "\xC3\xA9", "a\nb"}) {
    EXPECT_EQ(put({}, key, "x").code(), Code::invalid_argument) << key;
    EXPECT_EQ(get({}, key).error().code(), Code::invalid_argument) << key;
    EXPECT_EQ(requests(), 0u);
  }
}

TEST_F(S3ObjectStoreTest, ReadsRangesUpToTheObjectsEnd) {
  ASSERT_TRUE(put({}, "k", "0123456789").ok());
  EXPECT_EQ(get_range({}, 2, 3), "234");
  EXPECT_EQ(get_range({}, 8, 5), "89");
  EXPECT_EQ(get_range({}, 10, 5), "");
  EXPECT_EQ(get_range({}, 3, 0), "");
  EXPECT_EQ(get_range({}, 0, UINT64_MAX), "0123456789");
  EXPECT_EQ(get_range({}, 11, 1).error().code(), Code::out_of_range);
  EXPECT_EQ(get_range({}, 11, 0).error().code(), Code::out_of_range);
  EXPECT_EQ(get_range({}, UINT64_MAX, UINT64_MAX).error().code(), Code::out_of_range);
}

TEST_F(S3ObjectStoreTest, ReadsRangesFromAServerThatSendsTheWholeObject) {
  ASSERT_TRUE(put({}, "k", "0123456789").ok());
  const HttpResponse whole{200, {}, "0123456789"};
  EXPECT_EQ(get_range({answered_with(whole)}, 2, 3), "234");
  EXPECT_EQ(get_range({answered_with(whole)}, 8, 5), "89");
  EXPECT_EQ(get_range({answered_with(whole)}, 11, 5).error().code(), Code::out_of_range);
}

TEST_F(S3ObjectStoreTest, DoesNotTakeAnotherRangeForTheOneAskedFor) {
  ASSERT_TRUE(put({}, "k", "0123456789").ok());
  const auto answer = [](std::string range, Bytes body) {
    return answered_with({206, {{"content-range", std::move(range)}}, std::move(body)});
  };
  EXPECT_EQ(get_range({answer("bytes 2-4/10", "23"), answer("bytes 1-3/10", "123"),
                       answer("bytes 2-3/10", "23")},
                      2, 3),
            "234");
  EXPECT_EQ(requests(), 4u);
}

TEST_F(S3ObjectStoreTest, ListsInPagesWhateverPagesTheServerMakes) {
  for (const char* key : {"l/a", "l/b", "l/c", "l/d", "m"}) ASSERT_TRUE(put({}, key, "1").ok());
  const auto list = [&](std::string after, std::size_t limit) {
    return call({}, [&](S3ObjectStore& store) { return store.list("l/", after, limit); });
  };
  for (const std::size_t page : {1000u, 1u, 2u, 3u}) {
    state_.set_list_keys_max(page);
    const auto first = list("", 3);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->objects, (std::vector<ObjectInfo>{{"l/a", 1}, {"l/b", 1}, {"l/c", 1}}));
    EXPECT_TRUE(first->more);
    const auto second = list("l/c", 3);
    EXPECT_EQ(second->objects, (std::vector<ObjectInfo>{{"l/d", 1}}));
    EXPECT_FALSE(second->more);
    EXPECT_FALSE(list("", 4)->more);
  }
  EXPECT_EQ(list("", 0).error().code(), Code::invalid_argument);
  EXPECT_EQ(list("", 1001).error().code(), Code::invalid_argument);
}

TEST_F(S3ObjectStoreTest, DoesNotFollowAListThatNeverEnds) {
  const HttpStep endless = edited([](HttpResponse& response) {
    response = {200, {}, s3::to_xml(s3::ListBody{"bucket", "", {}, true, "again"})};
  });
  const auto listed = call(std::vector<HttpStep>(2000, endless),
                           [](S3ObjectStore& store) { return store.list("", "", 10); });
  EXPECT_EQ(listed.error().code(), Code::unavailable);
}

TEST_F(S3ObjectStoreTest, RepeatsWhatWasCertainlyNotApplied) {
  EXPECT_TRUE(put_if_absent({refused_connection(), answered_with(error(429, "TooManyRequests")),
                             answered_with(error(409, "ConditionalRequestConflict"))},
                            "k", "data")
                  .ok());
  EXPECT_EQ(requests(), 4u);
  EXPECT_EQ(bucket().objects.at("k").body, "data");
}

TEST_F(S3ObjectStoreTest, SaysTransientWhenNoAttemptCanHaveBeenApplied) {
  EXPECT_EQ(put(std::vector<HttpStep>(4, refused_connection()), "k", "data").code(),
            Code::unavailable);
  EXPECT_EQ(requests(), 4u);
  const HttpStep conflict = answered_with(error(409, "ConditionalRequestConflict"));
  EXPECT_EQ(put_if_absent(std::vector<HttpStep>(4, conflict), "k", "data").code(), Code::conflict);
}

TEST_F(S3ObjectStoreTest, SaysUnknownWhenAnyAttemptMayHaveBeenApplied) {
  const std::vector<HttpStep> may_have_been{
      lost_request(), lost_answer(), answered_with(error(500, "InternalError")),
      answered_with(error(503, "SlowDown")), answered_with({0, {}, "nonsense"})};
  for (const HttpStep& first : may_have_been) {
    durable_.buckets.at("bucket").objects.clear();
    const std::vector<HttpStep> script{first, refused_connection(), refused_connection(),
                                       refused_connection()};
    EXPECT_EQ(put(script, "k", "data").category(), Category::unknown_outcome);
    EXPECT_EQ(put({first, answered_with(error(403, "AccessDenied"))}, "k", "data").category(),
              Category::unknown_outcome);
    const auto remove = [](S3ObjectStore& store) { return store.remove("k"); };
    EXPECT_EQ(call(script, remove).category(), Category::unknown_outcome);
  }
}

TEST_F(S3ObjectStoreTest, ARepeatedPutSucceedsWhateverBecameOfTheFirst) {
  EXPECT_TRUE(put({lost_request(), lost_answer()}, "k", "data").ok());
  EXPECT_EQ(requests(), 3u);
  EXPECT_EQ(bucket().objects.at("k").body, "data");
}

TEST_F(S3ObjectStoreTest, ACreationThatMeetsItsOwnEarlierAttemptSaysThatItMay) {
  const Status own = put_if_absent({lost_answer()}, "k", "data");
  EXPECT_EQ(own.code(), Code::already_exists);
  EXPECT_NE(own.message().find("earlier attempt of this very call"), std::string::npos) << own;
  EXPECT_EQ(bucket().objects.at("k").body, "data");
  const Status other = put_if_absent({}, "k", "more");
  EXPECT_EQ(other.code(), Code::already_exists);
  EXPECT_EQ(other.message().find("earlier attempt"), std::string::npos) << other;
  EXPECT_TRUE(put_if_absent({lost_request()}, "l", "data").ok());
}

TEST_F(S3ObjectStoreTest, DoesNotRepeatWhatCannotSucceed) {
  EXPECT_EQ(put({answered_with(error(403, "AccessDenied"))}, "k", "data").code(),
            Code::failed_precondition);
  EXPECT_EQ(requests(), 1u);
  EXPECT_EQ(put_if_absent({answered_with(error(501, "NotImplemented"))}, "k", "data").code(),
            Code::unsupported);
  EXPECT_EQ(requests(), 1u);
  settings_.bucket = "missing";
  EXPECT_EQ(get({}, "k").error().code(), Code::failed_precondition);
  EXPECT_EQ(requests(), 1u);
}

TEST_F(S3ObjectStoreTest, AReadWithoutAnAnswerIsUnavailableNotUnknown) {
  EXPECT_EQ(get(std::vector<HttpStep>(4, lost_request()), "k").error().code(), Code::unavailable);
  const HttpStep failing = answered_with(error(500, "InternalError"));
  EXPECT_EQ(get(std::vector<HttpStep>(4, failing), "k").error().code(), Code::unavailable);
  ASSERT_TRUE(put({}, "k", "data").ok());
  EXPECT_EQ(get({lost_request(), failing}, "k"), "data");
}

TEST_F(S3ObjectStoreTest, ReadsAgainWhatCameDamaged) {
  ASSERT_TRUE(put({}, "k", "data").ok());
  const HttpStep damaged = edited([](HttpResponse& response) { response.body[0] ^= 1; });
  const HttpStep cut = edited([](HttpResponse& response) { response.body.pop_back(); });
  EXPECT_EQ(get({damaged, cut}, "k"), "data");
  EXPECT_EQ(requests(), 3u);
  EXPECT_EQ(get(std::vector<HttpStep>(4, damaged), "k").error().code(), Code::data_loss);
  EXPECT_EQ(get(std::vector<HttpStep>(4, cut), "k").error().code(), Code::unavailable);
}

TEST_F(S3ObjectStoreTest, TakesTheServersTimeWhenItsOwnIsRefused) {
  for (const Duration offset : {Duration(20min), Duration(-30 * 24h)}) {
    server_clock_offset_ = offset;
    EXPECT_TRUE(put({}, "k", "data").ok());
    EXPECT_EQ(requests(), 2u);
    const auto head = call({}, [](S3ObjectStore& store) { return store.head("k"); });
    EXPECT_TRUE(head.has_value()) << "a HEAD is told without a body";
  }
}

TEST_F(S3ObjectStoreTest, CorrectsItsClockOnceACall) {
  const HttpStep skewed = edited([](HttpResponse& response) {
    const std::string date = response.headers.at("date");
    response = error(403, "RequestTimeTooSkewed");
    response.headers["date"] = date;
  });
  EXPECT_TRUE(put({skewed}, "k", "data").ok());
  EXPECT_EQ(put({skewed, skewed}, "k", "data").code(), Code::failed_precondition);
  EXPECT_EQ(requests(), 2u);
}

TEST_F(S3ObjectStoreTest, EndsWithinItsTime) {
  settings_.attempts_max = 1000;
  settings_.call_timeout = 30s;
  Environment& client = world_.machine("client");
  const MonotonicTime begin = client.clock.monotonic();
  EXPECT_EQ(put(std::vector<HttpStep>(1000, refused_connection()), "k", "data").code(),
            Code::unavailable);
  EXPECT_LE(client.clock.monotonic(), begin + 30s);
  EXPECT_GT(requests(), 5u);
  // The call begins a moment later than the test looked at the clock.
  for (const MonotonicTime deadline : wire_.deadlines()) EXPECT_LE(deadline, begin + 30s + 1ms);
}

TEST_F(S3ObjectStoreTest, PutsTheBucketWhereItIsTold) {
  EXPECT_TRUE(put({}, "k", "data").ok());
  EXPECT_EQ(wire_.requests().back().target, "/bucket/k");
  EXPECT_EQ(wire_.requests().back().headers.at("host"), "s3:9000");
  settings_.bucket_in = S3Settings::BucketIn::host;
  EXPECT_TRUE(put({answered_with({200, {}, {}})}, "k", "data").ok());
  EXPECT_EQ(wire_.requests().back().target, "/k");
  EXPECT_EQ(wire_.requests().back().headers.at("host"), "bucket.s3:9000");
}

TEST_F(S3ObjectStoreTest, ALargeObjectGoesInPartsAndArrivesWhole) {
  Bytes large;
  for (int i = 0; i < 150; ++i) large += static_cast<char>(i);
  EXPECT_TRUE(put({}, "k", large).ok());
  EXPECT_EQ(requests(), 6u) << "create, four parts, complete";
  EXPECT_EQ(get({}, "k"), large);
  EXPECT_TRUE(bucket().uploads.empty());
  EXPECT_TRUE(put({}, "k", large.substr(0, 99)).ok());
  EXPECT_EQ(requests(), 1u);
}

TEST_F(S3ObjectStoreTest, APartThatFailsAbortsTheUpload) {
  std::vector<HttpStep> script{{}, answered_with(error(403, "AccessDenied"))};
  EXPECT_EQ(put(script, "k", Bytes(150, 'x')).code(), Code::failed_precondition);
  EXPECT_TRUE(bucket().uploads.empty());
  EXPECT_TRUE(bucket().objects.empty());
  settings_.attempts_max = 1;
  script = {{}, lost_answer()};
  EXPECT_EQ(put(script, "k", Bytes(150, 'x')).category(), Category::transient)
      << "without completion nothing can have been applied";
  EXPECT_TRUE(bucket().uploads.empty());
}

TEST_F(S3ObjectStoreTest, ACompletionWhoseAnswerWasLostIsLookedUp) {
  const std::vector<HttpStep> completion_lost{{}, {}, {}, {}, {}, lost_answer()};
  EXPECT_TRUE(put(completion_lost, "k", Bytes(150, 'x')).ok());
  EXPECT_EQ(bucket().objects.at("k").body, Bytes(150, 'x'));
}

TEST_F(S3ObjectStoreTest, ACompletionThatFailsWithinA200IsRepeated) {
  const HttpStep late_error = answered_with(
      {200, {}, s3::to_xml(s3::ErrorBody{"InternalError", "Please try again", "/bucket/k"})});
  EXPECT_TRUE(put({{}, {}, {}, {}, {}, late_error}, "k", Bytes(150, 'x')).ok());
  EXPECT_EQ(bucket().objects.at("k").body, Bytes(150, 'x'));
}

TEST_F(S3ObjectStoreTest, ACompletionThatIsNeverAnsweredStaysUnknown) {
  settings_.attempts_max = 1;
  const std::vector<HttpStep> script{{}, {}, {}, {}, {}, lost_request()};
  EXPECT_EQ(put(script, "k", Bytes(150, 'x')).category(), Category::unknown_outcome);
  EXPECT_TRUE(bucket().uploads.empty()) << "and the upload is aborted";
}

TEST_F(S3ObjectStoreTest, HasNoMoreRequestsUnderWayThanAllowed) {
  wire_.take_time(world_.machine("client").clock, 5ms);
  settings_.parts_parallel_max = 2;
  EXPECT_TRUE(put({}, "k", Bytes(150, 'x')).ok());
  EXPECT_EQ(wire_.under_way_max(), 2u);
  settings_.requests_max = 3;
  settings_.parts_parallel_max = 10;
  EXPECT_TRUE(put({}, "k", Bytes(390, 'x')).ok());
  EXPECT_EQ(wire_.under_way_max(), 3u);
}

TEST_F(S3ObjectStoreTest, ACancelledCallIsNotRepeated) {
  wire_.take_time(world_.machine("client").clock, 5ms);
  Environment& client = world_.machine("client");
  S3ObjectStore store(client.clock, client.random, client.tracer, wire_, settings_);
  std::optional<Status> result;
  world_.run("client", [&](Environment& environment) {
    return detail::store_result(
        with_deadline(environment.clock, environment.clock.monotonic() + 1ms, store.put("k", "d")),
        result);
  });
  EXPECT_EQ(result->code(), Code::deadline_exceeded);
  EXPECT_EQ(wire_.requests().size(), 1u);
}

}  // namespace
}  // namespace eyrie::storage
