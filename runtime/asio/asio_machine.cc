#include "runtime/asio/asio_machine.h"

#include <future>
#include <utility>

#include "runtime/asio/os_random.h"

namespace eyrie {

namespace {

Task<void> stop_and_tell(FramedNetwork& network, std::promise<void>& stopped) {
  co_await network.stop();
  stopped.set_value();
}

}  // namespace

Result<std::unique_ptr<AsioMachine>> AsioMachine::make(const AsioMachineOptions& options,
                                                       WorkerPool& compute, WorkerPool& blocking,
                                                       Tracer& tracer) {
  EYRIE_TRY(std::unique_ptr<PosixBlockingDisk> disk, PosixBlockingDisk::open_root(options.root));
  std::unique_ptr<TlsFiles> tls_files;
  if (options.tls) {
    EYRIE_TRY(tls_files, TlsFiles::open(tracer, options.tls->files));
  }
  return std::unique_ptr<AsioMachine>(
      new AsioMachine(options, std::move(disk), std::move(tls_files), compute, blocking, tracer));
}

AsioMachine::AsioMachine(const AsioMachineOptions& options, std::unique_ptr<PosixBlockingDisk> disk,
                         std::unique_ptr<TlsFiles> tls_files, WorkerPool& compute,
                         WorkerPool& blocking, Tracer& tracer)
    : executor_(options.name, compute, blocking),
      clock_(executor_),
      bytes_(executor_, clock_),
      tls_files_(std::move(tls_files)),
      tls_bytes_(tls_files_ == nullptr
                     ? nullptr
                     : std::make_unique<TlsByteNetwork>(bytes_, *tls_files_,
                                                        executor_.blocking_calls(), *options.tls)),
      network_(executor_, clock_, node_bytes(), options.limits),
      disk_(std::move(disk), executor_.blocking_calls()),
      stopping_(executor_),
      environment_{executor_, clock_,  os_random().stream(options.name), network_, disk_,
                   tracer,    metrics_} {}

AsioMachine::~AsioMachine() = default;

ByteNetwork& AsioMachine::node_bytes() {
  if (tls_bytes_ != nullptr) return *tls_bytes_;
  return bytes_;
}

void AsioMachine::stop() {
  if (executor_.stopped()) return;
  std::promise<void> stopped;
  executor_.call([this, &stopped] { stopping_.spawn(stop_and_tell(network_, stopped)); });
  stopped.get_future().wait();
  executor_.stop();
}

}  // namespace eyrie
