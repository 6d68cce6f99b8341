// The streams of EtcdServer: watches and keep-alives.
#include <utility>

#include "storage/fakes/etcd_frame.h"
#include "storage/fakes/etcd_server.h"

namespace eyrie::storage::fakes {

namespace {

Bytes encode(const etcdserverpb::WatchResponse& response) {
  return encode_answer({EtcdCode::ok, "", response.SerializeAsString()});
}

}  // namespace

Task<Status> EtcdServer::end_stream(rpc::Stream& stream) {
  co_return co_await stream.send(encode_answer(refuse(kNoLeader)));
}

EtcdWatchSession::View EtcdServer::watch_view() const {
  return {cluster_.state(), cluster_.applied(member_), cluster_.header(member_)};
}

Task<Status> EtcdServer::serve_watch(rpc::Stream& stream) {
  WatchState watch;
  TaskGroup readers(co_await this_scope());
  readers.spawn(read_watch_requests(stream, watch));
  Status status = co_await feed_watch(stream, watch);
  readers.cancel();
  co_await readers.join();
  co_return status;
}

Task<void> EtcdServer::read_watch_requests(rpc::Stream& stream, WatchState& watch) {
  while (!watch.ended) {
    Result<std::optional<Bytes>> message = co_await stream.receive();
    etcdserverpb::WatchRequest request;
    if (message && *message && request.ParseFromString(**message)) {
      if (watch.name.empty()) watch.name = std::move(**message);
      watch.requests.push_back(std::move(request));
    } else {
      watch.ended = true;
    }
    change_.notify_all();
  }
}

Task<Status> EtcdServer::feed_watch(rpc::Stream& stream, WatchState& watch) {
  while (true) {
    EYRIE_CO_TRY(const EtcdWatchSession::Responses responses, co_await next_responses(watch));
    for (const etcdserverpb::WatchResponse& response : responses) {
      EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(encode(response)));
    }
    if (watch.ended) co_return Status();
    if (responses.empty()) co_return co_await end_stream(stream);
  }
}

Task<Result<EtcdWatchSession::Responses>> EtcdServer::next_responses(WatchState& watch) {
  EtcdWatchSession::Responses responses;
  while (!watch.ended && cluster_.knows_leader(member_)) {
    while (!watch.requests.empty()) {
      watch.session.on_request(watch.requests.front(), watch_view(), responses);
      watch.requests.pop_front();
    }
    if (watch.session.is_behind(watch_view())) {
      Random draws = cluster_.draws("watch end", watch.name);
      if (cluster_.faults().take(EtcdFault::stream_ended, draws)) break;
      EYRIE_CO_RETURN_IF_ERROR(co_await add_news(watch, responses));
    }
    if (!responses.empty()) co_return responses;
    EYRIE_CO_RETURN_IF_ERROR(co_await change_.wait());
  }
  co_return EtcdWatchSession::Responses();
}

Task<Status> EtcdServer::add_news(WatchState& watch, EtcdWatchSession::Responses& responses) {
  EtcdFaults& faults = cluster_.faults();
  Random draws = cluster_.draws("watch", watch.name);
  if (faults.take(EtcdFault::merged_batches, draws)) {
    EYRIE_CO_RETURN_IF_ERROR(co_await clock().sleep_for(faults.draw_stall(draws)));
  }
  EtcdWatchSession::Batching batching;
  if (faults.take(EtcdFault::small_batches, draws)) batching = {1, 1};
  watch.session.poll(watch_view(), batching, responses);
  if (faults.take(EtcdFault::odd_progress, draws)) {
    watch.session.report_progress(watch_view(), responses);
  }
  co_return Status();
}

Task<Status> EtcdServer::serve_keep_alives(rpc::Stream& stream) {
  EtcdFaults& faults = cluster_.faults();
  while (true) {
    EYRIE_CO_TRY(std::optional<Bytes> request, co_await stream.receive());
    if (!request) co_return Status();
    Random draws = cluster_.draws("keep_alive", *request);
    EYRIE_CO_RETURN_IF_ERROR(co_await take_time(draws));
    if (faults.take(EtcdFault::late_keep_alive, draws)) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock().sleep_for(faults.draw_stall(draws)));
    }
    if (faults.take(EtcdFault::stream_ended, draws)) co_return co_await end_stream(stream);
    if (!cluster_.knows_leader(member_)) co_return co_await end_stream(stream);
    EYRIE_CO_TRY(const bool contact, co_await wait_for_contact());
    if (!contact) co_return co_await end_stream(stream);
    const EtcdAnswer answered = apply(EtcdMethod::lease_keep_alive, *request);
    EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(encode_answer(answered)));
  }
}

}  // namespace eyrie::storage::fakes
