// LeadershipWatch: what becomes of the leadership when its holder is killed, or is stopped for
// longer than its lease: when another coordinator acts, and that the one that was stopped can
// neither hand out a timestamp nor write any more (T2, T3).
//
// Coordinators are asked directly, past the relays, as nodes ask them.
#pragma once

#include <functional>
#include <string>

#include "runtime/rpc/pool.h"
#include "scenarios/live/catalog_view.h"
#include "scenarios/live/outcome.h"

namespace eyrie::scenarios::live {

class LeadershipWatch {
 public:
  // Borrows all.
  LeadershipWatch(Environment& environment, CatalogView& catalog, const Layout& layout);

  // So that what is asked later is on a connection that is there already.
  Task<void> greet(std::string node);

  // Until a coordinator of another term hands out a timestamp.
  Task<Takeover> wait_for_other(Leadership before, std::string cause, MonotonicTime since);

  // From before a stopped coordinator is resumed until it has surely found out: asks it for
  // timestamps and to make collections. `resume` is called once what was asked first waits for it.
  Task<void> ask_deposed(Leadership before, std::function<void()> resume, DeposedCheck& into);

  Task<void> stop() { return pool_.stop(); }

 private:
  Task<Result<std::uint64_t>> timestamp_of(std::string node, Duration timeout);
  Task<Status> create_at(std::string node, std::string collection, Duration timeout);
  Task<bool> exists(std::string node, std::string collection);
  Task<void> ask_for_timestamp(Leadership before, Duration timeout, DeposedCheck& into);
  Task<void> ask_for_collection(Leadership before, std::string name, Duration timeout,
                                DeposedCheck& into);
  // Whether it leads by right, in another term than before.
  Task<bool> leads_again(Leadership before);

  Environment& environment_;
  CatalogView& catalog_;
  const Layout& layout_;
  rpc::ChannelPool pool_;
};

}  // namespace eyrie::scenarios::live
