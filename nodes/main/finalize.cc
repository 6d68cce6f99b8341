// `eyrie finalize`: the end of an upgrade: what is stored from now on, the release before cannot
// read.
#include <cstdio>

#include "nodes/main/commands.h"
#include "nodes/main/exit_code.h"
#include "nodes/proto/coordinator.pb.h"

namespace eyrie::main {

namespace {

constexpr Duration kAnswerTimeout = 10s;

Task<int> finalize(const FinalizeCommand& command, Environment& environment,
                   client::Client& server) {
  const auto answer = co_await server.call_own<internal::FinalizeResponse>(
      "Finalize", internal::FinalizeRequest(), environment.clock.monotonic() + kAnswerTimeout);
  if (!answer && answer.error().code() == Code::unsupported) {
    co_return complain(kExitEnvironment,
                       "the server at " + command.server.address +
                           " (--address), or the coordinator that leads, is of an older release, "
                           "which cannot finalize: " +
                           answer.error().message());
  }
  if (!answer && answer.error().code() == Code::failed_precondition) {
    co_return complain(kExitEnvironment, answer.error().message());
  }
  if (!answer) co_return complain_about(answer.error(), command.server);
  std::printf("%s format %d; nodes of an older release are refused from now on\n",
              answer->raised() ? "finalized:" : "finalized before:", answer->format());
  co_return kExitOk;
}

}  // namespace

int run_finalize(const FinalizeCommand& command) {
  return run_client(command.server,
                    [&command](Environment& environment, client::Client& server, Gate&) {
                      return finalize(command, environment, server);
                    });
}

}  // namespace eyrie::main
