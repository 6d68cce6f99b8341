// Handlers that tests steer: one that waits to be let go, one that answers by a script.
#pragma once

#include <string>
#include <vector>

#include "runtime/rpc/server.h"
#include "runtime/sync.h"

namespace eyrie::test {

// "Slow": answers with the payload and "!" once the gate is open.
struct SlowHandler {
  Task<Result<Bytes>> run(rpc::CallContext, Bytes payload) {
    ++started;
    Status waited = co_await gate.wait();
    if (!waited.ok()) {
      ++cancelled;
      co_return fail(waited);
    }
    ++finished;
    co_return payload + "!";
  }
  void add_to(rpc::RpcServer& server, rpc::MethodOptions options = {}) {
    server.handle("Slow", rpc::Handler([this](rpc::CallContext context, Bytes payload) {
                    return run(context, std::move(payload));
                  }),
                  options);
  }

  Gate gate;
  int started = 0;
  int cancelled = 0;
  int finished = 0;
};

// "Scripted": answers with the codes given, one a call; ok carries the number of the call.
struct ScriptedHandler {
  Task<Result<Bytes>> run(rpc::CallContext, Bytes) {
    const Code code = script.at(calls++);
    if (code != Code::ok) co_return fail(code, "scripted");
    co_return "call " + std::to_string(calls);
  }
  void add_to(rpc::RpcServer& server, rpc::MethodOptions options = {}) {
    server.handle("Scripted", rpc::Handler([this](rpc::CallContext context, Bytes payload) {
                    return run(context, std::move(payload));
                  }),
                  options);
  }

  std::vector<Code> script;
  std::size_t calls = 0;
};

}  // namespace eyrie::test
