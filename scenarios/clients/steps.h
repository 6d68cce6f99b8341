// Steps: what is done through one proxy around the clients' work, each step again and again until
// it succeeds: the collection is prepared before, and after healing everything is asked for once
// more.
#pragma once

#include <string>
#include <vector>

#include "scenarios/clients/client_calls.h"

namespace eyrie::scenarios {

// The words that no client of the plan writes, and one of them.
std::vector<std::uint32_t> spare_words(const Plan& plan, const Words& words);
std::uint32_t spare_word(const Plan& plan, const Words& words, std::size_t n);

class Steps {
 public:
  enum class Kind : std::uint8_t { prepare, probe };

  // `number` tells probes apart in the history: they are clients after the plan's.
  Steps(Environment& environment, ClientContext context, Kind kind, std::size_t number,
        std::string machine, Address proxy);

  // All of them; an error only when it is cancelled.
  Task<Status> run();
  Task<void> stop() { return calls_.stop(); }

 private:
  template <class Response, class Request>
  Task<Result<Response>> until_ok(std::string method, Request request);

  Task<Status> prepare();
  Task<Status> probe();
  Task<Status> ask_for_all(Level level);
  Task<Status> load();
  Task<Status> flush();
  Task<Status> define();
  Task<Status> until_ok(ClientOp op);

  Environment& environment_;
  ClientContext context_;
  Kind kind_;
  std::size_t number_;
  ClientCalls calls_;
};

}  // namespace eyrie::scenarios
