// How much a data node builds at once, whom it obeys, and that it leaves nothing behind of what it
// did not finish.
#include "nodes/data/data_node.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/format/binlog.h"
#include "tests/nodes/data/data_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::data {
namespace {

// How many distances these kernels have measured.
std::uint64_t distances = 0;

float count_and_measure(const float* a, const float* b, std::size_t dimension) {
  ++distances;
  return index::scalar_kernels().inner_product(a, b, dimension);
}

index::Kernels counting_kernels() {
  index::Kernels kernels = index::scalar_kernels();
  kernels.inner_product = count_and_measure;
  return kernels;
}

struct DataNodeTest : DataWorld {
  Task<void> build_many();
  Task<void> build_late();
  Task<void> cancel_one_that_waits();
  Task<void> obey();
  Task<void> build_from_what_is_not_there();
  Task<void> build_what_cannot_be();
  Task<void> fail_to_upload();
};

Task<Result<Built>> finish(Task<Result<Built>> task, Clock& clock, MonotonicTime& at) {
  Result<Built> built = co_await std::move(task);
  at = clock.monotonic();
  co_return built;
}

Task<void> DataNodeTest::build_many() {
  parameters().set_ef_construction(kSlow);
  const MonotonicTime begin = clock->monotonic();
  std::array<MonotonicTime, 3> ends{};
  TaskGroup group(co_await this_scope());
  std::vector<Task<Result<Built>>> builds;
  for (std::int64_t i = 0; i < 3; ++i) {
    builds.push_back(finish(build(order(90 + i)), *clock, ends.at(static_cast<std::size_t>(i))));
  }
  std::optional<std::vector<Result<Built>>> built;
  group.spawn(detail::store_result(all(std::move(builds)), built));
  (void)co_await clock->sleep_for(500ms);
  for (const std::int64_t id : {90, 91, 92}) EXPECT_EQ(co_await running(id), true) << id;
  EXPECT_EQ(co_await running(93), false);
  (void)co_await clock->sleep_for(1s);  // two are done, and the third has begun
  EXPECT_EQ(graphs(), 2U);
  int waiting = 0;
  for (const std::int64_t id : {90, 91, 92}) waiting += *co_await running(id) ? 1 : 0;
  EXPECT_EQ(waiting, 1);
  co_await group.join();
  for (const Result<Built>& each : *built) EXPECT_TRUE(each.has_value()) << status_of(each);
  std::ranges::sort(ends);
  EXPECT_LT(ends[1] - begin, 1500ms);
  EXPECT_GT(ends[2] - begin, 2s);
  EXPECT_EQ(graphs(), 3U);
  for (const std::int64_t id : {90, 91, 92}) EXPECT_EQ(co_await running(id), false) << id;
}

TEST_F(DataNodeTest, NoMoreBuildsRunAtOnceThanTheLimitAndWhoWaitsIsSaidToRun) {
  options.builds_running_max = 2;
  run([this] { return build_many(); });
}

Task<void> DataNodeTest::build_late() {
  parameters().set_ef_construction(kSlow);
  const Status late = status_of(co_await build(order(90), 300ms));
  EXPECT_EQ(late.code(), Code::deadline_exceeded) << late;
  (void)co_await clock->sleep_for(2s);
  EXPECT_EQ(co_await running(90), false);
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(distances, static_cast<std::uint64_t>(kRows));  // norms alone: it linked no row
  EYRIE_CO_ASSERT_OK(co_await build(order(91)));
  EXPECT_EQ(graphs(), 1U);
}

TEST_F(DataNodeTest, ABuildThatNobodyWaitsForIsAbandonedAndGivesUpItsPlace) {
  distances = 0;
  kernels = counting_kernels();
  options.builds_running_max = 1;
  run([this] { return build_late(); });
}

Task<Result<Built>> after(Duration wait, Task<Result<Built>> task, Clock& clock) {
  (void)co_await clock.sleep_for(wait);
  co_return co_await std::move(task);
}

Task<void> DataNodeTest::cancel_one_that_waits() {
  parameters().set_ef_construction(kSlow);
  const MonotonicTime begin = clock->monotonic();
  std::vector<Task<Result<Built>>> builds;
  builds.push_back(build(order(90)));
  builds.push_back(build(order(91), 300ms));
  builds.push_back(after(500ms, build(order(92)), *clock));
  const auto built = co_await all(std::move(builds));
  EXPECT_TRUE(built[0].has_value()) << status_of(built[0]);
  EXPECT_EQ(status_of(built[1]).code(), Code::deadline_exceeded);
  EXPECT_TRUE(built[2].has_value()) << status_of(built[2]);
  EXPECT_GT(clock->monotonic() - begin, 2s);  // the third one waited for the first
  EXPECT_EQ(co_await running(91), false);
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, ABuildThatIsCancelledWhileItWaitsTakesAndGivesNoPlace) {
  options.builds_running_max = 1;
  run([this] { return cancel_one_that_waits(); });
}

Task<void> DataNodeTest::obey() {
  EYRIE_CO_ASSERT_OK(co_await build(order(90)));
  internal::BuildIndexRequest deposed = order(91);
  deposed.mutable_command()->set_leader_revision(kLeader - 1);
  EXPECT_EQ(status_of(co_await build(deposed)).code(), Code::fenced);
  internal::BuildIndexRequest overtaken = order(92);
  overtaken.mutable_command()->set_sequence(1);
  EXPECT_EQ(status_of(co_await build(overtaken)).code(), Code::conflict);
  const IncarnationId ours = std::exchange(incarnation, IncarnationId(incarnation.value - 1));
  EXPECT_EQ(status_of(co_await build(order(93))).code(), Code::fenced);
  EXPECT_EQ(co_await running(93), std::nullopt);
  incarnation = ours;
  EXPECT_EQ(graphs(), 1U);
  for (const std::int64_t id : {91, 92, 93}) EXPECT_EQ(co_await running(id), false) << id;
  // A question is answered to any leader; the next leader's numbers begin anew.
  EXPECT_EQ(co_await running(90, kLeader - 1), false);
  internal::BuildIndexRequest next = order(94);
  next.mutable_command()->set_leader_revision(kLeader + 1);
  next.mutable_command()->set_sequence(1);
  EYRIE_CO_ASSERT_OK(co_await build(next));
  EXPECT_EQ(status_of(co_await build(order(95))).code(), Code::fenced);
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, ACommandOfADeposedLeaderOrForAnotherIncarnationIsRefused) {
  run([this] { return obey(); });
}

Task<void> DataNodeTest::build_from_what_is_not_there() {
  const Bytes whole = objects.objects.at("binlog");
  std::map<std::string, Bytes> damaged = {{"empty", ""},
                                          {"cut", whole.substr(0, whole.size() - 1)},
                                          {"longer", whole + '\0'},
                                          {"noise", "this was never a binlog"}};
  for (const std::size_t at : {std::size_t{0}, whole.size() / 2, whole.size() - 1}) {
    Bytes& flipped = damaged["byte " + std::to_string(at)] = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
  }
  for (const auto& [what, bytes] : damaged) {
    objects.objects["binlog"] = bytes;
    const Status status = status_of(co_await build(order(90)));
    EXPECT_EQ(status.code(), Code::data_loss) << what << ": " << status;
    EXPECT_EQ(status.message().find("binlog is damaged: it"), 0U) << what << ": " << status;
    EXPECT_EQ(co_await running(90), false) << what;
  }
  objects.objects.erase("binlog");
  const Status missing = status_of(co_await build(order(90)));
  EXPECT_EQ(missing.code(), Code::not_found) << missing;
  EXPECT_NE(missing.message().find("binlog"), std::string::npos) << missing;
  EXPECT_TRUE(objects.objects.empty());
  // Each gave back its place.
  objects.objects["binlog"] = whole;
  EYRIE_CO_ASSERT_OK(co_await build(order(91)));
}

TEST_F(DataNodeTest, ABinlogThatIsMissingOrDamagedGivesAnErrorAndNoIndex) {
  options.builds_running_max = 1;
  run([this] { return build_from_what_is_not_there(); });
}

Task<void> DataNodeTest::build_what_cannot_be() {
  internal::BuildIndexRequest wrong = order(90);
  wrong.mutable_collection()->mutable_index()->set_metric_type("HAMMING");
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::invalid_argument);
  wrong = order(90);
  wrong.mutable_collection()->mutable_index()->set_m(1);
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::invalid_argument);
  wrong = order(90);
  wrong.mutable_collection()->set_schema("no schema");
  EXPECT_EQ(status_of(co_await build(wrong)).code(), Code::data_loss);
  // The binlog has no such field.
  storage::Binlog other = storage::decode_binlog(objects.objects.at("binlog")).value();
  other.columns.columns.pop_back();
  objects.objects["binlog"] = storage::encode_binlog(other, kOldestFormat).value();
  const Status lacking = status_of(co_await build(order(90)));
  EXPECT_EQ(lacking.code(), Code::data_loss);
  EXPECT_EQ(lacking.message(), "a segment lacks its vector field");
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(co_await running(90), false);
}

TEST_F(DataNodeTest, WhatCannotBeBuiltIsRefused) {
  run([this] { return build_what_cannot_be(); });
}

Task<void> DataNodeTest::fail_to_upload() {
  objects.puts_to_fail = 1;
  EXPECT_EQ(status_of(co_await build(order(90))).code(), Code::unavailable);
  EXPECT_EQ(graphs(), 0U);
  EXPECT_EQ(co_await running(90), false);
  objects.puts_to_lose_answer = 1;
  EXPECT_EQ(status_of(co_await build(order(91))).code(), Code::unknown);
  EXPECT_EQ(graphs(), 1U);  // an orphan
  EYRIE_CO_ASSERT_OK(co_await build(order(92)));
  EXPECT_EQ(graphs(), 2U);
}

TEST_F(DataNodeTest, AnUploadThatFailsIsTheBuildsFailure) {
  run([this] { return fail_to_upload(); });
}

}  // namespace
}  // namespace eyrie::data
