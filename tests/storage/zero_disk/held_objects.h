// HeldObjects: an ObjectStore whose puts do what the test says, and a log above it: each machine of
// the world has its own client of the same stores.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/sync.h"
#include "storage/zero_disk/zero_disk_log.h"
#include "tests/storage/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage::test {

enum class PutFate : std::uint8_t {
  pass,
  hold,         // is on its way until release()
  refuse,       // unavailable, certainly not stored
  late,         // unknown now, and arrives at release()
  lose_answer,  // stored, unknown
  again,        // stored, and the client's second attempt finds it: already_exists
};

// What the machines share.
struct HeldStore {
  eyrie::test::MemoryObjectStoreState state;
  std::function<PutFate(const std::string& key)> fate = [](const std::string&) {
    return PutFate::pass;
  };
  Gate released;
  std::vector<std::pair<std::string, Bytes>> late;

  void release() {
    for (auto& [key, data] : late) state.objects.try_emplace(key, std::move(data));
    late.clear();
    released.open();
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const auto& [key, data] : state.objects) all.push_back(key);
    return all;
  }
};

class HeldObjects final : public ObjectStore {
 public:
  HeldObjects(Environment& environment, HeldStore& store)
      : store_(store), objects_(environment, store.state) {}

  Task<Status> put(std::string key, Bytes data) override {
    return objects_.put(std::move(key), std::move(data));
  }
  Task<Status> put_if_absent(std::string key, Bytes data) override {
    const PutFate fate = store_.fate(key);
    if (fate == PutFate::refuse) co_return Status(Code::unavailable, "nobody is there");
    if (fate == PutFate::late) {
      store_.late.emplace_back(std::move(key), std::move(data));
      co_return Status(Code::unknown, "no answer");
    }
    if (fate == PutFate::hold) EYRIE_CO_RETURN_IF_ERROR(co_await store_.released.wait());
    const Status put = co_await objects_.put_if_absent(key, std::move(data));
    if (put.ok() && fate == PutFate::lose_answer) co_return Status(Code::unknown, "no answer");
    if (put.ok() && fate == PutFate::again) co_return Status(Code::already_exists, key);
    co_return put;
  }
  Task<Result<Bytes>> get(std::string key) override { return objects_.get(std::move(key)); }
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override {
    return objects_.get_range(std::move(key), offset, length);
  }
  Task<Result<ObjectInfo>> head(std::string key) override { return objects_.head(std::move(key)); }
  Task<Result<ObjectPage>> list(std::string prefix, std::string start_after,
                                std::size_t limit) override {
    return objects_.list(std::move(prefix), std::move(start_after), limit);
  }
  Task<Status> remove(std::string key) override { return objects_.remove(std::move(key)); }

 private:
  HeldStore& store_;
  eyrie::test::MemoryObjects objects_;
};

// Counts events by name; damage is no mistake of these tests.
class EventCounts final : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field>) override {
    ++counts_[std::string(event.name)];
  }
  int of(std::string_view name) const {
    const auto found = counts_.find(name);
    return found != counts_.end() ? found->second : 0;
  }

 private:
  std::map<std::string, int, std::less<>> counts_;
};

inline constexpr const char* kTestChannel = "dml_0";

struct ZeroDiskTest : testing::Test {
  ZeroDiskTest() {
    // One record a block.
    options.group_bytes = 1;
    options.group_interval = 0ms;
    options.merged_block_bytes = 0;
  }

  // One client of the log, on the machine of that environment.
  struct Client {
    Client(Environment& environment, ZeroDiskTest& test)
        : own{environment.executor, environment.clock, environment.random.stream(++test.clients),
              environment.network,  environment.disk,  test.events,
              environment.metrics},
          meta(environment, test.meta),
          objects(environment, test.store),
          log(own, meta, objects, test.options) {}

    Environment own;  // two logs draw different numbers
    eyrie::test::MemoryMeta meta;
    HeldObjects objects;
    ZeroDiskLog log;
  };

  using Body = Task<void> (*)(Environment& environment, ZeroDiskTest& test);
  void run(Body body) {
    world.run("node", [this, body](Environment& environment) { return body(environment, *this); });
  }

  LogManifest manifest() const {
    return decode_log_manifest(meta.items.at("log/" + std::string(kTestChannel)).value).value();
  }
  // The names of objects without what all have in common.
  std::vector<std::string> objects() const {
    std::vector<std::string> names = store.keys();
    for (std::string& name : names) name.erase(0, channel_prefix(kTestChannel).size());
    return names;
  }

  eyrie::test::SimTestWorld world;
  eyrie::test::MemoryMetaStore meta{world.world()};
  HeldStore store;
  EventCounts events;
  ZeroDiskOptions options;
  std::uint64_t clients = 0;
};

// The next `count` records, as text.
inline Task<std::string> read_texts(ZeroDiskLog& log, WalPosition from, std::size_t count) {
  std::string texts;
  auto reader = co_await log.read(kTestChannel, from);
  for (std::size_t i = 0; i < count && reader; ++i) {
    const Result<WalEntry> entry = co_await (*reader)->next();
    texts += entry ? entry->record : entry.error().to_string();
    texts += i + 1 < count ? " " : "";
  }
  co_return texts;
}

inline Task<void> note(Task<Status> append, Status& status) {
  status = co_await std::move(append);
}

}  // namespace eyrie::storage::test
