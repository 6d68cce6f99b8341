// StandaloneProcess: a standalone with the stores that it runs on, from the folder to the end.
#pragma once

#include <memory>

#include "index/kernels.h"
#include "nodes/standalone/options.h"
#include "nodes/standalone/standalone.h"
#include "nodes/standalone/stores.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "storage/metered/meta_store.h"
#include "storage/metered/object_store.h"
#include "storage/metered/wal.h"

namespace eyrie::standalone {

class StandaloneProcess {
 public:
  // The kernels and the environment outlive it.
  StandaloneProcess(Environment& environment, const index::Kernels& kernels,
                    StandaloneOptions options);

  // Opens the stores, serves until request_stop() or a failure, and closes them.
  Task<Status> run();
  void request_stop();

  // Whether the stores were opened: a failure of run() is the data folder's, if not.
  bool opened() const { return stores_ != nullptr; }
  // Standalone::ready(); unavailable before there is one.
  Task<Status> ready(MonotonicTime deadline);
  // Standalone::wait_until_ready(), from the moment there is one.
  Task<Status> wait_until_ready();

 private:
  Environment& environment_;
  const index::Kernels& kernels_;
  StandaloneOptions options_;
  bool stopping_ = false;
  Gate opened_;
  // The stores as the server sees them: counted.
  struct Metered {
    Metered(Environment& environment, StandaloneStores& stores)
        : meta(environment, stores.meta()),
          objects(environment, stores.objects(), "segments"),
          log(environment, stores.log()) {}

    storage::MeteredMetaStore meta;
    storage::MeteredObjectStore objects;
    storage::MeteredWal log;
  };

  std::unique_ptr<StandaloneStores> stores_;
  std::unique_ptr<Metered> metered_;
  std::unique_ptr<Standalone> server_;
};

}  // namespace eyrie::standalone
