// SqliteHolder: the SQLite store as the MetaStore suite takes it, in any world.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "storage/sqlite/sqlite_meta_store.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {

class SqliteHolder final : public MetaStoreHolder {
 public:
  explicit SqliteHolder(TestWorld& world) : store_(world.machine("client"), "data/meta.db") {
    world.run("client", [this](Environment&) { return open(); });
  }
  storage::MetaStore& store() override { return store_; }
  Task<void> stop() override { return store_.stop(); }

 private:
  Task<void> open() {
    const Status opened = co_await store_.open();
    EXPECT_TRUE(opened.ok()) << opened;
  }

  storage::SqliteMetaStore store_;
};

inline MetaStoreUnderTest sqlite_in(std::string name, WorldFactory make_world) {
  return {std::move(name), std::move(make_world),
          [](TestWorld& world) { return std::make_unique<SqliteHolder>(world); }};
}

}  // namespace eyrie::test
