#include "nodes/proxy/metadata.h"

#include <algorithm>
#include <utility>
#include <xxhash.h>

namespace eyrie::proxy {

namespace {

// A question applies nothing, whatever became of it: what it was asked for may be tried again.
Status unanswered(Status failure) {
  if (failure.code() != Code::deadline_exceeded && failure.code() != Code::unknown) return failure;
  return Status(Code::unavailable, "no answer of the coordinator: " + failure.message());
}

}  // namespace

CollectionRef Metadata::remembered(const std::string& name) const {
  const auto found = collections_.find(name);
  return found != collections_.end() ? found->second : nullptr;
}

Task<Result<CollectionRef>> Metadata::describe(std::string name, MonotonicTime deadline) {
  Result<CollectionRef> answer = co_await describing_[name].ask(
      clock_, deadline, [this, name, deadline] { return ask_collection(name, deadline); });
  const auto found = describing_.find(name);
  if (found != describing_.end() && found->second.idle()) describing_.erase(found);
  co_return answer;
}

Task<Result<CollectionRef>> Metadata::ask_collection(std::string name, MonotonicTime deadline) {
  internal::DescribeCollectionRequest request;
  request.set_name(name);
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  Result<internal::CollectionResponse> answer =
      co_await coordinator_.call<internal::CollectionResponse>("coordinator.DescribeCollection",
                                                               request, options);
  if (!answer) {
    if (answer.error().code() == Code::not_found) collections_.erase(name);
    co_return fail(unanswered(answer.error()));
  }
  auto collection = std::make_shared<Collection>();
  collection->record = std::move(*answer->mutable_collection());
  EYRIE_CO_TRY(collection->schema, wire::read_schema(collection->record.schema()));
  if (collection->record.virtual_channels().empty()) {
    co_return fail(Code::internal, "collection " + name + " has no shards");
  }
  if (collections_.size() >= kCollectionsMax) collections_.clear();
  collections_[name] = collection;
  co_return collection;
}

Task<Result<internal::Route>> Metadata::route(std::string channel, MonotonicTime deadline) {
  const auto known = routes_.find(channel);
  if (known != routes_.end() && !doubted_.contains(channel)) co_return known->second;
  if (known != routes_.end()) {
    // One call asks for all: the others go on with what is known, which may well be right, whoever
    // leads. For the same reason it stays, and the asker waits no longer than this.
    doubted_.erase(channel);
    (void)co_await refresh_routes(std::min(deadline, clock_.monotonic() + doubt_max_));
  } else {
    EYRIE_CO_RETURN_IF_ERROR(co_await refresh_routes(deadline));
  }
  if (const auto found = routes_.find(channel); found != routes_.end()) co_return found->second;
  std::string sentence = "channel " + channel + " has no owner at the moment";
  if (const auto trouble = troubles_.find(channel); trouble != troubles_.end()) {
    sentence += ": " + trouble->second;
  }
  co_return fail(Status(Code::unavailable, std::move(sentence)).with_milvus_code(503));
}

void Metadata::doubt_route(const std::string& channel, std::int64_t term) {
  const auto found = routes_.find(channel);
  if (found != routes_.end() && found->second.term() <= term) doubted_.insert(channel);
}

Task<Status> Metadata::refresh_routes(MonotonicTime deadline) {
  co_return status_of(co_await asking_routes_.ask(
      clock_, deadline, [this, deadline] { return ask_routes(deadline); }));
}

Task<Result<internal::Empty>> Metadata::ask_routes(MonotonicTime deadline) {
  if (clock_.monotonic() < routes_not_before_) {
    EYRIE_CO_RETURN_IF_ERROR(routes_said_);
    co_return internal::Empty();
  }
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  const Result<internal::GetRoutesResponse> answer =
      co_await coordinator_.call<internal::GetRoutesResponse>(
          "coordinator.GetRoutes", internal::GetRoutesRequest(), options);
  // An asker that was cancelled says nothing to those who come after it.
  if (!answer && answer.error().code() == Code::cancelled) co_return fail(answer.error());
  routes_not_before_ = clock_.monotonic() + kRoutesInterval;
  routes_said_ = unanswered(status_of(answer));
  EYRIE_CO_RETURN_IF_ERROR(routes_said_);
  for (const internal::Route& route : answer->routes()) {
    internal::Route& known = routes_[route.channel()];
    if (route.term() >= known.term()) known = route;
  }
  troubles_.clear();
  for (const internal::ChannelTrouble& trouble : answer->troubles()) {
    troubles_[trouble.channel()] = trouble.reason();
  }
  co_return internal::Empty();
}

void Metadata::forget_route(const std::string& channel, std::int64_t term) {
  const auto found = routes_.find(channel);
  if (found == routes_.end() || found->second.term() > term) return;
  routes_.erase(found);
  doubted_.erase(channel);
}

std::size_t shard_of(const storage::PrimaryKey& key, std::size_t shards) {
  std::uint64_t hash = 0;
  if (const auto* number = std::get_if<std::int64_t>(&key.value)) {
    hash = XXH3_64bits(number, sizeof *number);
  } else {
    const std::string& text = std::get<std::string>(key.value);
    hash = XXH3_64bits(text.data(), text.size());
  }
  return hash % shards;
}

}  // namespace eyrie::proxy
