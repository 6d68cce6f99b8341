#include "storage/sqlite/meta_tables.h"

#include <algorithm>
#include <utility>

namespace eyrie::storage {

namespace {

constexpr std::int64_t kApplicationId = 0x45594D53;  // "EYMS", in the database's header
constexpr std::int64_t kVersion = 1;                 // its user version

constexpr const char* kMakeTables =
    "CREATE TABLE store(id INTEGER PRIMARY KEY CHECK(id = 1), revision INTEGER NOT NULL,"
    "  compacted INTEGER NOT NULL, next_lease INTEGER NOT NULL);"
    "INSERT INTO store VALUES(1, 1, 0, 1);"
    "CREATE TABLE history(id INTEGER PRIMARY KEY, key BLOB NOT NULL, revision INTEGER NOT NULL,"
    "  create_revision INTEGER NOT NULL, lease INTEGER NOT NULL, removed INTEGER NOT NULL,"
    "  value BLOB NOT NULL);"
    "CREATE UNIQUE INDEX history_by_key ON history(key, revision);"
    "CREATE INDEX history_by_revision ON history(revision);"
    "CREATE TABLE newest(key BLOB PRIMARY KEY, history INTEGER NOT NULL, lease INTEGER NOT NULL)"
    "  WITHOUT ROWID;"
    "CREATE INDEX newest_by_lease ON newest(lease) WHERE lease != 0;"
    "CREATE TABLE lease(id INTEGER PRIMARY KEY, time_to_live_ns INTEGER NOT NULL);"
    "PRAGMA application_id = 0x45594D53;"
    "PRAGMA user_version = 1;";

// A range in SQL: `column` compared with one or two parameters, the range's own.
enum class Shape : std::uint8_t { one_key, half_open, to_the_end };

Shape shape_of(const KeyRange& range) {
  if (range.end.empty()) return Shape::one_key;
  return range.end == std::string(1, '\0') ? Shape::to_the_end : Shape::half_open;
}

std::string condition_of(const KeyRange& range, const std::string& column) {
  switch (shape_of(range)) {
    case Shape::one_key:
      return column + " = ?";
    case Shape::half_open:
      return column + " >= ? AND " + column + " < ?";
    case Shape::to_the_end:
      return column + " >= ?";
  }
  return "0";
}

void bind_range(Query& query, const KeyRange& range) {
  query.bind(BytesView(range.key));
  if (shape_of(range) == Shape::half_open) query.bind(BytesView(range.end));
}

// Columns key, value, create_revision, revision, lease.
KeyValue read_item(Query& query) {
  KeyValue item;
  item.key = query.bytes();
  item.value = query.bytes();
  item.create_revision = query.integer();
  item.mod_revision = query.integer();
  item.lease = LeaseId(query.integer());
  return item;
}

Result<std::int64_t> read_number(SqliteConnection& connection, const char* sql) {
  Query query(connection, sql);
  EYRIE_RETURN_IF_ERROR(query.step());
  return query.integer();
}

template <class T>
bool related(const T& a, Compare::Relation relation, const T& b) {
  switch (relation) {
    case Compare::Relation::equal:
      return a == b;
    case Compare::Relation::not_equal:
      return a != b;
    case Compare::Relation::less:
      return a < b;
    case Compare::Relation::greater:
      return a > b;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<MetaTables>> MetaTables::open(SqliteConnection& connection) {
  std::unique_ptr<MetaTables> tables(new MetaTables(connection));
  EYRIE_TRY(const std::int64_t id, read_number(connection, "PRAGMA application_id"));
  EYRIE_TRY(const std::int64_t version, read_number(connection, "PRAGMA user_version"));
  EYRIE_TRY(const std::int64_t entries,
            read_number(connection, "SELECT count(*) FROM sqlite_schema"));
  const bool is_new = id == 0 && version == 0 && entries == 0;
  if (!is_new && id != kApplicationId) {
    return fail(Code::invalid_argument, "the database is not an Eyrie metadata store");
  }
  if (!is_new && version > kVersion) {
    return fail(Code::unsupported, "the metadata store has format version " +
                                       std::to_string(version) + "; this build reads up to " +
                                       std::to_string(kVersion));
  }
  EYRIE_RETURN_IF_ERROR(connection.use_log());  // only now that it is known to be ours
  if (is_new) EYRIE_RETURN_IF_ERROR(tables->make_tables());
  EYRIE_RETURN_IF_ERROR(tables->reload());
  return tables;
}

Status MetaTables::make_tables() {
  EYRIE_RETURN_IF_ERROR(connection_.execute("BEGIN"));
  EYRIE_RETURN_IF_ERROR(connection_.execute(kMakeTables));
  return connection_.execute("COMMIT");
}

Status MetaTables::reload() {
  Query query(connection_, "SELECT revision, compacted, next_lease FROM store");
  EYRIE_TRY(const bool found, query.step());
  if (!found) return Status(Code::data_loss, "the metadata store has no state");
  state_.revision = query.integer();
  state_.compacted = query.integer();
  state_.next_lease = query.integer();
  return {};
}

Status MetaTables::store_state() {
  return Query(connection_, "UPDATE store SET revision = ?, compacted = ?, next_lease = ?")
      .bind(state_.revision)
      .bind(state_.compacted)
      .bind(state_.next_lease)
      .run();
}

Result<std::vector<KeyValue>> MetaTables::read(const KeyRange& range, Revision revision,
                                               std::size_t limit) {
  // The newest state has a table of its own; an older one is the last change of each key up to it.
  const std::string sql =
      revision == 0
          ? "SELECT n.key, h.value, h.create_revision, h.revision, h.lease FROM newest n"
            " JOIN history h ON h.id = n.history WHERE " +
                condition_of(range, "n.key") + " ORDER BY n.key LIMIT ?"
          : "SELECT h.key, h.value, h.create_revision, h.revision, h.lease FROM history h WHERE " +
                condition_of(range, "h.key") +
                " AND h.revision = (SELECT max(o.revision) FROM history o WHERE o.key = h.key"
                " AND o.revision <= ?) AND h.removed = 0 ORDER BY h.key LIMIT ?";
  Query query(connection_, sql.c_str());
  bind_range(query, range);
  if (revision != 0) query.bind(revision);
  query.bind(limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(limit));
  std::vector<KeyValue> items;
  while (true) {
    EYRIE_TRY(const bool found, query.step());
    if (!found) return items;
    items.push_back(read_item(query));
  }
}

Result<RangeResult> MetaTables::range(const KeyRange& range, Revision revision, std::size_t limit) {
  if (revision > state_.revision || (revision != 0 && revision < state_.compacted)) {
    return fail(Code::out_of_range,
                "revision " + std::to_string(revision) + " is not in the store, which has " +
                    std::to_string(state_.compacted) + " to " + std::to_string(state_.revision));
  }
  EYRIE_TRY(std::vector<KeyValue> items, read(range, revision, limit == 0 ? 0 : limit + 1));
  RangeResult result{std::move(items), false, state_.revision};
  if (limit != 0 && result.items.size() > limit) {
    result.items.pop_back();
    result.more = true;
  }
  return result;
}

Result<KeyValue> MetaTables::find_newest(const std::string& key) {
  EYRIE_TRY(std::vector<KeyValue> items, read(single_key(key), 0, 1));
  return items.empty() ? KeyValue{key, {}, 0, 0, {}} : std::move(items.front());
}

Result<bool> MetaTables::holds(const Compare& compare) {
  EYRIE_TRY(const KeyValue item, find_newest(compare.key));
  switch (compare.target) {
    case Compare::Target::create_revision:
      return related(item.create_revision, compare.relation, compare.revision);
    case Compare::Target::mod_revision:
      return related(item.mod_revision, compare.relation, compare.revision);
    case Compare::Target::value:
      // As in etcd: nothing holds of the value of an absent key.
      return item.mod_revision != 0 && related(item.value, compare.relation, compare.value);
  }
  return false;
}

Result<bool> MetaTables::lease_exists(LeaseId lease) {
  return Query(connection_, "SELECT 1 FROM lease WHERE id = ?").bind(lease.value).step();
}

Result<TransactionResult> MetaTables::commit(const Transaction& transaction,
                                             std::vector<MetaEvent>& events) {
  TransactionResult result;
  result.succeeded = true;
  for (const Compare& compare : transaction.compares) {
    EYRIE_TRY(const bool held, holds(compare));
    result.succeeded = result.succeeded && held;
  }
  const std::vector<MetaOperation>& branch =
      result.succeeded ? transaction.then : transaction.otherwise;
  for (const MetaOperation& operation : branch) {  // before anything is written
    if (operation.kind != MetaOperation::Kind::put || !operation.lease.valid()) continue;
    EYRIE_TRY(const bool exists, lease_exists(operation.lease));
    if (!exists) return fail(Code::not_found, "lease " + to_string(operation.lease) + " is gone");
  }
  const Revision next = state_.revision + 1;
  const std::size_t events_before = events.size();
  for (const MetaOperation& operation : branch) {
    std::vector<KeyValue>& reads = result.reads.emplace_back();
    if (operation.kind == MetaOperation::Kind::put) {
      EYRIE_RETURN_IF_ERROR(put(operation, next, events));
      continue;
    }
    EYRIE_TRY(std::vector<KeyValue> items, read(operation.range, 0, 0));
    if (operation.kind == MetaOperation::Kind::read) {
      reads = std::move(items);
    } else {
      EYRIE_RETURN_IF_ERROR(remove(items, next, events));
    }
  }
  if (events.size() > events_before) {
    state_.revision = next;
    EYRIE_RETURN_IF_ERROR(store_state());
  }
  result.revision = state_.revision;
  return result;
}

Status MetaTables::add_history(const KeyValue& item, bool removed) {
  return Query(connection_,
               "INSERT INTO history(key, revision, create_revision, lease, removed, value)"
               " VALUES(?, ?, ?, ?, ?, ?)")
      .bind(BytesView(item.key))
      .bind(item.mod_revision)
      .bind(item.create_revision)
      .bind(item.lease.value)
      .bind(std::int64_t{removed ? 1 : 0})
      .bind(BytesView(item.value))
      .run();
}

Status MetaTables::put(const MetaOperation& operation, Revision revision,
                       std::vector<MetaEvent>& events) {
  EYRIE_TRY(KeyValue item, find_newest(operation.range.key));
  if (item.create_revision == 0) item.create_revision = revision;
  item.mod_revision = revision;
  item.value = operation.value;
  item.lease = operation.lease;
  EYRIE_RETURN_IF_ERROR(add_history(item, false));
  EYRIE_RETURN_IF_ERROR(Query(connection_, "REPLACE INTO newest VALUES(?, last_insert_rowid(), ?)")
                            .bind(BytesView(item.key))
                            .bind(item.lease.value)
                            .run());
  events.push_back({false, std::move(item)});
  return {};
}

Status MetaTables::remove(const std::vector<KeyValue>& items, Revision revision,
                          std::vector<MetaEvent>& events) {
  for (const KeyValue& item : items) {
    KeyValue gone;
    gone.key = item.key;
    gone.mod_revision = revision;
    EYRIE_RETURN_IF_ERROR(add_history(gone, true));
    EYRIE_RETURN_IF_ERROR(
        Query(connection_, "DELETE FROM newest WHERE key = ?").bind(BytesView(item.key)).run());
    events.push_back({true, std::move(gone)});
  }
  return {};
}

Result<LeaseId> MetaTables::grant_lease(Duration time_to_live) {
  const LeaseId lease(state_.next_lease++);
  EYRIE_RETURN_IF_ERROR(store_state());
  EYRIE_RETURN_IF_ERROR(Query(connection_, "INSERT INTO lease VALUES(?, ?)")
                            .bind(lease.value)
                            .bind(to_ns(time_to_live))
                            .run());
  return lease;
}

Status MetaTables::revoke_lease(LeaseId lease, std::vector<MetaEvent>& events) {
  EYRIE_TRY(const bool exists, lease_exists(lease));
  if (!exists) return Status(Code::not_found, "lease " + to_string(lease) + " is gone");
  std::vector<KeyValue> items;
  {
    Query query(connection_, "SELECT key FROM newest WHERE lease = ? AND lease != 0 ORDER BY key");
    query.bind(lease.value);
    while (true) {
      EYRIE_TRY(const bool found, query.step());
      if (!found) break;
      items.emplace_back().key = query.bytes();
    }
  }
  if (!items.empty()) {
    ++state_.revision;
    EYRIE_RETURN_IF_ERROR(remove(items, state_.revision, events));
    EYRIE_RETURN_IF_ERROR(store_state());
  }
  return Query(connection_, "DELETE FROM lease WHERE id = ?").bind(lease.value).run();
}

Result<std::map<LeaseId, Duration>> MetaTables::leases() {
  std::map<LeaseId, Duration> found;
  Query query(connection_, "SELECT id, time_to_live_ns FROM lease");
  while (true) {
    EYRIE_TRY(const bool more, query.step());
    if (!more) return found;
    const LeaseId lease(query.integer());
    found[lease] = Duration(query.integer());
  }
}

Status MetaTables::compact(Revision revision) {
  if (revision <= state_.compacted) return {};  // what is asked for holds
  if (revision > state_.revision) {
    return Status(Code::out_of_range,
                  "compaction at revision " + std::to_string(revision) + " of a store that has " +
                      std::to_string(state_.compacted) + " to " + std::to_string(state_.revision));
  }
  state_.compacted = revision;
  EYRIE_RETURN_IF_ERROR(store_state());
  return Query(connection_,
               "DELETE FROM history WHERE revision < ?1 AND (removed = 1 OR EXISTS("
               "  SELECT 1 FROM history o WHERE o.key = history.key"
               "  AND o.revision > history.revision AND o.revision <= ?1))")
      .bind(revision)
      .run();
}

Result<MetaEvents> MetaTables::events_from(const KeyRange& range, Revision from,
                                           std::size_t limit) {
  if (from < state_.compacted) {
    return fail(Code::out_of_range, "revision " + std::to_string(from) + " was compacted at " +
                                        std::to_string(state_.compacted));
  }
  const std::string sql =
      "SELECT removed, key, value, create_revision, revision, lease FROM history WHERE "
      "revision >= ? AND " +
      condition_of(range, "key") + " ORDER BY id";
  Query query(connection_, sql.c_str());
  query.bind(from);
  bind_range(query, range);
  MetaEvents result;
  result.revision = state_.revision;
  while (true) {
    EYRIE_TRY(const bool found, query.step());
    if (!found) return result;
    MetaEvent event;
    event.removed = query.integer() != 0;
    event.item = read_item(query);
    if (result.events.size() >= limit &&
        event.item.mod_revision != result.events.back().item.mod_revision) {
      result.revision = result.events.back().item.mod_revision;
      return result;
    }
    result.events.push_back(std::move(event));
  }
}

Result<NewestRevisions> MetaTables::newest_revisions(std::size_t requests_max,
                                                     std::size_t bytes_max) {
  NewestRevisions newest;
  newest.from =
      std::max(state_.revision - static_cast<Revision>(requests_max) + 1, state_.compacted);
  Query query(connection_,
              "SELECT revision, sum(length(key) + length(value)) FROM history"
              " WHERE revision >= ? AND removed = 0 GROUP BY revision ORDER BY revision DESC");
  query.bind(newest.from);
  std::size_t before_last = 0;  // the last request of a batch may be of any size
  while (true) {
    EYRIE_TRY(const bool found, query.step());
    if (!found) return newest;
    const Revision revision = query.integer();
    const auto bytes = static_cast<std::size_t>(query.integer());
    if (newest.bytes != 0) before_last += bytes;
    newest.bytes += bytes;
    if (before_last >= bytes_max) {
      newest.from = revision;
      return newest;
    }
  }
}

}  // namespace eyrie::storage
