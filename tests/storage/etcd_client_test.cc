// Decisions of the etcd client about requests and leases.
#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/etcd/refusal.h"
#include "tests/storage/scripted_etcd_wire.h"

namespace eyrie::test {
namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMetaStore;
using storage::RangeResult;
using storage::Revision;

// --- requests ---

Task<Result<Revision>> read_revision(EtcdMetaStore& store) {
  EYRIE_CO_TRY(RangeResult read, co_await store.range(storage::single_key("a"), 0, 0));
  co_return read.revision;
}

Task<void> stale_member(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].answers = {range_at(10), range_at(9)};
  scripted.scripts[1].answers = {range_at(11)};
  Result<Revision> first = co_await read_revision(store);
  Result<Revision> second = co_await read_revision(store);
  EXPECT_EQ(first.value_or(0), 10);
  EXPECT_EQ(second.value_or(0), 11);
}

TEST(EtcdClient, AnAnswerFromBeforeWhatWasSeenIsNotBelieved) {
  run_script(2, stale_member);
}

Task<void> foreign_member(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].answers = {range_at(10, 666)};
  scripted.scripts[1].answers = {range_at(3)};
  Result<Revision> read = co_await read_revision(store);
  EXPECT_EQ(read.value_or(0), 3);
}

TEST(EtcdClient, AnAnswerOfAnotherClusterIsNotBelieved) {
  run_script(2, foreign_member, {.cluster_id = kScriptedCluster});
}

Task<void> first_cluster(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].answers = {range_at(3), range_at(10, 666)};
  scripted.scripts[1].answers = {range_at(4)};
  Result<Revision> first = co_await read_revision(store);
  Result<Revision> second = co_await read_revision(store);
  EXPECT_EQ(first.value_or(0), 3);
  EXPECT_EQ(second.value_or(0), 4);
}

TEST(EtcdClient, TheClusterThatAnswersFirstIsTheClustersFromThenOn) {
  run_script(2, first_cluster);
}

Task<void> back_off(Scripted& scripted, EtcdMetaStore& store, Environment& environment) {
  const MonotonicTime began = environment.clock.monotonic();
  Result<Revision> read = co_await read_revision(store);
  EXPECT_EQ(status_of(read).code(), Code::unavailable);
  EXPECT_GE(environment.clock.monotonic() - began, 5s);
  // 20 ms doubled to 2 s, half of it drawn: about ten in five seconds for each endpoint.
  for (const EndpointScript& script : scripted.scripts) {
    EXPECT_GE(script.calls, 5);
    EXPECT_LE(script.calls, 14);
  }
}

TEST(EtcdClient, MembersThatFailAreLeftAloneLongerEachTime) {
  run_script(3, back_off);
}

Task<void> sticky(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  for (int i = 1; i <= 5; ++i) scripted.scripts[0].answers.push_back(range_at(i));
  for (int i = 1; i <= 5; ++i) {
    Result<Revision> read = co_await read_revision(store);
    EXPECT_EQ(read.value_or(0), i);
  }
  EXPECT_EQ(scripted.scripts[1].calls, 0);
}

TEST(EtcdClient, AMemberThatAnswersIsAskedAgain) {
  run_script(2, sticky);
}

Task<void> wrong_answer(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  etcdserverpb::TxnResponse response;
  *response.mutable_header() = header_at(2);
  response.set_succeeded(true);
  scripted.scripts[0].answers = {encoded(response)};
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key("a", "1"));
  Result<storage::TransactionResult> result = co_await store.commit(std::move(transaction));
  EXPECT_EQ(status_of(result).category(), Category::unknown_outcome) << status_of(result);
}

TEST(EtcdClient, AnAnswerThatDoesNotFitTheTransactionLeavesItInDoubt) {
  run_script(1, wrong_answer);
}

// --- refusals ---

TEST(EtcdRefusal, EachMeansWhatItSaysAboutTheOutcome) {
  const std::pair<storage::EtcdRefusal, Category> expected[] = {
      {storage::kDuplicateKey, Category::caller},
      {storage::kTooManyOperations, Category::caller},
      {storage::kRequestTooLarge, Category::caller},
      {storage::kLeaseNotFound, Category::caller},
      {storage::kCompacted, Category::permanent},
      {storage::kFutureRevision, Category::permanent},
      {storage::kNoSpace, Category::permanent},
      {storage::kCorrupt, Category::permanent},
      {storage::kNoLeader, Category::transient},
      {storage::kTooManyRequests, Category::transient},
      {storage::kLeaderChanged, Category::unknown_outcome},
      {storage::kStopped, Category::unknown_outcome},
      {storage::kTimedOut, Category::unknown_outcome},
      {storage::kTimedOutLeaderFailed, Category::unknown_outcome},
      {storage::kTimedOutConnectionLost, Category::unknown_outcome},
  };
  for (const auto& [refusal, category] : expected) {
    const EtcdAnswer answer{refusal.code, std::string(refusal.message), ""};
    EXPECT_EQ(storage::meaning_of(answer).category(), category) << refusal.message;
  }
}

TEST(EtcdRefusal, UnknownWordsAreNeverCertainlyNotAppliedAndRepeatable) {
  for (int code = -1; code <= 20; ++code) {
    const EtcdAnswer answer{static_cast<EtcdCode>(code), "words of a later version", ""};
    const Status meaning = storage::meaning_of(answer);
    EXPECT_FALSE(meaning.ok());
    EXPECT_NE(meaning.category(), Category::transient) << code;
    EXPECT_NE(meaning.code(), Code::cancelled) << code;
  }
}

// --- keep-alives ---

EtcdAnswer kept(std::int64_t lease, std::int64_t seconds) {
  etcdserverpb::LeaseKeepAliveResponse response;
  *response.mutable_header() = header_at(1);
  response.set_id(lease);
  response.set_ttl(seconds);
  return encoded(response);
}

Task<void> unasked_answer(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {{{kept(2, 60)}, false}};
  scripted.scripts[1].streams = {{{kept(1, 5)}, false}};
  Result<Duration> left = co_await store.keep_lease_alive(storage::LeaseId(1));
  EXPECT_EQ(left.value_or(0s), 5s);
}

TEST(LeaseKeeper, AnAnswerForAnotherLeaseIsNotBelieved) {
  run_script(2, unasked_answer);
}

Task<void> keep_two(EtcdMetaStore& store, std::vector<Result<Duration>>& left) {
  std::vector<Task<Result<Duration>>> tasks;
  for (const std::int64_t lease : {1, 2}) {
    tasks.push_back(store.keep_lease_alive(storage::LeaseId(lease)));
  }
  left = co_await all(std::move(tasks));
}

Task<void> one_stream(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {{{kept(1, 5), kept(2, 0)}, false}};
  std::vector<Result<Duration>> left;
  co_await keep_two(store, left);
  EXPECT_EQ(left.at(0).value_or(0s), 5s);
  EXPECT_EQ(status_of(left.at(1)).code(), Code::not_found);
  EXPECT_EQ(scripted.scripts[0].requests.size(), 2u);
}

TEST(LeaseKeeper, AllLeasesShareOneStreamAndEachGetsItsAnswer) {
  run_script(1, one_stream);
}

Task<void> late_answer(Scripted& scripted, EtcdMetaStore& store, Environment& environment) {
  scripted.scripts[0].streams = {{{kept(1, 50), kept(1, 5)}, false, 400ms}};
  Result<Duration> left =
      co_await with_deadline(environment.clock, environment.clock.monotonic() + 100ms,
                             store.keep_lease_alive(storage::LeaseId(1)));
  EXPECT_EQ(status_of(left).code(), Code::deadline_exceeded);
  left = co_await store.keep_lease_alive(storage::LeaseId(1));
  EXPECT_EQ(left.value_or(0s), 5s) << "the answer to the first request was taken for the second";
}

TEST(LeaseKeeper, ALateAnswerIsNotTakenForALaterRequest) {
  run_script(1, late_answer);
}

// As the keeper of a lease of two seconds asks: each time less patient than the client itself.
Task<Result<Duration>> keep_in_short_attempts(EtcdMetaStore& store, Environment& environment) {
  Result<Duration> left = fail(Code::unavailable, "not asked");
  for (int attempt = 0; attempt < 4 && !left; ++attempt) {
    left = co_await with_deadline(environment.clock, environment.clock.monotonic() + 400ms,
                                  store.keep_lease_alive(storage::LeaseId(1)));
  }
  co_return left;
}

Task<void> silent_stream(Scripted& scripted, EtcdMetaStore& store, Environment& environment) {
  scripted.scripts[0].streams = {{{}, false}};
  scripted.scripts[1].streams = {{{kept(1, 5)}, false}};
  Result<Duration> left = co_await keep_in_short_attempts(store, environment);
  EXPECT_EQ(left.value_or(0s), 5s) << status_of(left);
}

TEST(LeaseKeeper, ASilentStreamIsGivenUpAlsoWhenCallersLeaveEarly) {
  run_script(2, silent_stream);
}

Task<void> silent_opening(Scripted& scripted, EtcdMetaStore& store, Environment& environment) {
  scripted.scripts[0].streams = {{{}, false, 0s, 60s}};
  scripted.scripts[1].streams = {{{kept(1, 5)}, false}};
  Result<Duration> left = co_await keep_in_short_attempts(store, environment);
  EXPECT_EQ(left.value_or(0s), 5s) << status_of(left);
}

TEST(LeaseKeeper, AMemberThatOpensNoStreamIsLeftAlsoWhenCallersLeaveEarly) {
  run_script(2, silent_opening);
}

Task<void> huge_time(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {{{kept(1, INT64_MAX)}, false}};
  Result<Duration> left = co_await store.keep_lease_alive(storage::LeaseId(1));
  EXPECT_TRUE(left.has_value());
  EXPECT_GT(left.value_or(0s), 60s);
}

TEST(LeaseKeeper, ATimeThatNoClockHoldsIsCutToOneThatDoes) {
  run_script(1, huge_time);
}

}  // namespace
}  // namespace eyrie::test
