#include "storage/fakes/etcd_watch.h"

#include <algorithm>
#include <utility>

namespace eyrie::storage::fakes {

using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;

namespace {

constexpr std::int64_t kWholeStream = -1;  // the watch id of answers that concern no one watcher

WatchResponse& respond(std::int64_t id, const EtcdWatchSession::View& view,
                       EtcdWatchSession::Responses& out) {
  WatchResponse& response = out.emplace_back();
  *response.mutable_header() = view.header;
  response.mutable_header()->set_revision(view.applied);
  response.set_watch_id(id);
  return response;
}

}  // namespace

void EtcdWatchSession::on_request(const WatchRequest& request, const View& view, Responses& out) {
  switch (request.request_union_case()) {
    case WatchRequest::kCreateRequest:
      create(request.create_request(), view, out);
      break;
    case WatchRequest::kCancelRequest:
      if (watchers_.erase(request.cancel_request().watch_id()) > 0) {
        respond(request.cancel_request().watch_id(), view, out).set_canceled(true);
      }
      break;
    case WatchRequest::kProgressRequest:
      respond(kWholeStream, view, out);
      break;
    case WatchRequest::REQUEST_UNION_NOT_SET:
      break;
  }
}

void EtcdWatchSession::create(const etcdserverpb::WatchCreateRequest& request, const View& view,
                              Responses& out) {
  std::int64_t id = request.watch_id();
  if (id == 0) {
    while (watchers_.contains(next_id_)) ++next_id_;
    id = next_id_++;
  }
  WatchResponse& response = respond(id, view, out);
  response.set_created(true);
  const bool supported = request.filters().empty() && !request.prev_kv();
  if (!supported || watchers_.contains(id)) {
    response.set_canceled(true);
    response.set_cancel_reason(supported ? "etcdserver: duplicate watch ID provided on the same "
                                           "stream"
                                         : std::string(kUnsupported));
    return;
  }
  Watcher& watcher = watchers_[id];
  // An empty key is the smallest one.
  watcher.key = request.key().empty() ? std::string(1, '\0') : request.key();
  watcher.range_end = request.range_end();
  watcher.next = request.start_revision() > 0 ? request.start_revision() : view.applied + 1;
  watcher.progress_notify = request.progress_notify();
  watcher.fragment = request.fragment();
}

bool EtcdWatchSession::is_behind(const View& view) const {
  return std::ranges::any_of(watchers_, [&](const auto& entry) {
    const Watcher& watcher = entry.second;
    return watcher.next < view.state.compacted() ||
           view.state.next_changed(watcher.next) <= view.applied;
  });
}

void EtcdWatchSession::poll(const View& view, const Batching& batching, Responses& out) {
  for (auto it = watchers_.begin(); it != watchers_.end();) {
    auto& [id, watcher] = *it;
    if (watcher.next < view.state.compacted()) {
      WatchResponse& response = respond(id, view, out);
      response.mutable_header()->set_revision(0);
      response.set_canceled(true);
      response.set_compact_revision(view.state.compacted());
      it = watchers_.erase(it);
      continue;
    }
    Events events = take(watcher, view, batching.revisions_max);
    if (!events.empty()) {
      append(id, watcher.fragment, view, std::move(events), batching.fragment_events_max, out);
    }
    ++it;
  }
}

EtcdWatchSession::Events EtcdWatchSession::take(Watcher& watcher, const View& view,
                                                int revisions_max) {
  Events events;
  int revisions = 0;
  while (watcher.next <= view.applied && revisions < revisions_max) {
    watcher.next = std::min(view.state.next_changed(watcher.next), view.applied + 1);
    if (watcher.next > view.applied) break;
    const std::size_t before = events.size();
    for (const mvccpb::Event& event : view.state.changes_at(watcher.next)) {
      if (in_range(event.kv().key(), watcher.key, watcher.range_end)) events.push_back(event);
    }
    if (events.size() > before) ++revisions;
    ++watcher.next;
  }
  return events;
}

void EtcdWatchSession::append(std::int64_t id, bool fragment, const View& view, Events events,
                              int fragment_events_max, Responses& out) {
  const std::size_t piece =
      fragment ? static_cast<std::size_t>(fragment_events_max) : events.size();
  for (std::size_t begin = 0; begin < events.size(); begin += piece) {
    const std::size_t end = std::min(begin + piece, events.size());
    WatchResponse& response = respond(id, view, out);
    for (std::size_t i = begin; i < end; ++i) *response.add_events() = std::move(events[i]);
    response.set_fragment(end < events.size());
  }
}

void EtcdWatchSession::report_progress(const View& view, Responses& out) const {
  for (const auto& [id, watcher] : watchers_) {
    if (watcher.progress_notify && watcher.next > view.applied) respond(id, view, out);
  }
}

}  // namespace eyrie::storage::fakes
