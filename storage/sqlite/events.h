// The trace events of the SQLite store.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

inline constexpr EventType<3> kSqliteOpened{
    "sqlite.opened", Level::info, {"path", "revision", "compacted"}};
// A commit is in doubt: the store is unavailable until the database was opened anew.
inline constexpr EventType<2> kSqliteFailed{"sqlite.failed", Level::warning, {"path", "why"}};
inline constexpr EventType<2> kSqliteNotReopened{
    "sqlite.not_reopened", Level::warning, {"path", "why"}};

}  // namespace eyrie::storage
