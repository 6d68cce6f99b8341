#include "nodes/proxy/timestamps.h"

#include <utility>

#include "nodes/proto/coordinator.pb.h"
#include "nodes/wire/timestamp.h"

namespace eyrie::proxy {

Task<void> TimestampClient::run() {
  while (true) {
    if (waiting_.empty() && !(co_await asked_.wait()).ok()) co_return;
    std::deque<Waiting> batch = std::exchange(waiting_, {});
    if (batch.empty()) continue;
    internal::AllocateTimestampsRequest request;
    request.set_count(1);
    rpc::CallOptions options;
    options.idempotent = true;  // a timestamp that nobody got is no loss
    const auto answer = co_await coordinator_.call<internal::AllocateTimestampsResponse>(
        "coordinator.AllocateTimestamps", request, options);
    Result<std::uint64_t> timestamp = fail(status_of(answer));
    if (answer) {
      timestamp = answer->first();
      observe(*timestamp);
    }
    for (const Waiting& one : batch) one->set(timestamp);
    if (!answer && answer.error().code() == Code::cancelled) co_return;
  }
}

Task<Result<std::uint64_t>> TimestampClient::fresh() {
  auto mine = std::make_shared<OneShot<Result<std::uint64_t>>>();
  waiting_.push_back(mine);
  asked_.notify_all();
  EYRIE_CO_TRY(Result<std::uint64_t> timestamp, co_await mine->wait());
  co_return timestamp;
}

void TimestampClient::observe(std::uint64_t timestamp) {
  if (timestamp <= estimate()) return;
  newest_ = timestamp;
  newest_at_ = clock_.monotonic();
}

std::uint64_t TimestampClient::estimate() const {
  if (newest_ == 0) return 0;
  return newest_ + wire::timestamp_span(clock_.monotonic() - newest_at_);
}

}  // namespace eyrie::proxy
