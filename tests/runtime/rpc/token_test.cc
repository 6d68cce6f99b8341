// A token is one intent: run once, answered as often as asked.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::CallOptions;
using rpc::RpcServer;
using rpc::Token;

constexpr rpc::MethodOptions kRemembers{.remembers_tokens = true};

class TokenTest : public RpcTest {
 public:
  static CallOptions with(Token token) {
    CallOptions options;
    options.token = token;
    return options;
  }
  CallOptions with(Token token, Duration time) const {
    CallOptions options = within(time);
    options.token = token;
    return options;
  }
  void start(rpc::ServerOptions options = server_options()) {
    start_server(
        [&](RpcServer& rpc_server) {
          slow.add_to(rpc_server, kRemembers);
          scripted.add_to(rpc_server, kRemembers);
          add_echo(rpc_server);
        },
        options);
  }
  // Breaks the connection when the answer to the next call is on its way.
  void lose_next_answer() {
    network.on_accepted = [this](MemoryLink& link, MemoryPipe& pipe, const Bytes&) {
      if (&pipe != &link.to_client || pipe.accepted == 1) return;  // the hello
      network.on_accepted = nullptr;
      link.sever();
    };
  }

  SlowHandler slow;
  ScriptedHandler scripted;
};

TEST_F(TokenTest, AnAnswerThatWasLostIsGivenAgainWithoutASecondRun) {
  scripted.script = {Code::ok, Code::ok};
  start();
  connect_channel();
  lose_next_answer();
  auto call = begin("Scripted", "", with({1, 2}));
  EXPECT_TRUE(call->empty());
  advance(1s);
  EXPECT_EQ(call->at(0).value(), "call 1");
  EXPECT_EQ(scripted.calls, 1u);
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).value(), "call 1");
  EXPECT_EQ(begin("Scripted", "", with({1, 3}))->at(0).value(), "call 2");
}

TEST_F(TokenTest, ARepetitionJoinsTheCallUnderWay) {
  start();
  connect_channel();
  auto first = begin("Slow", "x", with({1, 2}));
  auto second = begin("Slow", "x", with({1, 2}));
  EXPECT_EQ(slow.started, 1);
  slow.gate.open();
  run();
  EXPECT_EQ(first->at(0).value(), "x!");
  EXPECT_EQ(second->at(0).value(), "x!");
  EXPECT_EQ(slow.finished, 1);
}

TEST_F(TokenTest, ABrokenConnectionDoesNotCancelTheRunAndTheRetryJoinsIt) {
  start();
  connect_channel();
  auto call = begin("Slow", "x", with({1, 2}));
  network.last_link().sever();
  advance(1s);
  EXPECT_TRUE(call->empty());
  slow.gate.open();
  run();
  EXPECT_EQ(call->at(0).value(), "x!");
  EXPECT_EQ(slow.started, 1);
  EXPECT_EQ(slow.cancelled, 0);
}

TEST_F(TokenTest, AJoinerWhoGivesUpDoesNotTakeTheRunFromWhoBeganIt) {
  start();
  connect_channel();
  auto beginner = begin("Slow", "x", with({1, 2}, 1h));
  auto joiner = begin("Slow", "x", with({1, 2}, 5ms));
  advance(10ms);
  EXPECT_EQ(joiner->at(0).error().code(), Code::deadline_exceeded);
  EXPECT_EQ(slow.cancelled, 0);
  slow.gate.open();
  run();
  EXPECT_EQ(beginner->at(0).value(), "x!");
}

// The run has the deadline of the call that began it. That it was cut short is its answer.
TEST_F(TokenTest, TheDeadlineOfWhoBeganItEndsTheRunForJoiners) {
  start();
  connect_channel();
  auto beginner = begin("Slow", "x", with({1, 2}, 5ms));
  auto joiner = begin("Slow", "x", with({1, 2}, 1h));
  advance(4ms);
  EXPECT_TRUE(beginner->empty());
  EXPECT_TRUE(joiner->empty());
  advance(6ms);
  EXPECT_EQ(beginner->at(0).error().code(), Code::deadline_exceeded);
  ASSERT_EQ(joiner->size(), 1u) << "it waits for a run that has ended";
  EXPECT_EQ(joiner->at(0).error().code(), Code::deadline_exceeded);
  EXPECT_EQ(slow.cancelled, 1);
  // Whether it was applied is unknown, so it is not run again.
  slow.gate.open();
  EXPECT_EQ(begin("Slow", "x", with({1, 2}, 1h))->at(0).error().code(), Code::deadline_exceeded);
  EXPECT_EQ(slow.started, 1);
}

TEST_F(TokenTest, AnErrorIsRememberedUnlessNothingWasApplied) {
  scripted.script = {Code::io_error, Code::resource_exhausted, Code::ok};
  start();
  connect_channel();
  EXPECT_EQ(begin("Scripted", "", with({1, 1}))->at(0).error().code(), Code::io_error);
  EXPECT_EQ(begin("Scripted", "", with({1, 1}))->at(0).error().code(), Code::io_error);
  EXPECT_EQ(scripted.calls, 1u);
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).error().code(), Code::resource_exhausted);
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).value(), "call 3");
}

TEST_F(TokenTest, WhatTheHandlerDoesNotKnowIsNotAskedAgain) {
  scripted.script = {Code::unknown};
  start();
  connect_channel();
  auto call = begin("Scripted", "", with({1, 1}));
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
}

// The new process remembers nothing, so it must not run what the old one may have run.
TEST_F(TokenTest, ARestartedServerDoesNotRunItASecondTime) {
  start();
  connect_channel();
  auto call = begin("Slow", "x", with({1, 2}));
  EXPECT_EQ(slow.started, 1);
  crash_server();
  network.last_link().sever();
  start(server_options(31));
  slow.gate.open();
  advance(5s);
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_EQ(slow.started, 1);
  // A token that never left this process may go to any incarnation.
  EXPECT_EQ(begin("Slow", "y", with({1, 3}))->at(0).value(), "y!");
}

TEST_F(TokenTest, ATokenForAMethodThatDoesNotRememberIsRefused) {
  start();
  connect_channel();
  EXPECT_EQ(begin("Echo", "", with({1, 2}))->at(0).error().code(), Code::invalid_argument);
}

TEST_F(TokenTest, ATokenBelongsToOneMethod) {
  scripted.script = {Code::ok};
  start();
  connect_channel();
  slow.gate.open();
  EXPECT_EQ(begin("Slow", "x", with({1, 2}))->at(0).value(), "x!");
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).error().code(), Code::invalid_argument);
  EXPECT_EQ(scripted.calls, 0u);
}

TEST_F(TokenTest, FullMemoryRefusesNewTokensRatherThanForgetOld) {
  scripted.script = {Code::ok, Code::ok, Code::ok};
  rpc::ServerOptions options = server_options();
  options.limits.tokens_max = 2;
  start(options);
  connect_channel();
  EXPECT_EQ(begin("Scripted", "", with({1, 1}))->at(0).value(), "call 1");
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).value(), "call 2");
  const Status refusal = begin("Scripted", "", with({1, 3}))->at(0).error();
  EXPECT_EQ(refusal.code(), Code::resource_exhausted);
  EXPECT_NE(refusal.message().find("tokens_max"), std::string::npos);
  EXPECT_EQ(begin("Scripted", "", with({1, 1}))->at(0).value(), "call 1");
  advance(options.limits.token_age_max + 1ms);
  EXPECT_EQ(begin("Scripted", "", with({1, 3}))->at(0).value(), "call 3");
}

TEST_F(TokenTest, TheBytesOfRememberedAnswersAreBounded) {
  scripted.script = {Code::ok, Code::ok};
  rpc::ServerOptions options = server_options();
  options.limits.token_bytes_max = 3;
  start(options);
  connect_channel();
  EXPECT_EQ(begin("Scripted", "", with({1, 1}))->at(0).value(), "call 1");
  EXPECT_EQ(begin("Scripted", "", with({1, 2}))->at(0).error().code(), Code::resource_exhausted);
}

TEST_F(TokenTest, StopEndsARunThatNobodyWaitsForAnyMore) {
  start();
  connect_channel();
  begin("Slow", "x", with({1, 2}));
  stop_channel();
  stop_server();
  EXPECT_EQ(slow.cancelled, 1);
}

TEST(TokenDraw, IsNeverNoneAndRarelyTheSame) {
  Random random(1);
  const Token one = rpc::draw_token(random);
  EXPECT_TRUE(one.valid());
  EXPECT_NE(one, rpc::draw_token(random));
  EXPECT_FALSE(Token().valid());
}

}  // namespace
}  // namespace eyrie::test
