// SqliteWatch: the changes of a range, pulled from the store's memory or its history. It holds
// nothing in the store, so it may go at any time.
#pragma once

#include "storage/sqlite/sqlite_meta_store.h"

namespace eyrie::storage {

class SqliteWatch final : public MetaWatch {
 public:
  SqliteWatch(SqliteMetaStore& store, KeyRange range, Revision from)
      : store_(store), range_(std::move(range)), next_(from) {}

  Task<Result<MetaEvents>> next() override;

 private:
  MetaEvents recent_events() const;

  SqliteMetaStore& store_;
  KeyRange range_;
  Revision next_;
};

}  // namespace eyrie::storage
