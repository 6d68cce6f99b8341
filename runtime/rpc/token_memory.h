// TokenMemory: the answers of calls with a token, so that a token seen twice is run once.
//
// An entry is running, then answered, then forgotten after age_max. An answer of the transient
// category leaves no entry. What is remembered dies with the process: the caller's side repeats an
// unknown outcome at the same incarnation alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/bytes.h"
#include "runtime/clock.h"
#include "runtime/list.h"
#include "runtime/rpc/types.h"
#include "runtime/sync.h"

namespace eyrie::rpc {

class TokenMemory {
 public:
  TokenMemory(Clock& clock, const ServerLimits& limits);

  // One call waiting for the answer of its token; owned by the caller.
  class Wait : private ListNode<Wait> {
   public:
    // The answer, or cancelled.
    Task<Result<Bytes>> answer();

   private:
    friend class TokenMemory;
    template <class T, class Tag>
    friend class eyrie::List;

    std::optional<Result<Bytes>> answer_;
    Condition answered_;
  };

  enum class Admission : std::uint8_t {
    run,   // first seen: the caller runs the method and calls finish()
    wait,  // running or remembered
  };
  // Either way `wait` gets the answer. resource_exhausted when full, invalid_argument for the token
  // of another method.
  Result<Admission> admit(Token token, std::string_view method, Wait& wait);
  // Gives the answer to all that wait, and remembers it.
  void finish(Token token, const Result<Bytes>& answer);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string_view method;
    std::optional<Result<Bytes>> answer;
    List<Wait, Wait> waits;
  };

  void forget_old();

  Clock& clock_;
  ServerLimits limits_;
  std::int64_t answer_bytes_ = 0;
  std::map<Token, Entry> entries_;
  std::deque<std::pair<MonotonicTime, Token>> answered_;  // in the order of their times
};

}  // namespace eyrie::rpc
