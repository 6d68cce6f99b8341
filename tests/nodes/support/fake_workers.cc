#include "tests/nodes/support/fake_workers.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "nodes/wire/columns.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "tests/nodes/support/rows.h"

namespace eyrie::test {

namespace {

void remove_row(std::vector<FakeQueryNodes::Row>& rows, std::int64_t key, std::int64_t at) {
  for (FakeQueryNodes::Row& row : rows) {
    if (row.key == key && row.timestamp < at) row.deleted_at = std::min(row.deleted_at, at);
  }
}

Columns columns_of(const std::vector<FakeQueryNodes::Row>& rows) {
  std::vector<TestRow> plain;
  for (const FakeQueryNodes::Row& row : rows) plain.push_back({row.key, row.value, row.vector});
  return make_rows(plain);
}

}  // namespace

Task<Status> FakeWorkers::travel() {
  co_return co_await environment_.clock.sleep_for(
      Duration(random_.between(50'000, to_ns(nodes_.answer_max))));
}

Task<Result<FakeQueryNodes::Node*>> FakeWorkers::reach(streaming::Worker worker,
                                                       internal::CopyOwner owner,
                                                       MonotonicTime deadline) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  FakeQueryNodes::Node& node = nodes_.nodes[worker.node];
  if (node.down) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(deadline));
    co_return fail(Code::deadline_exceeded, "the node does not answer");
  }
  if (node.incarnation != worker.incarnation) co_return fail(Code::fenced, "another incarnation");
  std::int64_t& term = node.terms[owner.channel()];
  if (owner.term() < term) co_return fail(Code::fenced, "a higher term has spoken");
  if (owner.term() > term) {
    std::erase_if(node.copies,
                  [&](const auto& entry) { return entry.first.first == owner.channel(); });
  }
  term = owner.term();
  co_return &node;
}

Result<FakeWorkers::Rows> FakeWorkers::read_files(
    const internal::LoadSegmentRequest& request) const {
  const auto& objects = nodes_.objects->objects;
  const auto file = objects.find(request.segment().binlog().key());
  if (file == objects.end()) return fail(Code::not_found, "the binlog is missing");
  EYRIE_TRY(const storage::Binlog binlog, storage::decode_binlog(file->second));
  Rows rows;
  const std::vector<TestRow> plain = read_rows(binlog.columns);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    rows.push_back({plain[i].key, plain[i].value, plain[i].vector, binlog.timestamps[i].value});
  }
  std::vector<std::string> logs;
  for (const catalog::SegmentDelta& own : request.segment().deltas()) {
    logs.push_back(own.file().key());
  }
  for (const catalog::DeltaRecord& delta : request.deltas()) logs.push_back(delta.file().key());
  for (const std::string& name : logs) {
    EYRIE_TRY(const storage::DeltaLog log, storage::decode_delta_log(objects.at(name)));
    for (std::size_t i = 0; i < log.keys.size(); ++i) {
      remove_row(rows, std::get<std::int64_t>(log.keys.at(i).value), log.timestamps[i].value);
    }
  }
  return rows;
}

Task<Status> FakeWorkers::load(streaming::Worker worker, internal::LoadSegmentRequest request,
                               MonotonicTime deadline) {
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, co_await reach(worker, request.owner(), deadline));
  EYRIE_CO_TRY(Rows rows, read_files(request));
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (node->incarnation != worker.incarnation) co_return Status(Code::fenced, "restarted");
  FakeQueryNodes::Copy& copy = node->copies[{request.owner().channel(), request.segment().id()}];
  if (copy.load > request.load()) co_return Status(Code::fenced, "a later load has come");
  copy = {std::move(rows), request.load(), request.segment().index().build_id()};
  ++nodes_.loads;
  co_return co_await travel();
}

Task<Status> FakeWorkers::load_index(streaming::Worker worker, internal::LoadIndexRequest request,
                                     MonotonicTime deadline) {
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, co_await reach(worker, request.owner(), deadline));
  if (nodes_.attaches_hang) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(deadline));
    co_return Status(Code::deadline_exceeded, "no answer");
  }
  if (nodes_.attaches_to_refuse > 0) {
    --nodes_.attaches_to_refuse;
    co_return Status(Code::data_loss, "the index cannot be read");
  }
  const auto copy = node->copies.find({request.owner().channel(), request.segment_id()});
  if (copy == node->copies.end()) co_return Status(Code::not_found, "not loaded");
  if (copy->second.load != request.load()) co_return Status(Code::conflict, "another load's copy");
  copy->second.index = request.index().build_id();
  ++nodes_.attaches;
  co_return co_await travel();
}

Task<Status> FakeWorkers::release(streaming::Worker worker,
                                  internal::ReleaseSegmentsRequest request,
                                  MonotonicTime deadline) {
  FakeQueryNodes::Node& asked = nodes_.nodes[worker.node];
  ++nodes_.releases;
  nodes_.releases_running_max = std::max(nodes_.releases_running_max, ++asked.releases_running);
  const auto reached = co_await reach(worker, request.owner(), deadline);
  --asked.releases_running;
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, reached);
  if (nodes_.releases_to_refuse > 0) {
    --nodes_.releases_to_refuse;
    co_return Status(Code::unavailable, "the release was not taken");
  }
  for (const std::int64_t segment : request.segment_ids()) {
    const auto copy = node->copies.find({request.owner().channel(), segment});
    if (copy != node->copies.end() && copy->second.load <= request.load()) node->copies.erase(copy);
  }
  co_return Status();
}

Task<Status> FakeWorkers::apply_deletes(streaming::Worker worker,
                                        internal::ApplyDeletesRequest request,
                                        MonotonicTime deadline) {
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, co_await reach(worker, request.owner(), deadline));
  EYRIE_CO_TRY(const Columns columns, wire::decode_columns(request.keys()));
  const auto& keys = std::get<std::vector<std::int64_t>>(columns.columns.at(0).values);
  for (const std::int64_t segment : request.segment_ids()) {
    const auto copy = node->copies.find({request.owner().channel(), segment});
    if (copy == node->copies.end()) co_return Status(Code::not_found, "not loaded");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      remove_row(copy->second.rows, keys[i],
                 static_cast<std::int64_t>(request.timestamps(static_cast<int>(i))));
    }
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (nodes_.apply_answers_to_lose > 0) {
    --nodes_.apply_answers_to_lose;
    co_return Status(Code::unknown, "the answer was lost");
  }
  co_return Status();
}

template <class Request>
Result<FakeWorkers::Rows> FakeWorkers::visible(const FakeQueryNodes::Node& node,
                                               const Request& request) const {
  Rows rows;
  const auto at = static_cast<std::int64_t>(request.read_timestamp());
  for (const std::int64_t segment : request.segment_ids()) {
    const auto copy = node.copies.find({request.owner().channel(), segment});
    if (copy == node.copies.end()) return fail(Code::not_found, "not loaded");
    for (const FakeQueryNodes::Row& row : copy->second.rows) {
      if (row.timestamp <= at && at < row.deleted_at) rows.push_back(row);
    }
  }
  return rows;
}

Task<Result<internal::SearchShardResponse>> FakeWorkers::search(
    streaming::Worker worker, internal::SearchSegmentsRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, co_await reach(worker, request.owner(), deadline));
  EYRIE_CO_TRY(Rows rows, visible(*node, request));
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  std::vector<float> query(2);
  std::memcpy(query.data(), request.parameters().vectors().data(), 2 * sizeof(float));
  const auto distance = [&](const FakeQueryNodes::Row& row) {
    const float x = row.vector[0] - query[0];
    const float y = row.vector[1] - query[1];
    return x * x + y * y;
  };
  std::ranges::sort(rows, {}, distance);
  const auto limit = static_cast<std::size_t>(request.parameters().limit());
  if (rows.size() > limit) rows.resize(limit);
  internal::SearchShardResponse response;
  response.add_counts(static_cast<std::int32_t>(rows.size()));
  for (const FakeQueryNodes::Row& row : rows) {
    response.add_scores(distance(row));
    response.add_timestamps(static_cast<std::uint64_t>(row.timestamp));
  }
  response.set_rows(wire::encode_columns(columns_of(rows)).value());
  co_return response;
}

Task<Result<internal::QueryShardResponse>> FakeWorkers::query(
    streaming::Worker worker, internal::QuerySegmentsRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(FakeQueryNodes::Node * node, co_await reach(worker, request.owner(), deadline));
  EYRIE_CO_TRY(Rows rows, visible(*node, request));
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (!request.parameters().keys().empty()) {
    EYRIE_CO_TRY(const Columns columns, wire::decode_columns(request.parameters().keys()));
    const auto& keys = std::get<std::vector<std::int64_t>>(columns.columns.at(0).values);
    std::erase_if(rows, [&](const FakeQueryNodes::Row& row) {
      return std::ranges::find(keys, row.key) == keys.end();
    });
  }
  internal::QueryShardResponse response;
  response.set_count(static_cast<std::int64_t>(rows.size()));
  response.set_rows(wire::encode_columns(columns_of(rows)).value());
  for (const FakeQueryNodes::Row& row : rows) {
    response.add_timestamps(static_cast<std::uint64_t>(row.timestamp));
  }
  co_return response;
}

}  // namespace eyrie::test
