// The wire to a real etcd: calls, streams, what its end does to them, and a member's faults.
#include "runtime/combine.h"
#include "storage/etcd/refusal.h"
#include "tests/real/etcd_wire_case.h"
#include "tests/storage/co_assert.h"

namespace eyrie::test {
namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMethod;
using storage::EtcdStream;

EYRIE_WIRE_CASE(CallsAreAnsweredAndRefusalsAreAnswersToo, 1) {
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer put,
                        co_await t.wire().call(EtcdMethod::put, put_of("a", "1"), t.in(10s)));
  EXPECT_EQ(put.code, EtcdCode::ok);
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer read,
                        co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
  etcdserverpb::RangeResponse response;
  EXPECT_TRUE(response.ParseFromString(read.body));
  EXPECT_EQ(response.kvs_size(), 1);
  // An empty message is a message.
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer refused,
                        co_await t.wire().call(EtcdMethod::put, Bytes(), t.in(10s)));
  EXPECT_EQ(refused.code, storage::kEmptyKey.code);
  EXPECT_EQ(refused.message, storage::kEmptyKey.message);
  EXPECT_EQ(refused.body, "");
}

EYRIE_WIRE_CASE(ADeadlineThatHasPassedSendsNothing, 1) {
  Result<EtcdAnswer> late =
      co_await t.wire().call(EtcdMethod::put, put_of("a", "1"), t.clock().monotonic());
  EXPECT_EQ(status_of(late).code(), Code::unavailable);
}

EYRIE_WIRE_CASE(ACallThatIsGivenUpIsCancelled, 1) {
  EYRIE_CO_ASSERT_OK(co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  Result<EtcdAnswer> answer = co_await with_deadline(
      t.clock(), t.in(100ms), t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
  EXPECT_EQ(status_of(answer).code(), Code::deadline_exceeded);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("thaw", {"n1"}));
}

EYRIE_WIRE_CASE(AMemberThatStandsStillLeavesACallInDoubt, 1) {
  EYRIE_CO_ASSERT_OK(co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  Result<EtcdAnswer> answer =
      co_await t.wire().call(EtcdMethod::put, put_of("a", "1"), t.in(300ms));
  EXPECT_EQ(status_of(answer).code(), Code::deadline_exceeded);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("thaw", {"n1"}));
  EYRIE_CO_ASSERT_OK(co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
}

Task<void> put_and_keep(WireCase& t, Result<EtcdAnswer>& answer) {
  answer = co_await t.wire().call(EtcdMethod::put, put_of("a", "1"), t.in(20s));
}

EYRIE_WIRE_CASE(AMemberThatDiesLeavesACallInDoubtAndIsFoundAgain, 1) {
  EYRIE_CO_ASSERT_OK(co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  Result<EtcdAnswer> answer = fail(Code::internal, "");
  TaskGroup calls(co_await this_scope());
  calls.spawn(put_and_keep(t, answer));
  EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(200ms));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("kill", {"n1"}));
  co_await calls.join();
  EXPECT_EQ(status_of(answer).code(), Code::unknown);

  Result<EtcdAnswer> nobody = co_await t.wire().call(EtcdMethod::put, put_of("a", "2"), t.in(1s));
  EXPECT_EQ(status_of(nobody).code(), Code::unavailable);

  EYRIE_CO_ASSERT_OK(co_await t.etcd("restart", {"n1"}));
  Result<EtcdAnswer> again = fail(Code::internal, "");
  for (int i = 0; i < 100 && !again; ++i) {
    again = co_await t.wire().call(EtcdMethod::put, put_of("a", "3"), t.in(10s));
    EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(100ms));
  }
  EXPECT_TRUE(again.has_value()) << status_of(again);
}

EYRIE_WIRE_CASE(AMemberWithoutALeaderRefusesAndEndsItsStreams, 3) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await stream->send(watch_of("a")));
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer created, co_await stream->receive());
  EXPECT_EQ(created.code, EtcdCode::ok);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("kill", {"n2"}));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("kill", {"n3"}));
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer ended, co_await stream->receive());
  EXPECT_EQ(ended.code, storage::kNoLeader.code);
  EXPECT_EQ(ended.message, storage::kNoLeader.message);
  EXPECT_EQ(status_of(co_await stream->receive()).code(), Code::unavailable);
  EYRIE_CO_ASSERT_VALUE(const EtcdAnswer refused,
                        co_await t.wire().call(EtcdMethod::put, put_of("a", "1"), t.in(10s)));
  EXPECT_EQ(refused.message, storage::kNoLeader.message);
}

EYRIE_WIRE_CASE(SendsKeepTheirOrderAndMayOverlap, 1) {
  constexpr std::int64_t kCount = 500;
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::lease_keep_alive, t.in(10s)));
  std::vector<Task<Status>> sends;
  for (std::int64_t id = 1; id <= kCount; ++id) sends.push_back(stream->send(keep_alive_of(id)));
  // Far more than are taken at once: the senders wait for each other.
  for (Status& sent : co_await all(std::move(sends))) EXPECT_TRUE(sent.ok()) << sent;
  for (std::int64_t id = 1; id <= kCount; ++id) {
    EYRIE_CO_ASSERT_VALUE(const EtcdAnswer answer, co_await stream->receive());
    etcdserverpb::LeaseKeepAliveResponse response;
    EYRIE_CO_ASSERT(response.ParseFromString(answer.body));
    EYRIE_CO_ASSERT(response.id() == id);
  }
}

Task<void> send_on(EtcdStream& stream, Status& sent) {
  sent = co_await stream.send(Bytes(1'000'000, 'x'));
}

// Messages of which etcd understands nothing; it takes none from one that has stopped reading.
EYRIE_WIRE_CASE(SendsWaitForAMemberThatTakesNothing, 1) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::lease_keep_alive, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  std::vector<Status> sent(60, Status(Code::internal, "waits"));
  TaskGroup senders(co_await this_scope());
  for (Status& status : sent) senders.spawn(send_on(*stream, status));
  EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(500ms));
  const auto waiting = std::ranges::count(sent, Code::internal, &Status::code);
  EXPECT_GT(waiting, 20);
  stream->close();
  co_await senders.join();
  EXPECT_EQ(std::ranges::count(sent, Code::unavailable, &Status::code), waiting);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("thaw", {"n1"}));
}

EYRIE_WIRE_CASE(AReceiveThatIsGivenUpLosesNoMessage, 1) {
  constexpr int kCount = 200;
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await stream->send(watch_of("a")));
  int told = 0;
  int given_up = 0;
  for (int put = 0; told < kCount;) {
    if (put < kCount) {
      EYRIE_CO_ASSERT_OK(
          co_await t.wire().call(EtcdMethod::put, put_of("a", std::to_string(put)), t.in(10s)));
      ++put;
    }
    const Duration patience = Duration(1us) * ((put * 37) % 400);
    Result<EtcdAnswer> answer =
        co_await with_deadline(t.clock(), t.in(patience), stream->receive());
    if (!answer) {
      EXPECT_EQ(answer.error().code(), Code::deadline_exceeded);
      ++given_up;
      continue;
    }
    etcdserverpb::WatchResponse response;
    EYRIE_CO_ASSERT(response.ParseFromString(answer->body));
    for (const mvccpb::Event& event : response.events()) {
      EXPECT_EQ(event.kv().value(), std::to_string(told++));
    }
  }
  EXPECT_GT(given_up, 0);
}

Task<void> receive_on(EtcdStream& stream, Status& status) {
  status = status_of(co_await stream.receive());
}

EYRIE_WIRE_CASE(ClosingAStreamEndsWhatWaitsOnIt, 1) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  Status received;
  TaskGroup waiting(co_await this_scope());
  waiting.spawn(receive_on(*stream, received));
  EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(50ms));
  stream->close();
  stream->close();
  co_await waiting.join();
  EXPECT_EQ(received.code(), Code::unavailable);
  const Status sent = co_await stream->send(watch_of("a"));
  EXPECT_EQ(sent.code(), Code::unavailable);
}

EYRIE_WIRE_CASE(AStreamMayBeDestroyedWhileCallsWaitOnIt, 1) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  Status received;
  std::vector<Status> sent(40);
  TaskGroup waiting(co_await this_scope());
  waiting.spawn(receive_on(*stream, received));
  for (Status& status : sent) waiting.spawn(send_on(*stream, status));
  EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(50ms));
  stream.reset();
  co_await waiting.join();
  EXPECT_EQ(received.code(), Code::unavailable);
  EXPECT_EQ(sent.back().code(), Code::unavailable);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("thaw", {"n1"}));
}

EYRIE_WIRE_CASE(StoppingEndsWhatIsUnderWay, 1) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await t.etcd("freeze", {"n1"}));
  Status received;
  Result<EtcdAnswer> answer = fail(Code::internal, "");
  TaskGroup waiting(co_await this_scope());
  waiting.spawn(receive_on(*stream, received));
  waiting.spawn(put_and_keep(t, answer));
  EYRIE_CO_ASSERT_OK(co_await t.clock().sleep_for(100ms));
  co_await t.wire().stop();
  co_await waiting.join();
  EXPECT_EQ(received.code(), Code::unavailable);
  EXPECT_EQ(status_of(answer).code(), Code::unknown);
  Result<EtcdAnswer> after = co_await t.wire().call(EtcdMethod::range, range_of("a"), t.in(10s));
  EXPECT_EQ(status_of(after).code(), Code::unavailable);
  Result<std::unique_ptr<EtcdStream>> opened = co_await t.wire().open(EtcdMethod::watch, t.in(10s));
  EXPECT_EQ((opened ? Status() : opened.error()).code(), Code::unavailable);
  EYRIE_CO_ASSERT_OK(co_await t.etcd("thaw", {"n1"}));
}

EYRIE_WIRE_CASE(AStreamOfADeadMemberBreaks, 1) {
  EYRIE_CO_ASSERT_VALUE(std::unique_ptr<EtcdStream> stream,
                        co_await t.wire().open(EtcdMethod::watch, t.in(10s)));
  EYRIE_CO_ASSERT_OK(co_await stream->send(watch_of("a")));
  EYRIE_CO_ASSERT_OK(co_await stream->receive());
  EYRIE_CO_ASSERT_OK(co_await t.etcd("kill", {"n1"}));
  EXPECT_EQ(status_of(co_await stream->receive()).code(), Code::unavailable);
  EXPECT_EQ(status_of(co_await stream->receive()).code(), Code::unavailable);
}

EYRIE_WIRE_CASE(ABigAnswerIsReceived, 1) {
  for (int i = 0; i < 6; ++i) {
    EYRIE_CO_ASSERT_OK(co_await t.wire().call(
        EtcdMethod::put, put_of("a" + std::to_string(i), Bytes(1'000'000, 'x')), t.in(20s)));
  }
  etcdserverpb::RangeRequest request;
  request.set_key("a");
  request.set_range_end("b");
  EYRIE_CO_ASSERT_VALUE(
      const EtcdAnswer answer,
      co_await t.wire().call(EtcdMethod::range, request.SerializeAsString(), t.in(20s)));
  EXPECT_EQ(answer.code, EtcdCode::ok) << answer.message;
  EXPECT_GT(answer.body.size(), 6'000'000u);
}

}  // namespace
}  // namespace eyrie::test
