// How much a sequencer has under way at once.
#include "nodes/streaming/sequencer.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

using streaming::Appended;
using streaming::ChannelHead;
using streaming::Sequencer;

// Appends end when the test says so.
class HeldWriter final : public storage::WalWriter {
 public:
  storage::WalPosition next_position() const override { return appends_.size() + 1; }
  Task<Status> append(Bytes) override {
    appends_.push_back(std::make_shared<OneShot<Status>>());
    return wait_for(appends_.back());
  }
  Task<void> close() override { co_return; }

  std::size_t appended() const { return appends_.size(); }
  void make_durable(storage::WalPosition through) {
    for (; durable_ < std::min(through, appends_.size()); ++durable_)
      appends_[durable_]->set(Status());
  }

 private:
  static Task<Status> wait_for(std::shared_ptr<OneShot<Status>> done) {
    EYRIE_CO_TRY(Status status, co_await done->wait());
    co_return status;
  }

  std::vector<std::shared_ptr<OneShot<Status>>> appends_;
  storage::WalPosition durable_ = 0;
};

class NoSink final : public streaming::RecordSink {
 public:
  Status on_durable(const storage::WalRecord&) override { return {}; }
  void on_tick(streaming::Timestamp) override {}
  void on_append_failed(const Status& status) override { ADD_FAILURE() << status; }
};

// A sequencer of an empty channel, which runs from start() to stop().
struct SequencerFixture {
  SequencerFixture(TestNode& node, Scope& scope, streaming::SequencerOptions options)
      : sequencer(node.environment, node.coordinator, writer, sink,
                  ChannelHead(streaming::ChannelState(kChannel, {}, index::scalar_kernels()),
                              {{}, node.environment.random.stream("segments")}),
                  {}, {.channel = kChannel, .term = node.world.term(), .options = options}),
        group(scope) {}

  void submit(std::size_t bytes) {
    group.spawn(note(
        sequencer.submit(storage::FlushRecord{storage::CollectionId(kCollection), kShard}, bytes)));
  }
  Task<void> note(Task<Result<Appended>> submitted) {
    (void)co_await std::move(submitted);
    ++answered;
  }
  static Task<void> run(Sequencer& sequencer) { (void)co_await sequencer.run(); }

  HeldWriter writer;
  NoSink sink;
  Sequencer sequencer;
  TaskGroup group;
  int answered = 0;
};

Task<void> bytes_under_way(TestNode& node) {
  SequencerFixture fixture(node, co_await this_scope(), {.in_flight_bytes_max = 1000});
  for (int i = 0; i < 10; ++i) fixture.submit(400);
  fixture.submit(5000);
  fixture.submit(10);
  fixture.group.spawn(SequencerFixture::run(fixture.sequencer));
  // Durable so far, and how many have been appended then.
  const std::vector<std::pair<storage::WalPosition, std::size_t>> steps = {
      {0, 3}, {1, 4}, {3, 6}, {6, 9}, {8, 11}, {10, 11}, {11, 12}};
  for (const auto& [durable, appended] : steps) {
    fixture.writer.make_durable(durable);
    EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(100ms));
    EXPECT_EQ(fixture.writer.appended(), appended) << durable;
  }
  fixture.writer.make_durable(12);
  EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(100ms));
  EXPECT_EQ(fixture.answered, 12);
  fixture.group.cancel();
  co_await fixture.group.join();
}

// However many wait: what the log would refuse would end the term.
TEST(Sequencer, ItsBytesUnderWayGoBeyondTheLimitByOneRecordAtMost) {
  ChannelWorld world(1, /*shuffle=*/false);  // requests wait in the order of submit()
  world.catalog.assign(kChannel);
  world.run("a", bytes_under_way);
}

}  // namespace
}  // namespace eyrie::test
