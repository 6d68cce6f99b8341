// An etcd of one member inside the client's own process: for tests of the client and of the suite
// that need no network. The simulated cluster is storage/fakes/etcd_server.h.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "runtime/clock.h"
#include "runtime/sync.h"
#include "storage/etcd/wire.h"
#include "storage/fakes/etcd_requests.h"
#include "storage/fakes/etcd_watch.h"

namespace eyrie::test {

// Used from one executor; outlives its wires.
class DirectEtcd final : private Timer {
 public:
  explicit DirectEtcd(Clock& clock) : clock_(clock) {}

  storage::EtcdAnswer answer(storage::EtcdMethod method, const Bytes& request) {
    expire();
    storage::fakes::EtcdMemberView view{header(), state.revision(), clock_.monotonic(), 1};
    storage::EtcdAnswer answered = storage::fakes::answer(state, method, request, view);
    if (state.leases() > 0 && registration == nullptr)
      clock_.arm(*this, clock_.monotonic() + kTick);
    changed.notify_all();
    return answered;
  }
  etcdserverpb::ResponseHeader header() const {
    etcdserverpb::ResponseHeader header;
    header.set_cluster_id(cluster_id);
    header.set_member_id(1);
    header.set_raft_term(2);
    return header;
  }

  std::uint64_t cluster_id = 77;
  storage::fakes::EtcdState state;
  Condition changed;

 private:
  static constexpr Duration kTick = 100ms;

  void expire() {
    for (const std::int64_t lease : state.expired(clock_.monotonic())) (void)state.revoke(lease);
    changed.notify_all();
  }
  void expired() override {
    expire();
    if (state.leases() > 0) clock_.arm(*this, clock_.monotonic() + kTick);
  }

  Clock& clock_;
};

class DirectEtcdStream final : public storage::EtcdStream {
 public:
  DirectEtcdStream(DirectEtcd& etcd, storage::EtcdMethod method) : etcd_(etcd), method_(method) {}

  Task<Status> send(Bytes message) override {
    if (closed_) co_return Status(Code::unavailable, "the stream is closed");
    if (method_ == storage::EtcdMethod::lease_keep_alive) {
      inbox_.push_back(etcd_.answer(method_, message));
    } else {
      etcdserverpb::WatchRequest request;
      EXPECT_TRUE(request.ParseFromString(message));
      Responses responses;
      session_.on_request(request, view(), responses);
      push(responses);
    }
    etcd_.changed.notify_all();
    co_return Status();
  }

  Task<Result<storage::EtcdAnswer>> receive() override {
    while (inbox_.empty() && !closed_) {
      Responses responses;
      session_.poll(view(), batching, responses);
      push(responses);
      if (inbox_.empty()) EYRIE_CO_RETURN_IF_ERROR(co_await etcd_.changed.wait());
    }
    if (closed_) co_return fail(Code::unavailable, "the stream is closed");
    storage::EtcdAnswer answer = std::move(inbox_.front());
    inbox_.pop_front();
    co_return answer;
  }

  void close() override {
    closed_ = true;
    etcd_.changed.notify_all();
  }

  storage::fakes::EtcdWatchSession::Batching batching;

 private:
  using Responses = storage::fakes::EtcdWatchSession::Responses;

  storage::fakes::EtcdWatchSession::View view() const {
    return {etcd_.state, etcd_.state.revision(), etcd_.header()};
  }
  void push(const Responses& responses) {
    for (const etcdserverpb::WatchResponse& response : responses) {
      inbox_.push_back({storage::EtcdCode::ok, "", response.SerializeAsString()});
    }
  }

  DirectEtcd& etcd_;
  storage::EtcdMethod method_;
  storage::fakes::EtcdWatchSession session_;
  std::deque<storage::EtcdAnswer> inbox_;
  bool closed_ = false;
};

class DirectEtcdWire final : public storage::EtcdWire {
 public:
  explicit DirectEtcdWire(DirectEtcd& etcd) : etcd_(etcd) {}

  Task<Result<storage::EtcdAnswer>> call(storage::EtcdMethod method, Bytes request,
                                         MonotonicTime) override {
    co_return etcd_.answer(method, request);
  }
  Task<Result<std::unique_ptr<storage::EtcdStream>>> open(storage::EtcdMethod method,
                                                          MonotonicTime) override {
    co_return std::make_unique<DirectEtcdStream>(etcd_, method);
  }
  Task<void> stop() override { co_return; }
  const std::string& endpoint() const override { return endpoint_; }

 private:
  DirectEtcd& etcd_;
  std::string endpoint_ = "direct";
};

}  // namespace eyrie::test
