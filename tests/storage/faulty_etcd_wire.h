// FaultyEtcdWire: a DirectEtcdWire that breaks at chosen steps, and counts what reached etcd.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/direct_etcd_wire.h"

namespace eyrie::test {

enum class EtcdBreak : std::uint8_t {
  none,
  unreachable,     // nothing is sent
  answer_lost,     // etcd acts, nobody hears of it
  refused,         // etcd says that it knows no leader, before it acts
  leader_changed,  // etcd acts, then says that its leader changed
  garbage,         // etcd acts, its answer cannot be decoded
  foreign,         // another cluster acts and answers
  silence,         // nothing is sent and nothing comes back
};
inline constexpr EtcdBreak kEtcdBreaks[] = {
    EtcdBreak::unreachable, EtcdBreak::answer_lost, EtcdBreak::refused, EtcdBreak::leader_changed,
    EtcdBreak::garbage,     EtcdBreak::foreign,     EtcdBreak::silence};

// Every call, open, send and received message is a step; shared by the wires of one client.
struct EtcdBreaks {
  std::map<int, EtcdBreak> at;
  int steps = 0;
  std::map<storage::EtcdMethod, int> reached;  // requests that etcd acted on

  EtcdBreak next() {
    const auto found = at.find(steps++);
    return found == at.end() ? EtcdBreak::none : found->second;
  }
};

// An answer to anything; every response has its header as field 1.
inline storage::EtcdAnswer answer_of_another_cluster() {
  etcdserverpb::LeaseRevokeResponse response;
  response.mutable_header()->set_cluster_id(666);
  response.mutable_header()->set_revision(1'000'000);
  return {storage::EtcdCode::ok, "", response.SerializeAsString()};
}

inline storage::EtcdAnswer broken_answer(EtcdBreak kind, storage::EtcdAnswer answer) {
  using storage::EtcdCode;
  if (answer.code != EtcdCode::ok) return answer;
  if (kind == EtcdBreak::garbage) answer.body = "\xFF\xFF\xFF";
  if (kind == EtcdBreak::foreign) return answer_of_another_cluster();
  if (kind == EtcdBreak::leader_changed) {
    answer = {storage::kLeaderChanged.code, std::string(storage::kLeaderChanged.message), ""};
  }
  return answer;
}

inline storage::EtcdAnswer no_leader() {
  return {storage::kNoLeader.code, std::string(storage::kNoLeader.message), ""};
}

class FaultyEtcdStream final : public storage::EtcdStream {
 public:
  FaultyEtcdStream(std::unique_ptr<storage::EtcdStream> inner, Clock& clock, EtcdBreaks& breaks)
      : inner_(std::move(inner)), clock_(clock), breaks_(breaks) {}

  Task<Status> send(Bytes message) override {
    if (broken_) co_return Status(Code::unavailable, "broken");
    const EtcdBreak kind = breaks_.next();
    if (kind == EtcdBreak::silence) {
      silent_ = true;
      co_return Status();
    }
    if (silent_) co_return Status();
    if (kind == EtcdBreak::unreachable) co_return break_now();
    Status sent = co_await inner_->send(std::move(message));
    co_return kind == EtcdBreak::answer_lost ? break_now() : sent;
  }

  Task<Result<storage::EtcdAnswer>> receive() override {
    if (broken_) co_return fail(Code::unavailable, "broken");
    EYRIE_CO_TRY(storage::EtcdAnswer answer, co_await inner_->receive());
    const EtcdBreak kind = breaks_.next();
    silent_ = silent_ || kind == EtcdBreak::silence;
    if (silent_) {
      // Ends with the stream, or with whoever waits.
      while (!broken_) EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(10ms));
      co_return fail(Code::unavailable, "broken");
    }
    if (kind == EtcdBreak::unreachable || kind == EtcdBreak::answer_lost) {
      co_return fail(break_now());
    }
    if (kind == EtcdBreak::refused) co_return no_leader();
    co_return broken_answer(kind, std::move(answer));
  }

  void close() override {
    broken_ = true;
    inner_->close();
  }

 private:
  Status break_now() {
    close();
    return {Code::unavailable, "broken"};
  }

  std::unique_ptr<storage::EtcdStream> inner_;
  Clock& clock_;
  EtcdBreaks& breaks_;
  bool broken_ = false;
  bool silent_ = false;
};

class FaultyEtcdWire final : public storage::EtcdWire {
 public:
  FaultyEtcdWire(DirectEtcd& etcd, Clock& clock, EtcdBreaks& breaks)
      : inner_(etcd), clock_(clock), breaks_(breaks) {}

  Task<Result<storage::EtcdAnswer>> call(storage::EtcdMethod method, Bytes request,
                                         MonotonicTime deadline) override {
    const EtcdBreak kind = breaks_.next();
    if (kind == EtcdBreak::unreachable) co_return fail(Code::unavailable, "refused");
    if (kind == EtcdBreak::refused) co_return no_leader();
    if (kind == EtcdBreak::silence) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_until(deadline));
      co_return fail(Code::deadline_exceeded, "silence");
    }
    if (kind == EtcdBreak::foreign) co_return answer_of_another_cluster();
    ++breaks_.reached[method];
    EYRIE_CO_TRY(storage::EtcdAnswer answer,
                 co_await inner_.call(method, std::move(request), deadline));
    if (kind == EtcdBreak::answer_lost) co_return fail(Code::unknown, "reset");
    co_return broken_answer(kind, std::move(answer));
  }

  Task<Result<std::unique_ptr<storage::EtcdStream>>> open(storage::EtcdMethod method,
                                                          MonotonicTime deadline) override {
    const EtcdBreak kind = breaks_.next();
    if (kind == EtcdBreak::unreachable || kind == EtcdBreak::answer_lost) {
      co_return fail(Code::unavailable, "refused");
    }
    if (kind == EtcdBreak::silence) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_until(deadline));
      co_return fail(Code::deadline_exceeded, "silence");
    }
    EYRIE_CO_TRY(std::unique_ptr<storage::EtcdStream> stream,
                 co_await inner_.open(method, deadline));
    co_return std::make_unique<FaultyEtcdStream>(std::move(stream), clock_, breaks_);
  }

  Task<void> stop() override { co_return; }
  const std::string& endpoint() const override { return inner_.endpoint(); }

 private:
  DirectEtcdWire inner_;
  Clock& clock_;
  EtcdBreaks& breaks_;
};

}  // namespace eyrie::test
