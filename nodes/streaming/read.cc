// The read path of a shard: wait for the service time, pin a version, ask everyone, reduce.
#include <algorithm>
#include <map>
#include <utility>

#include "nodes/streaming/delegator.h"
#include "nodes/streaming/events.h"
#include "nodes/wire/columns.h"
#include "nodes/wire/timestamp.h"
#include "runtime/combine.h"
#include "runtime/plant.h"

namespace eyrie::streaming {

namespace {

constexpr std::int32_t kMilvusNotLoaded = 101;
constexpr std::int32_t kMilvusNotServiceable = 503;
constexpr std::int32_t kMilvusInvalidParameter = 1100;  // no client asks that again by itself

// The segments that a version reads at each worker.
std::map<Worker, std::vector<SegmentId>> by_worker(const Version& version) {
  std::map<Worker, std::vector<SegmentId>> workers;
  for (const auto& [segment, worker] : version.sealed) workers[worker].push_back(segment);
  return workers;
}

template <class Request>
Request segments_request(const internal::CopyOwner& owner, const std::vector<SegmentId>& segments,
                         Timestamp timestamp) {
  Request request;
  *request.mutable_owner() = owner;
  for (const SegmentId segment : segments) request.add_segment_ids(segment.value);
  request.set_read_timestamp(to_wire(timestamp));
  return request;
}

template <class Part>
Result<std::vector<Part>> all_or_error(std::vector<Result<Part>> results) {
  std::vector<Part> parts;
  for (Result<Part>& result : results) {
    if (!result) return fail(std::move(result).error());  // R4
    parts.push_back(std::move(*result));
  }
  return parts;
}

Task<Result<QueryRows>> ready(Result<QueryRows> rows) {
  co_return rows;
}

}  // namespace

Status Delegator::check_readable() const {
  if (stopped_) return *stopped_;
  if (!distribution_.has_target()) {
    return Status(Code::failed_precondition, shard_->virtual_channel() + " is not loaded")
        .with_milvus_code(kMilvusNotLoaded);
  }
  if (distribution_.readable() == nullptr) {
    return Status(Code::unavailable, shard_->virtual_channel() + " is not serviceable")
        .with_milvus_code(kMilvusNotServiceable);
  }
  return {};
}

Status Delegator::check_guarantee(Timestamp guarantee) const {
  if (!tick_.valid()) return {};
  const Duration ahead =
      environment_.clock.monotonic() - tick_at_ + setting_.options.guarantee_ahead_max;
  if (to_wire(guarantee) <= to_wire(tick_) + wire::timestamp_span(ahead)) return {};
  return Status(Code::invalid_argument, "guarantee timestamp " + to_string(guarantee) +
                                            " is far later than now, about " + to_string(tick_));
}

Status Delegator::check_horizon(const internal::ReadHeader& header) const {
  const Timestamp horizon = distribution_.readable()->horizon;
  const Timestamp guarantee = from_wire(header.guarantee_timestamp());
  const bool served =
      EYRIE_PLANT(read_below_horizon, !header.exact() || guarantee >= horizon, true);
  if (served) return {};
  emit(environment_.tracer, kReadBelowHorizon, shard_->virtual_channel(), guarantee, horizon);
  return Status(Code::out_of_range, "rows that were visible at timestamp " + to_string(guarantee) +
                                        " are gone from " + shard_->virtual_channel() +
                                        ": it was compacted through " + to_string(horizon) +
                                        " (coordinator.compaction_retention); read anew")
      .with_milvus_code(kMilvusInvalidParameter);
}

Task<Result<Delegator::ReadView>> Delegator::begin_read(internal::ReadHeader header) {
  EYRIE_CO_RETURN_IF_ERROR(check_readable());
  const DelegatorOptions& options = setting_.options;
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(check_horizon(header));
    const Timestamp guarantee =
        std::max(from_wire(header.guarantee_timestamp()), distribution_.readable()->horizon);
    if (service_time_ >= guarantee) break;  // R1, S4
    EYRIE_CO_RETURN_IF_ERROR(check_guarantee(guarantee));
    if (readers_waiting_ >= options.readers_waiting_max) {
      co_return fail(Code::resource_exhausted, "readers_waiting_max of the shard is reached");
    }
    if (tick_ < guarantee) ticks_.demand_tick(guarantee);
    ++readers_waiting_;
    const Status waited = co_await changed_.wait();
    --readers_waiting_;
    EYRIE_CO_RETURN_IF_ERROR(waited);
    EYRIE_CO_RETURN_IF_ERROR(check_readable());
  }
  if (reads_at_.size() >= options.reads_running_max) {
    co_return fail(Code::resource_exhausted, "reads_running_max of the shard is reached");
  }
  // One step: the version, the timestamp and the growing segments belong together (R3).
  ReadView view;
  view.version = distribution_.pin();
  view.timestamp = header.exact() ? from_wire(header.guarantee_timestamp()) : service_time_;  // R2
  reads_at_.insert(view.timestamp);
  for (const auto& [id, segment] : shard_->growing()) {
    const bool read_sealed =
        EYRIE_PLANT(sealed_and_growing_both_searched, view.version.has(id), false);
    if (!read_sealed) view.growing.push_back(segment);
  }
  co_return view;
}

void Delegator::end_read(const ReadView& view) {
  reads_at_.erase(reads_at_.find(view.timestamp));
  carry_out(distribution_.unpin(view.version.number));
}

// A worker that says it is another incarnation, or lacks a segment, no longer has its copies.
void Delegator::on_read_failed(const Worker& worker, const Status& status) {
  if (stopped_) return;
  if (status.code() != Code::fenced && status.code() != Code::not_found) return;
  emit(environment_.tracer, kWorkerLost, shard_->virtual_channel(), worker.node,
       status.to_string());
  carry_out(distribution_.on_worker_lost(worker));
}

Task<Result<internal::SearchShardResponse>> Delegator::search(internal::SearchShardRequest request,
                                                              MonotonicTime deadline) {
  const std::shared_ptr<Delegator> self = shared_from_this();
  EYRIE_CO_TRY(const ReadView view, co_await begin_read(request.header()));
  Result<internal::SearchShardResponse> response =
      co_await search_view(view, request.parameters(), deadline);
  end_read(view);
  co_return response;
}

Task<Result<internal::SearchShardResponse>> Delegator::search_view(
    const ReadView& view, const internal::SearchParameters& parameters, MonotonicTime deadline) {
  const FieldId key_field = shard_->key().field;
  EYRIE_CO_TRY(SearchQuery read, read_search_query(parameters, key_field));
  const auto query = std::make_shared<const SearchQuery>(std::move(read));
  const MonotonicTime end =
      std::min(deadline, environment_.clock.monotonic() + setting_.options.read_timeout_max);
  std::vector<Task<Result<SearchHits>>> reads;
  reads.push_back(search_growing(view.growing, query, view.timestamp, kernels_));
  for (const auto& [worker, segments] : by_worker(view.version)) {
    auto request =
        segments_request<internal::SearchSegmentsRequest>(owner(), segments, view.timestamp);
    *request.mutable_parameters() = parameters;
    reads.push_back(search_worker(worker, std::move(request), query->queries, end));
  }
  EYRIE_CO_TRY(const std::vector<SearchHits> parts, all_or_error(co_await all(std::move(reads))));
  EYRIE_CO_TRY(const SearchHits hits,
               reduce_hits(query->metric, key_field, query->queries, query->limit, parts));
  internal::SearchShardResponse response;
  response.set_read_timestamp(to_wire(view.timestamp));
  EYRIE_CO_RETURN_IF_ERROR(write_search_hits(hits, response));
  co_return response;
}

Task<Result<SearchHits>> Delegator::search_worker(Worker worker,
                                                  internal::SearchSegmentsRequest request,
                                                  std::size_t queries, MonotonicTime deadline) {
  const auto answer = co_await workers_.search(worker, std::move(request), deadline);
  if (!answer) {
    on_read_failed(worker, answer.error());
    co_return fail(answer.error());
  }
  co_return read_search_hits(*answer, queries);
}

Task<Result<internal::QueryShardResponse>> Delegator::query(internal::QueryShardRequest request,
                                                            MonotonicTime deadline) {
  const std::shared_ptr<Delegator> self = shared_from_this();
  EYRIE_CO_TRY(const ReadView view, co_await begin_read(request.header()));
  Result<internal::QueryShardResponse> response =
      co_await query_view(view, request.parameters(), deadline);
  end_read(view);
  co_return response;
}

Task<Result<internal::QueryShardResponse>> Delegator::query_view(
    const ReadView& view, const internal::QueryParameters& parameters, MonotonicTime deadline) {
  const FieldId key_field = shard_->key().field;
  EYRIE_CO_TRY(const RowQuery query, read_row_query(parameters, key_field));
  const MonotonicTime end =
      std::min(deadline, environment_.clock.monotonic() + setting_.options.read_timeout_max);
  std::vector<Task<Result<QueryRows>>> reads;
  reads.push_back(ready(query_growing(view.growing, query, view.timestamp)));
  for (const auto& [worker, segments] : by_worker(view.version)) {
    auto request =
        segments_request<internal::QuerySegmentsRequest>(owner(), segments, view.timestamp);
    *request.mutable_parameters() = parameters;
    reads.push_back(query_worker(worker, std::move(request), end));
  }
  EYRIE_CO_TRY(const std::vector<QueryRows> parts, all_or_error(co_await all(std::move(reads))));
  EYRIE_CO_TRY(const QueryRows found, reduce_rows(key_field, parts));
  internal::QueryShardResponse response;
  response.set_read_timestamp(to_wire(view.timestamp));
  response.set_count(found.count);
  EYRIE_CO_TRY(*response.mutable_rows(), wire::encode_columns(found.rows));
  for (const Timestamp timestamp : found.timestamps) response.add_timestamps(to_wire(timestamp));
  co_return response;
}

Task<Result<QueryRows>> Delegator::query_worker(Worker worker,
                                                internal::QuerySegmentsRequest request,
                                                MonotonicTime deadline) {
  const bool count_only = request.parameters().count_only();
  const auto answer = co_await workers_.query(worker, std::move(request), deadline);
  if (!answer) {
    on_read_failed(worker, answer.error());
    co_return fail(answer.error());
  }
  co_return read_query_rows(*answer, count_only);
}

}  // namespace eyrie::streaming
