#include "runtime/rpc/token_memory.h"

#include <string>

namespace eyrie::rpc {

namespace {

std::int64_t size_of(const Result<Bytes>& answer) {
  return static_cast<std::int64_t>(answer ? answer->size() : answer.error().message().size());
}

}  // namespace

TokenMemory::TokenMemory(Clock& clock, const ServerLimits& limits)
    : clock_(clock), limits_(limits) {}

Task<Result<Bytes>> TokenMemory::Wait::answer() {
  while (!answer_) EYRIE_CO_RETURN_IF_ERROR(co_await answered_.wait());
  co_return std::move(*answer_);
}

Result<TokenMemory::Admission> TokenMemory::admit(Token token, std::string_view method,
                                                  Wait& wait) {
  forget_old();
  const auto found = entries_.find(token);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    if (entry.method != method) {
      return fail(Code::invalid_argument,
                  "the token belongs to a call of " + std::string(entry.method));
    }
    if (entry.answer) {
      wait.answer_ = entry.answer;
    } else {
      entry.waits.push_back(wait);
    }
    return Admission::wait;
  }
  if (entries_.size() >= limits_.tokens_max) {
    return fail(Code::resource_exhausted,
                "tokens_max: " + std::to_string(limits_.tokens_max) + " tokens are remembered");
  }
  if (answer_bytes_ >= limits_.token_bytes_max) {
    return fail(Code::resource_exhausted, "token_bytes_max: " + std::to_string(answer_bytes_) +
                                              " bytes of answers are remembered");
  }
  Entry& entry = entries_[token];
  entry.method = method;
  entry.waits.push_back(wait);
  return Admission::run;
}

void TokenMemory::finish(Token token, const Result<Bytes>& answer) {
  const auto found = entries_.find(token);
  EYRIE_CHECK(found != entries_.end() && !found->second.answer, "finished without being admitted");
  Entry& entry = found->second;
  while (!entry.waits.empty()) {
    Wait& wait = entry.waits.front();
    wait.unlink();
    wait.answer_ = answer;
    wait.answered_.notify_all();
  }
  if (!answer && answer.error().category() == Category::transient) {
    entries_.erase(found);
    return;
  }
  entry.answer = answer;
  answer_bytes_ += size_of(answer);
  answered_.emplace_back(clock_.monotonic(), token);
}

void TokenMemory::forget_old() {
  const MonotonicTime now = clock_.monotonic();
  while (!answered_.empty() && answered_.front().first + limits_.token_age_max <= now) {
    const auto found = entries_.find(answered_.front().second);
    answer_bytes_ -= size_of(*found->second.answer);
    entries_.erase(found);
    answered_.pop_front();
  }
}

}  // namespace eyrie::rpc
