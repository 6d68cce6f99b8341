// Resources: what a running cluster takes: memory and descriptors of each node, and what it keeps
// in the object store. It asks the store past the relays.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "scenarios/live/layout.h"
#include "storage/s3/object_store.h"

namespace eyrie {
class AsioMachine;
class BeastHttpWire;
}  // namespace eyrie

namespace eyrie::scenarios::live {

struct ProcessUse {
  std::uint64_t resident_bytes = 0;
  std::size_t descriptors = 0;
};
// not_found: there is no such process.
Result<ProcessUse> use_of(pid_t process);

struct StoreUse {
  std::size_t objects = 0;  // all of them
  std::uint64_t bytes = 0;
  std::size_t log_objects = 0;  // those of the zero-disk log
  std::uint64_t log_bytes = 0;
};

struct ResourceSample {
  Duration at{};                            // since the work began
  std::map<std::string, ProcessUse> nodes;  // by name
  StoreUse store;
  std::size_t calls = 0;  // so far
};

class StoreView {
 public:
  // Borrows both.
  static Result<std::unique_ptr<StoreView>> make(AsioMachine& machine, const Layout& layout);
  ~StoreView();

  Task<Result<StoreUse>> use();
  Task<void> stop();

 private:
  StoreView(AsioMachine& machine, const Layout& layout, std::unique_ptr<BeastHttpWire> wire);

  std::unique_ptr<BeastHttpWire> wire_;
  storage::S3ObjectStore objects_;
};

}  // namespace eyrie::scenarios::live
