// The simulated etcd against the real one: 20,000 random requests, by four clients at once, are
// answered alike.
//
// Four requests are sent together, and some order of them must explain all four answers: applied
// to the fake's state in that order, each gets the same code, words and body. The fake is told the
// cluster's and the member's id and the term, so that bodies are compared whole; a lease that the
// server named is granted to the fake by that name. What is left of a lease's time is compared with
// some seconds of play, the names of its keys as a set. A watch from the first revision on must say
// the same changes. In the end the server is killed and restarted, and everything that it holds,
// at each revision that it still has, must be what the fake holds.
#include <algorithm>
#include <cstdio>

#include "runtime/combine.h"
#include "tests/real/etcd_comparison.h"
#include "tests/real/etcd_server.h"
#include "tests/storage/co_assert.h"

namespace eyrie::test {
namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMethod;

constexpr std::size_t kClients = 4;
constexpr std::size_t kRounds = 5'000;
constexpr std::size_t kRoundsAStage = 500;  // of one world.run(), which is bounded in time
constexpr std::size_t kUnusualMin = 2'000;  // errors and failed compares

// Everything that changes, as one watch from the first revision on tells it.
class Watcher {
 public:
  Watcher(AsioMachine& machine, const std::string& endpoint)
      : clock_(machine.environment().clock), wire_(wire_to(machine, endpoint)) {}

  // Reads on until as much was said as the fake knows; fails at the first difference.
  Task<Status> catch_up(const std::vector<mvccpb::Event>& expected) {
    const MonotonicTime deadline = clock_.monotonic() + 20s;
    if (!stream_) EYRIE_CO_RETURN_IF_ERROR(co_await open(deadline));
    while (told_ < expected.size()) {
      EYRIE_CO_TRY(const EtcdAnswer answer,
                   co_await with_deadline(clock_, deadline, stream_->receive()));
      EYRIE_CO_RETURN_IF_ERROR(accept(answer, expected));
    }
    co_return Status();
  }
  std::size_t told() const { return told_; }
  Task<void> stop() {
    stream_.reset();
    co_await wire_->stop();
  }

 private:
  Task<Status> open(MonotonicTime deadline) {
    EYRIE_CO_TRY(stream_, co_await wire_->open(EtcdMethod::watch, deadline));
    etcdserverpb::WatchRequest request;
    request.mutable_create_request()->set_key(std::string(1, '\0'));
    request.mutable_create_request()->set_range_end(std::string(1, '\0'));
    request.mutable_create_request()->set_start_revision(1);
    co_return co_await stream_->send(request.SerializeAsString());
  }

  Status accept(const EtcdAnswer& answer, const std::vector<mvccpb::Event>& expected) {
    etcdserverpb::WatchResponse response;
    if (answer.code != EtcdCode::ok || !response.ParseFromString(answer.body) ||
        response.canceled()) {
      return {Code::internal, "the watch ended: " + answer.message + response.cancel_reason()};
    }
    for (const mvccpb::Event& event : response.events()) {
      if (told_ >= expected.size()) return {Code::internal, "the fake knows of no more events"};
      const mvccpb::Event& fake = expected[told_++];
      if (event.SerializeAsString() == fake.SerializeAsString()) continue;
      return {Code::internal, "event " + std::to_string(told_) +
                                  ", real: " + event.ShortDebugString() +
                                  "\n  fake: " + fake.ShortDebugString()};
    }
    return {};
  }

  Clock& clock_;
  std::unique_ptr<storage::EtcdWire> wire_;
  std::unique_ptr<storage::EtcdStream> stream_;
  std::size_t told_ = 0;
};

// One client: a wire of its own, with its stream of keep-alives.
class Client {
 public:
  Client(AsioMachine& machine, const std::string& endpoint)
      : clock_(machine.environment().clock), wire_(wire_to(machine, endpoint)) {}

  MonotonicTime deadline() const { return clock_.monotonic() + 20s; }

  Task<Result<EtcdAnswer>> ask(EtcdMethod method, Bytes request) {
    if (method != EtcdMethod::lease_keep_alive) {
      co_return co_await wire_->call(method, std::move(request), deadline());
    }
    if (!keep_alives_) {
      EYRIE_CO_TRY(keep_alives_, co_await wire_->open(method, deadline()));
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await keep_alives_->send(std::move(request)));
    co_return co_await keep_alives_->receive();
  }
  Task<void> stop() {
    keep_alives_.reset();
    co_await wire_->stop();
  }

 private:
  Clock& clock_;
  std::unique_ptr<storage::EtcdWire> wire_;
  std::unique_ptr<storage::EtcdStream> keep_alives_;
};

class EtcdCompare : public testing::Test {
 protected:
  void SetUp() override {
    const std::string lacks = RealServer::missing(kEtcdScript);
    if (!lacks.empty()) GTEST_SKIP() << lacks;
    etcd_ = std::make_unique<EtcdServer>(1);
    AsioMachine& machine = world_.asio_machine("client");
    for (std::size_t i = 0; i < kClients; ++i) {
      clients_.push_back(std::make_unique<Client>(machine, etcd_->endpoint()));
    }
    watcher_ = std::make_unique<Watcher>(machine, etcd_->endpoint());
  }

  Task<void> learn_header() {
    etcdserverpb::RangeRequest request;
    request.set_key("-");
    EYRIE_CO_ASSERT_VALUE(
        const EtcdAnswer answer,
        co_await clients_[0]->ask(EtcdMethod::range, request.SerializeAsString()));
    etcdserverpb::RangeResponse response;
    EYRIE_CO_ASSERT(response.ParseFromString(answer.body));
    compared_.know(response.header());
  }

  Task<Result<EtcdRound>> ask_all() {
    EtcdRound round;
    std::vector<Task<Result<EtcdAnswer>>> asked;
    for (const std::unique_ptr<Client>& client : clients_) {
      round.operations.push_back(operations_.next());
      asked.push_back(client->ask(round.operations.back().method, round.operations.back().request));
    }
    for (Result<EtcdAnswer>& answer : co_await all(std::move(asked))) {
      if (!answer) co_return fail(std::move(answer).error());
      round.answers.push_back(std::move(*answer));
    }
    co_return round;
  }

  Task<void> some_rounds() {
    for (std::size_t i = 0; i < kRoundsAStage && alike_; ++i) {
      EYRIE_CO_ASSERT_VALUE(const EtcdRound round, co_await ask_all());
      alike_ = compared_.explain(round);
      if (alike_) EYRIE_CO_ASSERT_OK(co_await watcher_->catch_up(compared_.events()));
      for (std::size_t at = 0; at < round.operations.size(); ++at) {
        etcdserverpb::LeaseGrantResponse granted;
        const bool grant = round.operations[at].method == EtcdMethod::lease_grant;
        if (grant && granted.ParseFromString(round.answers[at].body) &&
            granted.id() > EtcdOperations::kOwnLeases) {
          operations_.remember_lease(granted.id());
          named_leases_.push_back(granted.id());
        }
      }
      operations_.now(compared_.state().revision(), compared_.state().compacted());
      ++rounds_;
    }
  }

  Task<void> stop() {
    for (const std::unique_ptr<Client>& client : clients_) co_await client->stop();
    co_await watcher_->stop();
  }

  // The answer to one request that changes nothing, which must be the fake's.
  Task<void> expect_alike(EtcdMethod method, Bytes request) {
    EYRIE_CO_ASSERT_VALUE(const EtcdAnswer real, co_await clients_[0]->ask(method, request));
    const EtcdAnswer fake = compared_.ask(method, request);
    ++held_compared_;
    if (is_same_answer(method, real, fake)) co_return;
    ADD_FAILURE() << text_of_request(method, request)
                  << "\n  real: " << text_of_answer(method, real)
                  << "\n  fake: " << text_of_answer(method, fake);
  }

  // All keys at each revision that is still there, and one beyond on both sides; all leases.
  Task<void> compare_what_is_held() {
    const std::int64_t oldest = std::max<std::int64_t>(compared_.state().compacted(), 1);
    for (std::int64_t at = oldest - 1; at <= compared_.state().revision() + 1; ++at) {
      etcdserverpb::RangeRequest request;
      request.set_key(std::string(1, '\0'));
      request.set_range_end(std::string(1, '\0'));
      request.set_revision(at);
      co_await expect_alike(EtcdMethod::range, request.SerializeAsString());
    }
    std::vector<std::int64_t> leases = named_leases_;
    for (std::int64_t own = 1; own <= EtcdOperations::kOwnLeases; ++own) leases.push_back(own);
    for (const std::int64_t lease : leases) {
      etcdserverpb::LeaseTimeToLiveRequest request;
      request.set_id(lease);
      request.set_keys(true);
      co_await expect_alike(EtcdMethod::lease_time_to_live, request.SerializeAsString());
    }
  }

  RealTestWorld world_;
  std::unique_ptr<EtcdServer> etcd_;
  std::unique_ptr<Watcher> watcher_;
  std::size_t held_compared_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;
  EtcdComparison compared_;
  EtcdOperations operations_{1};
  std::vector<std::int64_t> named_leases_;
  std::size_t rounds_ = 0;
  bool alike_ = true;
};

TEST_F(EtcdCompare, ARandomCrowdIsAnsweredAlike) {
  world_.run("client", [this](Environment&) { return learn_header(); });
  while (rounds_ < kRounds && alike_ && !HasFailure()) {
    world_.run("client", [this](Environment&) { return some_rounds(); });
  }
  std::printf("%zu requests, %zu of them errors or failed compares, %zu events, revision %lld\n",
              rounds_ * kClients, compared_.unusual(), watcher_->told(),
              static_cast<long long>(compared_.state().revision()));
  for (const auto& [kind, count] : compared_.counts()) {
    std::printf("  %6zu  %s\n", count, kind.c_str());
  }
  EXPECT_EQ(rounds_, kRounds);
  EXPECT_GE(compared_.unusual(), kUnusualMin);

  // The same clients find the server again.
  if (const Status restarted = etcd_->run("restart"); !restarted.ok()) ADD_FAILURE() << restarted;
  world_.run("client", [this](Environment&) { return learn_header(); });
  world_.run("client", [this](Environment&) { return compare_what_is_held(); });
  std::printf("after a restart, %zu answers about what it holds\n", held_compared_);
  EXPECT_GT(held_compared_, static_cast<std::size_t>(EtcdOperations::kOwnLeases));
  world_.run("client", [this](Environment&) { return stop(); });
}

}  // namespace
}  // namespace eyrie::test
