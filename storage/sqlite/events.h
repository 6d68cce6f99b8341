// The trace events of the SQLite store.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

// `told`: its changes from this revision on are said as kSqliteFound, removals too.
inline constexpr EventType<4> kSqliteOpened{
    "sqlite.opened", Level::info, {"path", "revision", "compacted", "told"}};
// A change that is durable. `created` is the key's create revision, 0 of one that was removed.
// `compared`: the create revisions that its transaction compared, as "key=revision " each.
inline constexpr EventType<5> kSqliteCommitted{
    "sqlite.committed", Level::debug, {"revision", "key", "created", "value", "compared"}};
// A process may end after a commit and before it says so, and a commit that is in doubt is not said
// at all. So an opening says the newest changes that it finds, as many as may be unsaid, and before
// anybody can ask for them: who listens has missed nothing, and knows some already.
inline constexpr EventType<4> kSqliteFound{
    "sqlite.found", Level::debug, {"revision", "key", "created", "value"}};
// A commit is in doubt: the store is unavailable until the database was opened anew.
inline constexpr EventType<2> kSqliteFailed{"sqlite.failed", Level::warning, {"path", "why"}};
inline constexpr EventType<2> kSqliteNotReopened{
    "sqlite.not_reopened", Level::warning, {"path", "why"}};

}  // namespace eyrie::storage
