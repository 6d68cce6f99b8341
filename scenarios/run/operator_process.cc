#include "scenarios/run/operator_process.h"

#include "nodes/proto/coordinator.pb.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

namespace {

constexpr Duration kTimeout = 2s;
constexpr Duration kAgainAfter = 200ms;
constexpr int kAttemptsMax = 10;

}  // namespace

OperatorProcess::OperatorProcess(Environment& environment, const std::vector<UpgradeStep>& steps,
                                 const std::vector<Address>& proxies)
    : environment_(environment), steps_(steps) {
  for (const Address& proxy : proxies) proxies_.emplace_back(environment, proxy, kCluster);
}

Task<Status> OperatorProcess::run() {
  const MonotonicTime began = environment_.clock.monotonic();
  for (const UpgradeStep& step : steps_) {
    if (step.action != UpgradeAction::finalize) continue;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(began + Duration(step.at)));
    if (stopping_.is_open()) break;
    co_await finalize();
  }
  (void)co_await stopping_.wait();
  for (client::Client& proxy : proxies_) co_await proxy.stop();
  co_return Status();
}

// To be asked twice changes nothing.
Task<void> OperatorProcess::finalize() {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    client::Client& proxy = proxies_[static_cast<std::size_t>(attempt) % proxies_.size()];
    const auto answer = co_await proxy.call_own<internal::FinalizeResponse>(
        "Finalize", internal::FinalizeRequest(), environment_.clock.monotonic() + kTimeout);
    if (answer || answer.error().code() == Code::failed_precondition) co_return;
    if (!(co_await environment_.clock.sleep_for(kAgainAfter)).ok()) co_return;
  }
}

}  // namespace eyrie::scenarios
