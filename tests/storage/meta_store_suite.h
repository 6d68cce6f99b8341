// The conformance suite of MetaStore: what every implementation must do, in every world, written
// against the seam alone. Its cases are in meta_store_suite_*.cc, compiled once; an implementation
// is tested by a file of its own, which is linked with them:
//
//   #include "tests/storage/meta_store_suite.h"
//   namespace eyrie::test {
//   INSTANTIATE_TEST_SUITE_P(Sqlite, MetaStoreSuite, testing::Values(MetaStoreUnderTest{
//       "Sqlite", make_world, make_store}), name_of_param);
//   }
//
// Each case is a coroutine that runs on the machine "client" of a fresh world with a fresh store.
// Where the seam leaves a choice the suite asks for neither: a watch from revision 0 or a lease of
// no time, two removals of one key in a transaction, how a lease's time is rounded (up).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/seam/meta_store.h"
#include "tests/support/test_world.h"

namespace eyrie::test {

// A store with what it needs around it. Destroyed after stop(), before the world.
class MetaStoreHolder {
 public:
  virtual ~MetaStoreHolder() = default;
  virtual storage::MetaStore& store() = 0;
  // Runs on the store's machine; nothing uses the store any more.
  virtual Task<void> stop() = 0;
};

struct MetaStoreUnderTest {
  std::string name;
  WorldFactory make_world;
  // Makes a store for the machine "client", and may use others for its servers.
  std::function<std::unique_ptr<MetaStoreHolder>(TestWorld&)> make_store;
  // What this machine lacks to run it, if anything; its cases are then skipped.
  std::string lacks = {};
};

inline void PrintTo(const MetaStoreUnderTest& param, std::ostream* out) {
  *out << param.name;
}
inline std::string name_of_param(const testing::TestParamInfo<MetaStoreUnderTest>& info) {
  return info.param.name;
}

// What a case may use.
struct MetaCase {
  storage::MetaStore& store;
  Environment& environment;

  Clock& clock() const { return environment.clock; }
};

class MetaStoreSuite : public testing::TestWithParam<MetaStoreUnderTest> {
 protected:
  using Body = Task<void> (*)(MetaCase&);

  void run_case(Body body) {
    if (!GetParam().lacks.empty()) GTEST_SKIP() << GetParam().lacks;
    std::unique_ptr<TestWorld> world = GetParam().make_world();
    std::unique_ptr<MetaStoreHolder> holder = GetParam().make_store(*world);
    world->run("client",
               [&](Environment& environment) { return run_and_stop(body, *holder, environment); });
  }

 private:
  static Task<void> run_and_stop(Body body, MetaStoreHolder& holder, Environment& environment) {
    MetaCase test{holder.store(), environment};
    co_await body(test);
    co_await holder.stop();
  }
};

// EYRIE_META_CASE(Name) { ... co_await t.store.range(...); ... }
#define EYRIE_META_CASE(name)               \
  Task<void> meta_case_##name(MetaCase& t); \
  TEST_P(MetaStoreSuite, name) {            \
    run_case(&meta_case_##name);            \
  }                                         \
  Task<void> meta_case_##name([[maybe_unused]] MetaCase& t)

// Ends the case unless the result is ok; declares `name` from its value.
#define EYRIE_CASE_TRY(declaration, ...)                                                   \
  auto EYRIE_CONCAT(case_result_, __LINE__) = (__VA_ARGS__);                               \
  if (!EYRIE_CONCAT(case_result_, __LINE__)) {                                             \
    ADD_FAILURE() << #__VA_ARGS__ << ": " << EYRIE_CONCAT(case_result_, __LINE__).error(); \
    co_return;                                                                             \
  }                                                                                        \
  declaration = std::move(*EYRIE_CONCAT(case_result_, __LINE__))
// Ends the case unless the Status is ok.
#define EYRIE_CASE_OK(...)                                                    \
  if (const Status case_status = status_of(__VA_ARGS__); !case_status.ok()) { \
    ADD_FAILURE() << #__VA_ARGS__ << ": " << case_status;                     \
    co_return;                                                                \
  }

inline Task<Result<storage::TransactionResult>> put(storage::MetaStore& store, std::string key,
                                                    Bytes value, storage::LeaseId lease = {}) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key(std::move(key), std::move(value), lease));
  co_return co_await store.commit(std::move(transaction));
}

// Each key with itself as its value, one revision each.
inline Task<Status> put_all(storage::MetaStore& store, std::vector<std::string> keys) {
  for (const std::string& key : keys) {
    EYRIE_CO_RETURN_IF_ERROR(co_await put(store, key, key));
  }
  co_return Status();
}

inline Task<Result<storage::TransactionResult>> remove(storage::MetaStore& store,
                                                       storage::KeyRange range) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::remove_range(std::move(range)));
  co_return co_await store.commit(std::move(transaction));
}

// Whether a transaction of that one compare takes its first branch.
inline Task<Result<bool>> compare_holds(storage::MetaStore& store, storage::Compare compare) {
  storage::Transaction transaction;
  transaction.compares.push_back(std::move(compare));
  EYRIE_CO_TRY(storage::TransactionResult result, co_await store.commit(std::move(transaction)));
  co_return result.succeeded;
}

inline Task<Result<storage::Revision>> revision_now(storage::MetaStore& store) {
  EYRIE_CO_TRY(storage::RangeResult found, co_await store.range(storage::single_key("-"), 0, 1));
  co_return found.revision;
}

// "key=value key=value", in the order given.
inline std::string text_of(const std::vector<storage::KeyValue>& items) {
  std::string text;
  for (const storage::KeyValue& item : items) {
    text += (text.empty() ? "" : " ") + item.key + "=" + item.value;
  }
  return text;
}

// "+key=value" for a put, "-key" for a removal.
inline std::string text_of(const std::vector<storage::MetaEvent>& events) {
  std::string text;
  for (const storage::MetaEvent& event : events) {
    if (!text.empty()) text += " ";
    text += event.removed ? "-" + event.item.key : "+" + event.item.key + "=" + event.item.value;
  }
  return text;
}

inline Task<Result<std::string>> read_text(storage::MetaStore& store, storage::KeyRange range,
                                           storage::Revision revision = 0, std::size_t limit = 0) {
  EYRIE_CO_TRY(storage::RangeResult found, co_await store.range(std::move(range), revision, limit));
  co_return text_of(found.items);
}

// What a watch says until it has said `count` events; checks that revisions rise and are whole.
inline Task<Result<std::vector<storage::MetaEvent>>> watch_events(storage::MetaWatch& watch,
                                                                  std::size_t count) {
  std::vector<storage::MetaEvent> events;
  storage::Revision seen = 0;
  while (events.size() < count) {
    EYRIE_CO_TRY(storage::MetaEvents batch, co_await watch.next());
    for (storage::MetaEvent& event : batch.events) {
      EXPECT_GT(event.item.mod_revision, seen) << "a revision came again or in two parts";
      EXPECT_LE(event.item.mod_revision, batch.revision);
      events.push_back(std::move(event));
    }
    seen = batch.revision;
  }
  co_return events;
}

inline Task<Result<std::string>> watch_text(storage::MetaWatch& watch, std::size_t count) {
  EYRIE_CO_TRY(std::vector<storage::MetaEvent> events, co_await watch_events(watch, count));
  co_return text_of(events);
}

}  // namespace eyrie::test
