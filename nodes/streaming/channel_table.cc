#include "nodes/streaming/channel_table.h"

#include <utility>

#include "nodes/streaming/metrics.h"

namespace eyrie::streaming {

namespace {

template <class Response>
Task<Result<Response>> ready(Result<Response> response) {
  co_return response;
}

}  // namespace

void ChannelTable::register_handlers(rpc::RpcServer& server) {
  const auto command = [&]<class Request, class Response>(
                           std::string name,
                           Result<Response> (ChannelTable::*method)(const Request&)) {
    server.handle<Request, Response>(std::move(name),
                                     [this, method](rpc::CallContext, const Request& request) {
                                       return ready<Response>((this->*method)(request));
                                     });
  };
  const auto write = [&]<class Request, class Response>(
                         std::string name,
                         Task<Result<Response>> (ChannelTable::*method)(Request)) {
    server.handle<Request, Response>(std::move(name),
                                     [this, method](rpc::CallContext, Request request) {
                                       return (this->*method)(std::move(request));
                                     });
  };
  const auto read = [&]<class Request, class Response>(
                        std::string name,
                        Task<Result<Response>> (ChannelTable::*method)(Request, MonotonicTime)) {
    server.handle<Request, Response>(std::move(name),
                                     [this, method](rpc::CallContext context, Request request) {
                                       return (this->*method)(std::move(request), context.deadline);
                                     },
                                     {.reads = true});
  };
  command("streaming.AssignChannel", &ChannelTable::assign);
  command("streaming.SyncTarget", &ChannelTable::sync_target);
  write("streaming.AppendDdl", &ChannelTable::append_ddl);
  write("streaming.Append", &ChannelTable::append);
  write("streaming.Seal", &ChannelTable::seal);
  read("streaming.SearchShard", &ChannelTable::search);
  read("streaming.QueryShard", &ChannelTable::query);
}

void ChannelTable::read_metrics(MetricSample& sample) const {
  std::int64_t served = 0;
  for (const auto& [name, owner] : owners_) {
    const Result<ServingRef> serving = owner->serving();
    if (!serving) continue;
    ++served;
    (*serving)->read_metrics(sample, name);
  }
  sample.gauge(kChannelsServed, served);
}

Task<void> ChannelTable::stop() {
  for (const auto& [name, owner] : owners_) owner->request_stop();
  owners_.clear();
  group_.cancel();
  co_await group_.join();
}

Task<void> ChannelTable::run_owner(std::shared_ptr<ChannelOwner> owner) {
  co_await owner->run();
}

Result<std::shared_ptr<ChannelOwner>> ChannelTable::find(const std::string& channel) const {
  const auto found = owners_.find(channel);
  if (found != owners_.end()) return found->second;
  return fail(Code::not_leader, "channel " + channel + " is not owned here");
}

Result<ChannelTable::ServingRef> ChannelTable::find_serving(const std::string& channel,
                                                            WalTerm term) const {
  EYRIE_TRY(const std::shared_ptr<ChannelOwner> owner, find(channel));
  return owner->serving(term);
}

Result<internal::ChannelStateResponse> ChannelTable::assign(
    const internal::AssignChannelRequest& request) {
  EYRIE_RETURN_IF_ERROR(commands_.admit("channel " + request.channel(), request.command()));
  if (request.channel().empty() || request.term() < 1) {
    return fail(Code::invalid_argument, "an assignment needs a channel and a term");
  }
  const auto known = owners_.find(request.channel());
  if (known != owners_.end()) {
    if (request.term() < known->second->term()) {
      return fail(Code::fenced, "channel " + request.channel() + " is owned here in term " +
                                    std::to_string(known->second->term()));
    }
    if (request.term() == known->second->term()) return known->second->state();
    known->second->request_stop();
  } else if (owners_.size() >= context_.options.channels_max) {
    return fail(Code::resource_exhausted, "channels_max of the node is reached");
  }
  const auto owner = std::make_shared<ChannelOwner>(context_, request.channel(), request.term());
  owners_[request.channel()] = owner;
  group_.spawn(run_owner(owner));
  return owner->state();
}

Result<internal::ShardStateResponse> ChannelTable::sync_target(
    const internal::SyncTargetRequest& request) {
  EYRIE_RETURN_IF_ERROR(commands_.admit("shard " + request.virtual_channel(), request.command()));
  EYRIE_TRY(const ServingRef serving, find_serving(request.channel(), request.term()));
  return serving->sync_target(request);
}

Task<Result<internal::AppendDdlResponse>> ChannelTable::append_ddl(
    internal::AppendDdlRequest request) {
  const std::string subject =
      "collection " + std::to_string(request.collection().id()) + " on " + request.channel();
  EYRIE_CO_RETURN_IF_ERROR(commands_.admit(subject, request.command()));
  EYRIE_CO_TRY(const ServingRef serving, find_serving(request.channel(), request.term()));
  co_return co_await serving->append_ddl(std::move(request));
}

Task<Result<internal::AppendResponse>> ChannelTable::append(internal::AppendRequest request) {
  EYRIE_CO_TRY(const ServingRef serving, find_serving(request.channel(), request.term()));
  co_return co_await serving->append(std::move(request));
}

Task<Result<internal::SealResponse>> ChannelTable::seal(internal::SealRequest request) {
  EYRIE_CO_TRY(const ServingRef serving, find_serving(request.channel(), request.term()));
  co_return co_await serving->seal(std::move(request));
}

Task<Result<internal::SearchShardResponse>> ChannelTable::search(
    internal::SearchShardRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(const std::shared_ptr<ChannelOwner> owner, find(request.header().channel()));
  EYRIE_CO_TRY(const ServingRef serving, owner->serving());
  co_return co_await serving->search(std::move(request), deadline);
}

Task<Result<internal::QueryShardResponse>> ChannelTable::query(internal::QueryShardRequest request,
                                                               MonotonicTime deadline) {
  EYRIE_CO_TRY(const std::shared_ptr<ChannelOwner> owner, find(request.header().channel()));
  EYRIE_CO_TRY(const ServingRef serving, owner->serving());
  co_return co_await serving->query(std::move(request), deadline);
}

}  // namespace eyrie::streaming
