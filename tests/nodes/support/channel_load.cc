#include "tests/nodes/support/channel_load.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace eyrie::test {

namespace {

Task<Result<internal::AppendResponse>> random_append(TestNode& node, ChannelLoad& load,
                                                     Random& random) {
  Client client(node);
  const auto key = [&] { return random.between(1, load.keys); };
  const auto value = random.between(1, 1'000'000);
  switch (random.below(4)) {
    case 0:
      return client.remove({key(), key()});
    case 1:
      return client.append(internal::APPEND_UPSERT, {row_of(key(), value), row_of(key(), value)});
    default:
      return client.append(internal::APPEND_INSERT, {row_of(key(), value)});
  }
}

Task<void> write(TestNode& node, ChannelLoad& load, Random random) {
  while (!load.stopped) {
    const auto done = co_await random_append(node, load, random);
    if (done) load.acknowledged.push_back(*done);
    const Duration pause(random.between(0, done ? 5'000'000 : 20'000'000));
    if (!(co_await node.environment.clock.sleep_for(pause)).ok()) co_return;
  }
}

// Strong reads, and reads of the recent past; each must be exactly what the log says (R1-R5).
constexpr std::int64_t kOldest = 1;

Task<void> read(TestNode& node, ChannelLoad& load, Random random) {
  while (!load.stopped) {
    std::int64_t at = load.world.catalog.fresh_timestamp();
    if (random.chance({1, 3})) at = std::max(at - (random.between(0, 200) << 18), kOldest);
    const auto rows = co_await Client(node).scan_at(at);
    if (rows) {
      ++load.reads;
      EXPECT_EQ(*rows, load.world.expected(at)) << "at " << at;
    } else {
      ++load.reads_failed;
    }
    const Duration pause(random.between(0, 10'000'000));
    if (!(co_await node.environment.clock.sleep_for(pause)).ok()) co_return;
  }
}

}  // namespace

void ChannelLoad::start(const std::string& machine, int writers, int readers) {
  for (int i = 0; i < writers; ++i) {
    const Random stream(random.next());
    world.spawn(machine, [this, stream](TestNode& node) { return write(node, *this, stream); });
  }
  for (int i = 0; i < readers; ++i) {
    const Random stream(random.next());
    world.spawn(machine, [this, stream](TestNode& node) { return read(node, *this, stream); });
  }
  world.spawn(machine, [](TestNode& node) { return Client(node).keep_synced(); });
}

void ChannelLoad::check_acknowledged() const {
  const auto& history = world.wal.channels.at(kChannel).history;
  for (const internal::AppendResponse& done : acknowledged) {
    ASSERT_LE(done.position(), history.size());
    const auto record = storage::decode_wal_record(history[done.position() - 1].record);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->timestamp.value, static_cast<std::int64_t>(done.timestamp()));
  }
}

}  // namespace eyrie::test
