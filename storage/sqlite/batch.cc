#include "storage/sqlite/batch.h"

#include <span>
#include <utility>

namespace eyrie::storage {

namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

Result<MetaReply> done(Status status) {
  if (!status.ok()) return fail(std::move(status));
  return MetaReply(Done{});
}

template <class T>
Result<MetaReply> reply(Result<T> result) {
  if (!result) return fail(std::move(result).error());
  return MetaReply(std::move(*result));
}

Result<MetaReply> run_request(MetaTables& tables, const MetaRequest& request,
                              std::vector<MetaEvent>& events) {
  return std::visit(
      Overloaded{
          [&](const RangeRequest& r) { return reply(tables.range(r.range, r.revision, r.limit)); },
          [&](const Transaction& r) { return reply(tables.commit(r, events)); },
          [&](const GrantRequest& r) { return reply(tables.grant_lease(r.time_to_live)); },
          [&](const RevokeRequest& r) { return done(tables.revoke_lease(r.lease, events)); },
          [&](const CompactRequest& r) { return done(tables.compact(r.revision)); },
          [&](const EventsRequest& r) {
            return reply(tables.events_from(r.range, r.from, r.limit));
          },
      },
      request);
}

// True if the request itself was wrong; it was found so before anything was written.
bool is_own_fault(const Status& status) {
  return status.code() == Code::not_found || status.code() == Code::out_of_range;
}

// An error after which the transaction was rolled back: certainly not applied.
Status not_applied(Status status) {
  if (status.category() != Category::unknown_outcome) return status;
  return Status(Code::unavailable, "not applied: " + status.to_string());
}

// Begins, runs and commits. ok: committed.
Status try_together(SqliteConnection& connection, MetaTables& tables,
                    std::span<const MetaRequest> requests, MetaBatch& batch) {
  EYRIE_RETURN_IF_ERROR(connection.execute("BEGIN"));
  for (const MetaRequest& request : requests) {
    const std::size_t events_before = batch.events.size();
    Result<MetaReply> result = run_request(tables, request, batch.events);
    if (!result && !is_own_fault(result.error())) return std::move(result).error();
    batch.replies.push_back(std::move(result));
    batch.changes.push_back(batch.events.size() - events_before);
  }
  return connection.execute("COMMIT");
}

// A request that changes nothing was certainly not applied.
Result<MetaReply> broken_reply(const MetaRequest& request, const Status& broken) {
  const bool reads = std::holds_alternative<RangeRequest>(request) ||
                     std::holds_alternative<EventsRequest>(request);
  return fail(reads ? Code::unavailable : Code::unknown,
              "the metadata store failed: " + broken.message());
}

// False if nobody knows whether it was rolled back.
bool roll_back(SqliteConnection& connection, MetaTables& tables) {
  // SQLite has rolled back by itself after most errors.
  if (connection.in_transaction() && !connection.execute("ROLLBACK").ok()) return false;
  return connection.vfs().failure().ok() && tables.reload().ok();
}

void run_requests(SqliteConnection& connection, MetaTables& tables, MetaBatch& batch,
                  std::span<const MetaRequest> requests) {
  const std::size_t replies_before = batch.replies.size();
  const std::size_t events_before = batch.events.size();
  Status status = try_together(connection, tables, requests, batch);
  if (status.ok()) return;
  batch.replies.resize(replies_before, Result<MetaReply>(Done{}));
  batch.changes.resize(replies_before);
  batch.events.resize(events_before);
  if (!roll_back(connection, tables)) {
    batch.broken = Status(Code::unknown, status.to_string());
    while (batch.replies.size() < batch.requests.size()) {
      batch.replies.push_back(broken_reply(batch.requests[batch.replies.size()], batch.broken));
      batch.changes.push_back(0);
    }
    return;
  }
  if (requests.size() == 1) {
    batch.replies.push_back(fail(not_applied(std::move(status))));
    batch.changes.push_back(0);
    return;
  }
  // One of them may be too much for the disk, or meet a damaged page; the others need not fail.
  for (std::size_t i = 0; i < requests.size() && batch.broken.ok(); ++i) {
    run_requests(connection, tables, batch, requests.subspan(i, 1));
  }
}

}  // namespace

std::size_t bytes_of(const MetaRequest& request) {
  const auto* transaction = std::get_if<Transaction>(&request);
  std::size_t bytes = 256;
  if (transaction == nullptr) return bytes;
  for (const MetaOperation& operation : transaction->then) {
    bytes += operation.range.key.size() + operation.value.size();
  }
  for (const MetaOperation& operation : transaction->otherwise) {
    bytes += operation.range.key.size() + operation.value.size();
  }
  return bytes;
}

void run_batch(SqliteConnection& connection, MetaTables& tables, MetaBatch& batch) {
  connection.vfs().begin_use(batch.now);
  run_requests(connection, tables, batch, batch.requests);
  // What it was asked for is committed, whatever becomes of this; a full disk may have room later.
  if (batch.broken.ok() && connection.log_pages() >= batch.log_pages_max) {
    const Status moved = connection.check_point();
    if (!connection.vfs().failure().ok()) batch.broken = moved;
  }
  batch.revision = tables.revision();
  batch.compacted = tables.compacted();
}

}  // namespace eyrie::storage
