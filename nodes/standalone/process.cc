#include "nodes/standalone/process.h"

#include <utility>

namespace eyrie::standalone {

StandaloneProcess::StandaloneProcess(Environment& environment, const index::Kernels& kernels,
                                     StandaloneOptions options)
    : environment_(environment), kernels_(kernels), options_(std::move(options)) {}

Task<Status> StandaloneProcess::run() {
  EYRIE_CO_TRY(stores_, co_await StandaloneStores::open(environment_));
  metered_ = std::make_unique<Metered>(environment_, *stores_);
  server_ = std::make_unique<Standalone>(environment_, metered_->meta, metered_->objects,
                                         metered_->log, kernels_, options_);
  if (stopping_) server_->request_stop();
  opened_.open();
  const Status ended = co_await server_->run();
  co_await stores_->close();
  co_return ended;
}

void StandaloneProcess::request_stop() {
  stopping_ = true;
  if (server_ != nullptr) server_->request_stop();
}

Task<Status> StandaloneProcess::ready(MonotonicTime deadline) {
  if (server_ == nullptr) co_return Status(Code::unavailable, "its data is being opened");
  co_return co_await server_->ready(deadline);
}

Task<Status> StandaloneProcess::wait_until_ready() {
  EYRIE_CO_RETURN_IF_ERROR(co_await opened_.wait());
  co_return co_await server_->wait_until_ready();
}

}  // namespace eyrie::standalone
