// Handlers: the proxy's public methods, on Milvus's messages, one verb a file.
//
// Failures are inside the answer's Status, as Milvus has it: a handler's own Result is an error
// only when no answer can be made.
#pragma once

#include <algorithm>

#include <google/protobuf/repeated_field.h>

#include "nodes/proto/milvus/milvus.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "nodes/proxy/fields.h"
#include "nodes/proxy/guarantee.h"
#include "nodes/proxy/sealed_times.h"
#include "nodes/proxy/search_request.h"
#include "nodes/proxy/shard_caller.h"
#include "nodes/proxy/timestamps.h"

namespace eyrie::proxy {

namespace pb = milvus::proto::milvus;

class Handlers {
 public:
  Handlers(Environment& environment, membership::CoordinatorClient& coordinator, Metadata& metadata,
           TimestampClient& timestamps, ShardCaller& shards, const ProxyOptions& options)
      : environment_(environment),
        coordinator_(coordinator),
        metadata_(metadata),
        timestamps_(timestamps),
        shards_(shards),
        options_(options) {}

  // Until when a request may take its time: as long as its caller says, or the server at most.
  MonotonicTime deadline_of(const rpc::CallContext& context) const;

  // Each ends at its deadline.
  // collections.cc
  Task<milvus::proto::common::Status> create_collection(pb::CreateCollectionRequest request,
                                                        MonotonicTime deadline);
  Task<milvus::proto::common::Status> drop_collection(pb::DropCollectionRequest request,
                                                      MonotonicTime deadline);
  Task<pb::BoolResponse> has_collection(pb::HasCollectionRequest request, MonotonicTime deadline);
  Task<pb::DescribeCollectionResponse> describe_collection(pb::DescribeCollectionRequest request,
                                                           MonotonicTime deadline);
  Task<pb::ShowCollectionsResponse> show_collections(pb::ShowCollectionsRequest request,
                                                     MonotonicTime deadline);
  Task<milvus::proto::common::Status> load_collection(pb::LoadCollectionRequest request,
                                                      MonotonicTime deadline);
  Task<milvus::proto::common::Status> release_collection(pb::ReleaseCollectionRequest request,
                                                         MonotonicTime deadline);
  Task<pb::GetLoadingProgressResponse> loading_progress(pb::GetLoadingProgressRequest request,
                                                        MonotonicTime deadline);
  // insert.cc
  Task<pb::MutationResult> insert(pb::InsertRequest request, MonotonicTime deadline);
  Task<pb::MutationResult> upsert(pb::UpsertRequest request, MonotonicTime deadline);
  Task<pb::MutationResult> remove(pb::DeleteRequest request, MonotonicTime deadline);
  // search.cc, query.cc
  Task<pb::SearchResults> search(pb::SearchRequest request, MonotonicTime deadline);
  Task<pb::QueryResults> query(pb::QueryRequest request, MonotonicTime deadline);
  // flush.cc
  Task<pb::FlushResponse> flush(pb::FlushRequest request, MonotonicTime deadline);
  Task<pb::GetFlushStateResponse> flush_state(pb::GetFlushStateRequest request,
                                              MonotonicTime deadline);

 private:
  // collections.cc
  template <class Request>
  Task<Status> change_load(std::string name, std::string method, MonotonicTime deadline);
  Task<Result<std::int64_t>> ask_progress(CollectionRef collection, MonotonicTime deadline);
  Task<Result<pb::DescribeCollectionResponse>> describe(pb::DescribeCollectionRequest request,
                                                        MonotonicTime deadline);
  Task<Result<pb::ShowCollectionsResponse>> show(MonotonicTime deadline);
  Task<Result<std::int64_t>> progress(std::string name, MonotonicTime deadline);
  Task<Status> create(pb::CreateCollectionRequest request, MonotonicTime deadline);
  // insert.cc
  Task<Result<pb::MutationResult>> write_rows(std::string name, internal::AppendKind kind,
                                              FieldDataList fields, std::size_t rows,
                                              MonotonicTime deadline);
  Task<Result<pb::MutationResult>> write_to(CollectionRef collection, internal::AppendKind kind,
                                            const FieldDataList& fields, std::size_t rows,
                                            MonotonicTime deadline);
  Task<Result<pb::MutationResult>> remove_from(CollectionRef collection,
                                               const std::string& expression,
                                               MonotonicTime deadline);
  Task<Result<pb::MutationResult>> remove_keys(pb::DeleteRequest request, MonotonicTime deadline);
  Task<Result<pb::MutationResult>> mutate(CollectionRef collection, internal::AppendKind kind,
                                          storage::Columns columns, MonotonicTime deadline);
  Task<Result<internal::AppendResponse>> append(CollectionRef collection, int shard,
                                                internal::AppendKind kind, storage::Columns columns,
                                                MonotonicTime deadline);
  // guarantee.cc
  Task<Result<Guarantee>> guarantee(milvus::proto::common::ConsistencyLevel level,
                                    std::uint64_t client_timestamp, MonotonicTime deadline);
  // search.cc, query.cc, flush.cc
  Task<Result<pb::SearchResults>> run_search(pb::SearchRequest request, MonotonicTime deadline);
  Task<Result<pb::SearchResults>> search_in(CollectionRef collection,
                                            const pb::SearchRequest& request,
                                            const SearchNumbers& numbers, MonotonicTime deadline);
  Task<Result<pb::QueryResults>> run_query(pb::QueryRequest request, MonotonicTime deadline);
  Task<Result<pb::QueryResults>> query_in(CollectionRef collection, const pb::QueryRequest& request,
                                          MonotonicTime deadline);
  struct Sealed {
    google::protobuf::RepeatedField<std::int64_t> segments;
    std::uint64_t until = 0;  // they and what was flushed before have everything up to then
  };
  Task<Result<Sealed>> flush_one(std::string name, MonotonicTime deadline);
  Task<Result<Sealed>> seal_all(CollectionRef collection, MonotonicTime deadline);
  Task<Result<bool>> ask_flushed(CollectionRef collection, const pb::GetFlushStateRequest& request,
                                 MonotonicTime deadline);

  // D3: what `attempt` (a plain function of a CollectionRef that returns a Task<Result<T>>) makes
  // of the collection of that name. What is a caller's mistake by a description that was remembered
  // may be none by the newest one: the name is described again, and what was certainly not applied
  // is attempted once more if another collection has it now. If nobody can say which has it, nobody
  // can say whose the mistake is: unavailable.
  template <class T, class Attempt>
  Task<Result<T>> with_collection(std::string name, MonotonicTime deadline, Attempt attempt) {
    CollectionRef collection = metadata_.remembered(name);
    const bool remembered = collection != nullptr;
    if (!remembered) {
      EYRIE_CO_TRY(collection, co_await metadata_.describe(name, deadline));
    }
    Result<T> result = co_await attempt(collection);
    const bool mistaken = !result && result.error().category() == Category::caller;
    if (!mistaken || !remembered) co_return result;
    const MonotonicTime until =
        std::min(deadline, environment_.clock.monotonic() + options_.describe_again_max);
    const Result<CollectionRef> fresh = co_await metadata_.describe(std::move(name), until);
    if (!fresh && fresh.error().code() == Code::not_found) co_return fail(fresh.error());
    if (!fresh) {
      co_return fail(Code::unavailable, result.error().message() +
                                            " (or the collection was made anew, which cannot be "
                                            "found out now: " +
                                            fresh.error().message() + ")");
    }
    if ((*fresh)->record.id() == collection->record.id()) co_return result;
    co_return co_await attempt(*fresh);
  }

  Environment& environment_;
  membership::CoordinatorClient& coordinator_;
  Metadata& metadata_;
  TimestampClient& timestamps_;
  ShardCaller& shards_;
  const ProxyOptions& options_;
  SealedTimes sealed_;
};

// A Status as Milvus's clients read it: both its old and its new code.
void set_status(const Status& status, milvus::proto::common::Status& out);

}  // namespace eyrie::proxy
