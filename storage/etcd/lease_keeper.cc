#include "storage/etcd/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "storage/etcd/refusal.h"

namespace eyrie::storage {

namespace {

// etcd's own limit; more would not fit a Duration.
constexpr std::int64_t kLeaseSecondsMax = 9'000'000'000;

}  // namespace

LeaseKeeper::LeaseKeeper(Executor& executor, Clock& clock, EtcdEndpoints& endpoints,
                         EtcdOptions options)
    : clock_(clock), endpoints_(endpoints), options_(options), readers_(executor) {}

Task<Result<Duration>> LeaseKeeper::keep_alive(LeaseId lease) {
  const MonotonicTime deadline = clock_.monotonic() + options_.request_timeout;
  while (true) {
    Result<std::shared_ptr<Session>> opened = co_await session(deadline);
    Result<Duration> kept = fail(Code::unavailable, "");
    if (opened) {
      const MonotonicTime attempt_end = clock_.monotonic() + options_.attempt_timeout;
      kept = co_await ask(*opened, lease, std::min(deadline, attempt_end));
    } else {
      kept = fail(std::move(opened).error());
    }
    if (kept || clock_.monotonic() >= deadline) co_return kept;
    const Category category = kept.error().category();
    const bool repeat = category == Category::transient || category == Category::unknown_outcome;
    if (!repeat || kept.error().code() == Code::cancelled) co_return kept;
  }
}

Task<void> LeaseKeeper::stop() {
  readers_.cancel();
  if (session_) give_up(*session_, Status(Code::cancelled, "the etcd client was stopped"));
  co_await readers_.join();
}

Task<Result<std::shared_ptr<LeaseKeeper::Session>>> LeaseKeeper::session(MonotonicTime deadline) {
  EYRIE_CO_RETURN_IF_ERROR(co_await opening_.acquire());
  Permit permit(opening_);
  if (session_ && is_silent(*session_)) {
    give_up(*session_, Status(Code::deadline_exceeded, "the keep-alive stream is silent"));
  }
  if (session_ && !session_->over) co_return session_;
  EYRIE_CO_TRY(const std::size_t member, co_await endpoints_.choose(deadline));
  EYRIE_CO_TRY(std::unique_ptr<EtcdStream> stream, co_await open(member, deadline));
  session_ = std::make_shared<Session>();
  session_->member = member;
  session_->stream = std::move(stream);
  readers_.spawn(read(session_));
  co_return session_;
}

// (3): callers whose own time is shorter than an attempt's never see it run out.
bool LeaseKeeper::is_silent(const Session& session) const {
  return !session.unanswered.empty() &&
         clock_.monotonic() >= session.unanswered.front().sent_at + options_.attempt_timeout;
}

Task<Result<std::unique_ptr<EtcdStream>>> LeaseKeeper::open(std::size_t member,
                                                            MonotonicTime deadline) {
  if (last_opening_.member != member) last_opening_ = {member, Duration(0)};
  const MonotonicTime began = clock_.monotonic();
  const MonotonicTime attempt_end = began + options_.attempt_timeout - last_opening_.waited;  // (4)
  Result<std::unique_ptr<EtcdStream>> stream = co_await endpoints_.wire(member).open(
      EtcdMethod::lease_keep_alive, std::min(deadline, attempt_end));
  if (!stream && stream.error().code() == Code::cancelled) {
    last_opening_.waited += clock_.monotonic() - began;
    co_return stream;
  }
  last_opening_.waited = Duration(0);
  if (!stream) endpoints_.failed(member, stream.error());
  co_return stream;
}

Task<Result<Duration>> LeaseKeeper::ask(std::shared_ptr<Session> session, LeaseId lease,
                                        MonotonicTime deadline) {
  auto answer = std::make_shared<OneShot<Answer>>();
  etcdserverpb::LeaseKeepAliveRequest request;
  request.set_id(lease.value);
  session->unanswered.push_back({lease, clock_.monotonic(), answer});  // (1): before any suspension
  Status sent =
      co_await with_deadline(clock_, deadline, session->stream->send(request.SerializeAsString()));
  if (!sent.ok()) {
    if (sent.code() != Code::cancelled) give_up(*session, sent);
    co_return fail(std::move(sent));
  }
  Result<Answer> answered = co_await with_deadline(clock_, deadline, answer->wait());
  if (!answered) {
    // (3). A caller that left by itself says nothing about the stream.
    if (answered.error().code() == Code::deadline_exceeded) give_up(*session, answered.error());
    co_return fail(std::move(answered).error());
  }
  EYRIE_CO_RETURN_IF_ERROR(answered->status);
  co_return answered->time_to_live;
}

Task<void> LeaseKeeper::read(std::shared_ptr<Session> session) {
  while (!session->over) {
    Result<EtcdAnswer> message = co_await session->stream->receive();
    Status status = message ? accept(*session, *message) : std::move(message).error();
    if (!status.ok()) give_up(*session, status);
  }
}

Status LeaseKeeper::accept(Session& session, const EtcdAnswer& message) {
  if (message.code != EtcdCode::ok) return meaning_of(message);
  etcdserverpb::LeaseKeepAliveResponse response;
  if (!response.ParseFromString(message.body)) {
    return {Code::unknown, "etcd's keep-alive answer could not be decoded"};
  }
  EYRIE_RETURN_IF_ERROR(endpoints_.check_cluster(session.member, response.header()));
  if (session.unanswered.empty() || session.unanswered.front().lease.value != response.id()) {
    return {Code::unknown, "etcd answered a keep-alive that was not asked"};
  }
  Request request = std::move(session.unanswered.front());
  session.unanswered.pop_front();
  endpoints_.succeeded(session.member);
  Answer answer;
  if (response.ttl() <= 0) {
    answer.status = Status(Code::not_found, "lease " + to_string(request.lease) + " is gone");
  } else {
    answer.time_to_live = std::chrono::seconds(std::min(response.ttl(), kLeaseSecondsMax));
  }
  request.answer->set(std::move(answer));
  return {};
}

void LeaseKeeper::give_up(Session& session, const Status& why) {
  if (session.over) return;
  session.over = true;
  session.stream->close();
  if (why.code() != Code::cancelled) endpoints_.failed(session.member, why);
  for (Request& request : session.unanswered) {
    request.answer->set(
        {Status(Code::unknown, "the keep-alive stream ended: " + why.message()), Duration(0)});
  }
  session.unanswered.clear();
}

}  // namespace eyrie::storage
