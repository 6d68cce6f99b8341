#include "storage/etcd/watch.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "runtime/plant.h"
#include "storage/etcd/events.h"
#include "storage/etcd/messages.h"
#include "storage/etcd/refusal.h"

namespace eyrie::storage {

namespace {

using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;

constexpr MonotonicTime kNoDeadline = MonotonicTime::max();

Status status_of_open(const Result<std::unique_ptr<EtcdStream>>& stream) {
  return stream ? Status() : stream.error();
}

}  // namespace

EtcdWatch::EtcdWatch(Environment& environment, EtcdEndpoints& endpoints, OpenCalls& calls,
                     EtcdOptions options, KeyRange range, Revision from)
    : clock_(environment.clock),
      tracer_(environment.tracer),
      endpoints_(endpoints),
      calls_(calls),
      options_(options),
      range_(std::move(range)),
      next_revision_(from) {}

Task<Result<MetaEvents>> EtcdWatch::next() {
  co_return co_await calls_.run(pull());
}

Task<Result<MetaEvents>> EtcdWatch::pull() {
  while (compacted_revision_ == 0) {
    Result<Step> step = co_await advance();
    if (step && *step == Step::deliver) co_return take_batch();
    if (step) continue;
    Status status = std::move(step).error();
    // A caller that left says nothing about the stream, and lost nothing of it.
    if (status.code() == Code::cancelled) co_return fail(std::move(status));
    drop_stream(status);
    const Category category = status.category();
    const bool resume = category == Category::transient || category == Category::unknown_outcome;
    if (!resume) co_return fail(std::move(status));
  }
  co_return fail(Code::out_of_range, "revision " + std::to_string(next_revision_) +
                                         " was compacted, up to " +
                                         std::to_string(compacted_revision_));
}

Task<Result<EtcdWatch::Step>> EtcdWatch::advance() {
  if (!stream_) EYRIE_CO_RETURN_IF_ERROR(co_await open());
  EYRIE_CO_TRY(EtcdAnswer message, co_await receive());
  co_return accept(message);
}

Task<Status> EtcdWatch::open() {
  EYRIE_CO_TRY(member_, co_await endpoints_.choose(kNoDeadline));
  const MonotonicTime deadline = clock_.monotonic() + options_.attempt_timeout;
  Result<std::unique_ptr<EtcdStream>> stream =
      co_await endpoints_.wire(member_).open(EtcdMethod::watch, deadline);
  Status status = status_of_open(stream);
  if (status.ok()) {
    status = co_await with_deadline(clock_, deadline, (*stream)->send(create_request()));
  }
  if (!status.ok()) {
    if (status.code() != Code::cancelled) endpoints_.failed(member_, status);
    co_return status;
  }
  stream_ = std::move(*stream);
  created_ = false;
  inside_batch_ = false;
  batch_.clear();  // (1)
  silent_ = Duration(0);
  asked_for_progress_ = false;
  emit(tracer_, kEtcdWatchOpened, endpoints_.wire(member_).endpoint(), range_.key, next_revision_);
  co_return Status();
}

Bytes EtcdWatch::create_request() const {
  WatchRequest request;
  etcdserverpb::WatchCreateRequest& create = *request.mutable_create_request();
  create.set_key(range_.key);
  create.set_range_end(range_.end);
  const Revision from = std::max<Revision>(next_revision_ - 1, 1);  // (5)
  create.set_start_revision(EYRIE_PLANT(watch_resumed_at_wrong_revision, from, Revision{0}));
  create.set_progress_notify(true);
  create.set_fragment(true);
  return request.SerializeAsString();
}

Task<Result<EtcdAnswer>> EtcdWatch::receive() {
  while (true) {
    const MonotonicTime began = clock_.monotonic();
    Result<EtcdAnswer> message = co_await with_deadline(
        clock_, began + options_.watch_silence_max - silent_, stream_->receive());
    silent_ += clock_.monotonic() - began;
    if (message) {
      silent_ = Duration(0);
      asked_for_progress_ = false;
      co_return message;
    }
    if (message.error().code() != Code::deadline_exceeded || asked_for_progress_) {
      co_return message;
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await ask_for_progress());
    asked_for_progress_ = true;
    silent_ = Duration(0);
  }
}

Task<Status> EtcdWatch::ask_for_progress() {
  WatchRequest request;
  request.mutable_progress_request();
  co_return co_await with_deadline(clock_, clock_.monotonic() + options_.attempt_timeout,
                                   stream_->send(request.SerializeAsString()));
}

Result<EtcdWatch::Step> EtcdWatch::accept(const EtcdAnswer& message) {
  if (message.code != EtcdCode::ok) return fail(meaning_of(message));
  WatchResponse response;
  if (!response.ParseFromString(message.body)) {
    return fail(Code::unknown, "etcd's watch answer could not be decoded");
  }
  EYRIE_RETURN_IF_ERROR(endpoints_.check_cluster(member_, response.header()));
  endpoints_.succeeded(member_);
  if (response.created()) {
    created_ = true;
    watch_id_ = response.watch_id();
  }
  if (!created_ || response.watch_id() != watch_id_) return Step::go_on;  // (4): a sign of life
  if (response.compact_revision() != 0) {
    compacted_revision_ = response.compact_revision();
    emit(tracer_, kEtcdWatchCompacted, range_.key, compacted_revision_);
    return Step::compacted;
  }
  if (response.canceled()) {
    // The words of a refusal of the user; nothing but those words tells it.
    const bool denied = response.cancel_reason().contains("permission denied");
    return fail(denied ? Code::failed_precondition : Code::unavailable,
                "etcd cancelled the watch: " + response.cancel_reason());
  }
  if (response.created()) return Step::go_on;
  return accept_events(response);
}

Result<EtcdWatch::Step> EtcdWatch::accept_events(const WatchResponse& response) {
  if (response.events().empty()) {
    const bool progress = !response.fragment() && !inside_batch_;
    if (progress)
      next_revision_ = std::max(next_revision_, response.header().revision() + 1);  // (4)
    return Step::go_on;
  }
  for (const mvccpb::Event& event : response.events()) {
    if (event.kv().mod_revision() < next_revision_) continue;  // (3)
    if (!batch_.empty() && event.kv().mod_revision() < batch_.back().item.mod_revision) {
      return fail(Code::unknown, "etcd's events are out of order");
    }
    batch_.push_back(from_message(event));
  }
  inside_batch_ = response.fragment();  // (1)
  return !inside_batch_ && !batch_.empty() ? Step::deliver : Step::go_on;
}

MetaEvents EtcdWatch::take_batch() {
  MetaEvents events;
  events.events = std::exchange(batch_, {});
  events.revision = events.events.back().item.mod_revision;  // (2)
  next_revision_ = events.revision + 1;
  endpoints_.saw_revision(events.revision);
  return events;
}

void EtcdWatch::drop_stream(const Status& why) {
  if (!stream_) return;
  stream_.reset();
  batch_.clear();
  if (why.code() == Code::cancelled) return;
  endpoints_.failed(member_, why);
  emit(tracer_, kEtcdWatchBroke, range_.key, why.to_string());
}

}  // namespace eyrie::storage
