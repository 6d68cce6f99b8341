// Calls when all goes well, and every way in which one ends when it does not.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "runtime/rpc/frame.h"
#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::CallContext;
using rpc::CallOptions;
using rpc::RpcServer;
using Pipe = MemoryPipe::Mode;

class CallTest : public RpcTest {
 public:
  CallOptions idempotent() const {
    CallOptions options;
    options.idempotent = true;
    return options;
  }

  SlowHandler slow;
};

TEST_F(CallTest, AnswersReachTheirCallersInAnyOrder) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
  });
  connect_channel();
  auto late = begin("Slow", "late");
  EXPECT_EQ(finish(channel->call("Echo", "early")).at(0).value(), "early");
  EXPECT_TRUE(late->empty());
  slow.gate.open();
  run();
  EXPECT_EQ(late->at(0).value(), "late!");
  EXPECT_EQ(network.links().size(), 1u);
  EXPECT_EQ(channel->peer_node(), NodeId(3));
  EXPECT_EQ(channel->peer_incarnation(), IncarnationId(30));
}

TEST_F(CallTest, AThousandOverlapOnOneConnection) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  std::vector<std::shared_ptr<std::vector<Result<Bytes>>>> calls;
  for (int i = 0; i < 1000; ++i) {
    calls.push_back(client.spawn(channel->call("Slow", std::to_string(i))));
  }
  run();
  EXPECT_EQ(slow.started, 1000);
  EXPECT_EQ(server->requests_running(), 1000u);
  slow.gate.open();
  run();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(calls[i]->at(0).value(), std::to_string(i) + "!");
  EXPECT_EQ(server->requests_running(), 0u);
  EXPECT_EQ(network.links().size(), 1u);
}

Task<Result<rpc::wire::Status>> say_too_much(CallContext, rpc::wire::Status) {
  rpc::wire::Status response;
  response.set_message(std::string(rpc::kPayloadBytesMax + 1, 'x'));
  co_return response;
}

// Of a read it is the caller's mistake, so that nobody asks again; what had an effect had it.
TEST_F(CallTest, AnAnswerThatNoMessageHoldsIsAnError) {
  start_server([&](RpcServer& rpc_server) {
    rpc_server.handle<rpc::wire::Status, rpc::wire::Status>("Read", say_too_much, {.reads = true});
    rpc_server.handle<rpc::wire::Status, rpc::wire::Status>("Write", say_too_much);
  });
  connect_channel();
  EXPECT_EQ(finish(channel->call("Read", "")).at(0).error().code(), Code::invalid_argument);
  EXPECT_EQ(finish(channel->call("Write", "")).at(0).error().code(), Code::unknown);
  rpc::wire::Status huge;
  huge.set_message(std::string(rpc::kPayloadBytesMax + 1, 'x'));
  EXPECT_EQ(finish(rpc::call<rpc::wire::Status>(*channel, "Read", huge)).at(0).error().code(),
            Code::invalid_argument);
}

Task<Result<rpc::wire::Status>> describe(CallContext context, rpc::wire::Status request) {
  rpc::wire::Status response;
  response.set_code(request.code() + 1);
  response.set_message(std::string(context.method) + " from " + to_string(context.sender) + "/" +
                       to_string(context.sender_incarnation));
  co_return response;
}

TEST_F(CallTest, TypedCallsCarryMessagesAndWhoCalls) {
  start_server([](RpcServer& rpc_server) {
    rpc_server.handle<rpc::wire::Status, rpc::wire::Status>("Describe", describe);
  });
  connect_channel();
  rpc::wire::Status request;
  request.set_code(4);
  auto response = finish(rpc::call<rpc::wire::Status>(*channel, "Describe", request)).at(0);
  EXPECT_EQ(response->code(), 5u);
  EXPECT_EQ(response->message(), "Describe from 9/90");
  EXPECT_EQ(finish(channel->call("Describe", "\xff")).at(0).error().code(), Code::invalid_argument);
}

TEST_F(CallTest, AnAnswerThatDoesNotParseIsAnUnknownOutcome) {
  start_server([](RpcServer& rpc_server) { add_echo(rpc_server); });
  connect_channel();
  auto raw = finish(rpc::detail::decode_answer<rpc::wire::Status>(channel->call("Echo", "\xff")));
  EXPECT_EQ(raw.at(0).error().code(), Code::unknown);
}

Task<Result<Bytes>> missing(CallContext, Bytes) {
  co_return fail(Status(Code::not_found, "collection 'words'").with_milvus_code(107));
}

TEST_F(CallTest, TheHandlersStatusCrossesUnchanged) {
  start_server([](RpcServer& rpc_server) { rpc_server.handle("Find", missing); });
  connect_channel();
  const Status status = finish(channel->call("Find", "")).at(0).error();
  EXPECT_EQ(status, Status(Code::not_found, "collection 'words'"));
  EXPECT_EQ(status.milvus_code(), 107);
}

TEST_F(CallTest, AMethodThatIsNotThereIsUnsupported) {
  start_server(add_echo);
  connect_channel();
  EXPECT_EQ(finish(channel->call("Insert", "")).at(0).error().code(), Code::unsupported);
}

// What certainly did not happen: every phase before the connection took the request.

TEST_F(CallTest, ARefusedConnectionIsUnavailable) {
  connect_channel();
  EXPECT_EQ(finish(channel->call("Echo", "x")).at(0).error().code(), Code::unavailable);
  EXPECT_EQ(network.dialed(), 1u);
  // While it backs off it does not even dial.
  EXPECT_EQ(finish(channel->call("Echo", "x")).at(0).error().code(), Code::unavailable);
  EXPECT_EQ(network.dialed(), 1u);
}

TEST_F(CallTest, ASilentDialIsUnavailableAfterTheConnectTimeout) {
  start_server(add_echo);
  connect_channel();
  network.set_dialing(MemoryNetwork::Dialing::hang);
  auto call = begin("Echo", "x");
  EXPECT_TRUE(call->empty());
  advance(channel_options().connect_timeout);
  EXPECT_EQ(call->at(0).error().code(), Code::unavailable);
}

TEST_F(CallTest, AServerThatNeverGreetsIsUnavailable) {
  start_server(add_echo);
  network.on_connect = [](MemoryLink& link) { link.to_client.mode = Pipe::hold; };
  connect_channel();
  auto call = begin("Echo", "x");
  advance(channel_options().connect_timeout);
  EXPECT_EQ(call->at(0).error().code(), Code::unavailable);
}

TEST_F(CallTest, ARefusedSendIsUnavailableAndTheHandlerDidNotRun) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
  });
  connect_channel();
  finish(channel->call("Echo", "x"));
  network.last_link().to_server.mode = Pipe::refuse;
  EXPECT_EQ(begin("Slow", "x")->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(slow.started, 0);
}

TEST_F(CallTest, ARefusedSendLeavesNoDoubt) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
  });
  connect_channel();
  finish(channel->call("Echo", "x"));
  network.last_link().to_server.mode = Pipe::refuse;
  CallOptions options = within(1s);
  options.idempotent = true;
  auto call = begin("Slow", "x", options);
  EXPECT_TRUE(call->empty());
  network.set_dialing(MemoryNetwork::Dialing::refuse);
  network.last_link().sever();
  advance(2s);
  EXPECT_EQ(call->at(0).error().code(), Code::unavailable);
}

TEST_F(CallTest, ARepeatableCallOutlivesASilentDial) {
  start_server(add_echo);
  connect_channel();
  network.set_dialing(MemoryNetwork::Dialing::hang);
  auto call = begin("Echo", "x", idempotent());
  advance(channel_options().connect_timeout + 1s);
  EXPECT_TRUE(call->empty());
  network.set_dialing(MemoryNetwork::Dialing::connect);
  advance(channel_options().connect_timeout + 1s);
  EXPECT_EQ(call->at(0).value(), "x");
}

TEST_F(CallTest, ADeadlineBeforeTheRequestIsSentIsUnavailable) {
  start_server(add_echo);
  connect_channel();
  network.set_dialing(MemoryNetwork::Dialing::hang);
  auto call = begin("Echo", "x", within(5ms));
  advance(10ms);
  EXPECT_EQ(call->at(0).error().code(), Code::unavailable);
}

TEST_F(CallTest, AMessageAboveTheLimitWasNotSent) {
  start_server(add_echo);
  connect_channel();
  EXPECT_EQ(finish(channel->call("Echo", Bytes(9u << 20, 'x'))).at(0).error().code(),
            Code::resource_exhausted);
  EXPECT_EQ(finish(channel->call("Echo", "small")).at(0).value(), "small");
}

// What may have happened: every phase after.

TEST_F(CallTest, ABreakWhileTheRequestTravelsIsUnknown) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
  });
  connect_channel();
  finish(channel->call("Echo", "x"));
  MemoryLink::set_mode(network.last_link().to_server, Pipe::hold);
  auto call = begin("Slow", "x");
  network.last_link().sever();
  run();
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_EQ(slow.started, 0);
}

TEST_F(CallTest, ABreakWhileTheHandlerRunsIsUnknownAndCancelsIt) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  auto call = begin("Slow", "x");
  EXPECT_EQ(slow.started, 1);
  network.last_link().sever();
  run();
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_EQ(slow.cancelled, 1);
}

TEST_F(CallTest, ABreakWhileTheAnswerTravelsIsUnknown) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  auto call = begin("Slow", "x");
  MemoryLink::set_mode(network.last_link().to_client, Pipe::hold);
  slow.gate.open();
  run();
  EXPECT_EQ(slow.finished, 1);
  network.last_link().sever();
  run();
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
}

TEST_F(CallTest, ABreakAtEveryMessageEndsEveryCallOnce) {
  start_server(add_echo);
  for (std::size_t message = 1; message <= 6; ++message) {
    std::size_t seen = 0;
    network.on_accepted = [&](MemoryLink& link, MemoryPipe&, const Bytes&) {
      if (++seen == message) link.sever();
    };
    connect_channel();
    const Result<Bytes> result = finish(channel->call("Echo", "x")).at(0);
    // 1, 2: the hellos; 3: the request; 4: its answer.
    const Code expected = message <= 2 ? Code::unavailable : Code::unknown;
    EXPECT_EQ(result ? Code::ok : result.error().code(), message <= 4 ? expected : Code::ok)
        << message;
    stop_channel();
    network.on_accepted = nullptr;
  }
}

TEST_F(CallTest, AHalfOpenConnectionIsNoticedByItsSilence) {
  start_server(add_echo);
  connect_channel();
  finish(channel->call("Echo", "x"));
  network.last_link().to_server.mode = Pipe::lose;
  network.last_link().to_client.mode = Pipe::lose;
  CallOptions patient = within(1h);
  auto call = begin("Echo", "x", patient);
  advance(channel_options().keep_alive_interval + channel_options().keep_alive_timeout + 2ms);
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_FALSE(channel->connected());
}

TEST_F(CallTest, AnIdleConnectionStaysUpByItsPings) {
  start_server(add_echo);
  connect_channel();
  finish(channel->call("Echo", "x"));
  advance(2min);
  EXPECT_TRUE(channel->connected());
  EXPECT_EQ(network.dialed(), 1u);
}

// A caller that waits for room is inside the connection when it breaks.
TEST_F(CallTest, ABreakWhileTheRequestWaitsForRoomIsUnavailable) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
  });
  connect_channel();
  finish(channel->call("Echo", "x"));
  network.last_link().to_server.window = 0;
  auto one = begin("Slow", "x");
  auto two = begin("Slow", "x");
  network.last_link().sever();
  run();
  EXPECT_EQ(one->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(two->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(slow.started, 0);
}

TEST_F(CallTest, ADeadlineAfterTheRequestWasSentIsUnknownAndCancelsTheHandler) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  auto call = begin("Slow", "x", within(20ms));
  advance(25ms);
  EXPECT_EQ(call->at(0).error().code(), Code::deadline_exceeded);
  EXPECT_EQ(slow.cancelled, 1);
  EXPECT_EQ(server->requests_running(), 0u);
  EXPECT_TRUE(channel->connected());
}

Task<Result<Bytes>> remaining(Clock& clock, CallContext context, Bytes) {
  co_return std::to_string(to_ms(context.deadline - clock.monotonic())) +
      (context.deadline_named ? "" : " by itself");
}

TEST_F(CallTest, TheHandlerKnowsTheTimeThatRemains) {
  start_server([&](RpcServer& rpc_server) {
    rpc_server.handle("Remaining", rpc::Handler([&](CallContext context, Bytes bytes) {
                        return remaining(clock, context, bytes);
                      }));
  });
  connect_channel();
  EXPECT_EQ(finish(channel->call("Remaining", "", within(250ms))).at(0).value(), "250");
  EXPECT_EQ(finish(channel->call("Remaining", "", within(24h))).at(0).value(),
            std::to_string(to_ms(rpc::ServerLimits().call_time_max)));
}

TEST_F(CallTest, TheServersDeadlineHoldsWithoutTheClientsCancel) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  auto call = begin("Slow", "x", within(20ms));
  network.last_link().to_server.mode = Pipe::lose;
  advance(25ms);
  EXPECT_EQ(slow.cancelled, 1);
}

TEST_F(CallTest, CancellingTheCallerCancelsTheHandler) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  TaskGroup group(client.executor);
  auto out = std::make_shared<std::vector<Result<Bytes>>>();
  group.spawn(RpcNode::store(channel->call("Slow", "x"), out));
  run();
  EXPECT_EQ(slow.started, 1);
  group.cancel();
  run();
  EXPECT_EQ(out->at(0).error().code(), Code::cancelled);
  EXPECT_EQ(slow.cancelled, 1);
  EXPECT_TRUE(channel->connected());
}

// Retries.

TEST_F(CallTest, OnlyWhatMayBeRepeatedIsRepeatedAfterABreak) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  auto once = begin("Slow", "once");
  auto again = begin("Slow", "again", idempotent());
  network.last_link().sever();
  run();
  EXPECT_EQ(once->at(0).error().code(), Code::unknown);
  EXPECT_TRUE(again->empty());
  slow.gate.open();
  advance(1s);
  EXPECT_EQ(again->at(0).value(), "again!");
  EXPECT_EQ(slow.started, 3);
}

TEST_F(CallTest, ARepeatableCallWaitsForAServerThatIsNotThereYet) {
  connect_channel();
  auto call = begin("Echo", "x", idempotent());
  advance(1s);
  EXPECT_TRUE(call->empty());
  start_server(add_echo);
  advance(channel_options().back_off_max);
  EXPECT_EQ(call->at(0).value(), "x");
}

TEST_F(CallTest, OnceInDoubtALaterRefusalDoesNotMakeItCertain) {
  start_server([&](RpcServer& rpc_server) { slow.add_to(rpc_server); });
  connect_channel();
  CallOptions options = within(3s);
  options.idempotent = true;
  auto call = begin("Slow", "x", options);
  network.set_dialing(MemoryNetwork::Dialing::refuse);
  network.last_link().sever();
  advance(4s);
  EXPECT_EQ(call->at(0).error().category(), Category::unknown_outcome);
}

TEST_F(CallTest, AnUnavailableHandlerIsAskedAgainOnlyByThoseWhoMay) {
  ScriptedHandler scripted;
  scripted.script = {Code::unavailable, Code::unavailable, Code::unknown, Code::ok};
  start_server([&](RpcServer& rpc_server) { scripted.add_to(rpc_server); });
  connect_channel();
  EXPECT_EQ(begin("Scripted", "")->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(scripted.calls, 1u);
  auto call = begin("Scripted", "", idempotent());
  advance(1s);
  EXPECT_EQ(call->at(0).value(), "call 4");
  EXPECT_EQ(scripted.calls, 4u);
}

TEST_F(CallTest, OtherErrorsOfTheHandlerAreAnswers) {
  ScriptedHandler scripted;
  scripted.script = {Code::conflict};
  start_server([&](RpcServer& rpc_server) { scripted.add_to(rpc_server); });
  connect_channel();
  auto call = begin("Scripted", "", idempotent());
  advance(1s);
  EXPECT_EQ(call->at(0).error().code(), Code::conflict);
  EXPECT_EQ(scripted.calls, 1u);
}

TEST_F(CallTest, OnceTheHandlerIsInDoubtALaterRefusalDoesNotMakeItCertain) {
  ScriptedHandler scripted;
  scripted.script = {Code::unknown};
  start_server([&](RpcServer& rpc_server) { scripted.add_to(rpc_server); });
  connect_channel();
  CallOptions options = within(3s);
  options.idempotent = true;
  auto call = begin("Scripted", "", options);
  EXPECT_EQ(scripted.calls, 1u);
  network.set_dialing(MemoryNetwork::Dialing::refuse);
  network.last_link().sever();
  advance(4s);
  EXPECT_EQ(call->at(0).error().category(), Category::unknown_outcome);
}

// The first run may have won its compare; the second one's "certainly not" speaks for itself alone.
TEST_F(CallTest, AConflictAfterAnUnknownRunIsUnknown) {
  ScriptedHandler scripted;
  scripted.script = {Code::ok, Code::conflict, Code::ok, Code::not_found};
  start_server([&](RpcServer& rpc_server) { scripted.add_to(rpc_server); });
  connect_channel();
  for (const Code expected : {Code::unknown, Code::not_found}) {
    std::size_t seen = 0;
    network.on_accepted = [&](MemoryLink& link, MemoryPipe& pipe, const Bytes&) {
      if (&pipe == &link.to_client && ++seen == 2) link.sever();  // the hello, then the answer
    };
    auto call = begin("Scripted", "", idempotent());
    advance(1s);
    EXPECT_EQ(call->at(0).error().code(), expected);
    network.on_accepted = nullptr;
    network.last_link().sever();
    advance(5s);
  }
}

}  // namespace
}  // namespace eyrie::test
