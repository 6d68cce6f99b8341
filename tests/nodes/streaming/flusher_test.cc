// What a flush tells of being refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/wire/columns.h"
#include "nodes/wire/schema.h"
#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

constexpr FieldId kSystemField{7};

// Instead of the world's, which takes an error for its own mistake.
class Errors final : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field> values) override {
    if (event.name == "streaming.flush_retried") ++rounds;
    if (event.level != Level::error) return;
    told.emplace_back(std::string(event.name) + ": " +
                      std::string(std::get<std::string_view>(values.back())));
  }

  int rounds = 0;
  std::vector<std::string> told;
};

Task<void> serve(TestNode& node) {
  internal::AssignChannelRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.catalog.assign(kChannel));
  auto state = internal::CHANNEL_OPENING;
  while (state != internal::CHANNEL_SERVING) {
    *request.mutable_command() = Client(node).command();
    EYRIE_CO_ASSERT_TRY(const auto answer, node.table.assign(request));
    state = answer.state();
    (void)co_await node.environment.clock.sleep_for(5ms);
  }
}

// Rows of which one field has an id of the system's, which no file may have.
Task<Result<internal::AppendResponse>> append_wrongly(TestNode& node) {
  Columns rows = make_rows({row_of(1, 1)});
  std::swap(rows.columns[0], rows.columns[1]);
  rows.columns[0].field = kSystemField;
  internal::AppendRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_virtual_channel(kShard);
  request.set_collection_id(kCollection);
  request.set_kind(internal::APPEND_INSERT);
  request.set_columns(wire::encode_columns(rows).value());
  return node.table.append(std::move(request));
}

Task<void> encode_refused(TestNode& machine, Errors& errors) {
  Environment& there = machine.environment;
  Environment environment{there.executor, there.clock, there.random.stream("told"),
                          there.network,  there.disk,  errors,
                          there.metrics};
  TestNode node(environment, machine.world);
  FakeCatalog& catalog = node.world.catalog;
  catalog::CollectionRecord& record = catalog.collections.at(kCollection);
  milvus::proto::schema::CollectionSchema schema;
  EXPECT_TRUE(schema.ParseFromString(record.schema()));
  EXPECT_EQ(schema.fields(1).fieldid(), kValueField.value);
  schema.mutable_fields(1)->set_fieldid(kSystemField.value);
  record.set_schema(schema.SerializeAsString());
  co_await serve(node);
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  EYRIE_CO_ASSERT_OK(co_await append_wrongly(node));
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(catalog.fresh_timestamp()));
  (void)co_await environment.clock.sleep_for(5s);
  EXPECT_TRUE(catalog.segments[kShard].empty());
  co_await node.table.stop();
}

// Rows that are flushed while every commit is refused with each of these in turn, for some seconds.
Task<void> flush_refused(TestNode& machine, Errors& errors, std::vector<Status> refusals) {
  Environment& there = machine.environment;
  Environment environment{there.executor, there.clock, there.random.stream("told"),
                          there.network,  there.disk,  errors,
                          there.metrics};
  TestNode node(environment, machine.world);
  co_await serve(node);
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  EYRIE_CO_ASSERT_OK(co_await Client(node).append(internal::APPEND_INSERT, {row_of(1, 1)}));
  FakeCatalog& catalog = node.world.catalog;
  catalog.commit_refusal = refusals.front();
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(node.world.catalog.fresh_timestamp()));
  for (const Status& refusal : refusals) {
    catalog.commit_refusal = refusal;
    (void)co_await environment.clock.sleep_for(5s);
  }
  EXPECT_GT(errors.rounds, 2 * static_cast<int>(refusals.size()));
  EXPECT_TRUE(catalog.segments[kShard].empty());
  catalog.commit_refusal = Status();
  (void)co_await environment.clock.sleep_for(5s);
  EXPECT_EQ(catalog.segments[kShard].size(), 1U);
  co_await node.table.stop();
}

std::vector<std::string> told_of(std::vector<Status> refusals) {
  ChannelWorld world;
  Errors errors;
  world.run("a", [&](TestNode& node) { return flush_refused(node, errors, refusals); });
  return errors.told;
}

TEST(Flusher, WhatIsRefusedForGoodIsToldAsAnErrorOnceForEachReason) {
  const Status wrong(Code::invalid_argument, "no such shard");
  const Status lost(Code::data_loss, "a record is damaged");
  EXPECT_EQ(told_of({wrong, lost, wrong}),
            (std::vector<std::string>{"streaming.flush_refused: " + wrong.to_string(),
                                      "streaming.flush_refused: " + lost.to_string()}));
}

TEST(Flusher, RowsThatCannotBeEncodedAreToldAsAnError) {
  ChannelWorld world;
  Errors errors;
  world.run("a", [&](TestNode& node) { return encode_refused(node, errors); });
  ASSERT_EQ(errors.told.size(), 1U);
  EXPECT_EQ(errors.told[0].find("streaming.flush_refused: invalid_argument: binlog has a column"),
            0U)
      << errors.told[0];
}

TEST(Flusher, WhatMayPassIsNoError) {
  EXPECT_EQ(told_of({Status(Code::unavailable, "no leader"), Status(Code::unknown, "lost"),
                     Status(Code::disk_full, "no space left"),
                     Status(Code::failed_precondition, "the clock is wrong")}),
            std::vector<std::string>());
}

}  // namespace
}  // namespace eyrie::test
