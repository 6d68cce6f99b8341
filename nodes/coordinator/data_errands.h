// DataErrands: what data nodes are sent to do, a few at once for each, and how the end is waited
// for.
//
// An errand takes seconds or hours, as the segments are large. It is given up when its node no
// longer says that it is at it. A compaction has one place of a node at most, so that builds, which
// readers wait for, have the others; while one waits for its place, no build takes that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/coordinator/commander.h"
#include "nodes/coordinator/options.h"
#include "nodes/proto/build_time.h"
#include "nodes/proto/data.pb.h"
#include "runtime/combine.h"
#include "runtime/sync.h"

namespace eyrie::coordinator {

enum class Errand : std::uint8_t { build, compaction };

class DataErrands {
 public:
  DataErrands(Environment& environment, NodeDirectory& directory, Commander& commander,
              const CoordinatorOptions& options)
      : environment_(environment),
        directory_(directory),
        commander_(commander),
        options_(options) {}

  // Of those with a place for it the node with the fewest errands.
  std::optional<NodeInfo> find_place(Errand errand) const;
  // An errand of the node begins or ends.
  void begin(NodeId node, Errand errand);
  void end(NodeId node, Errand errand);
  // Whether a compaction is due that has no place.
  void set_compaction_waits(bool waits) { compaction_waits_ = waits; }
  // Woken when an errand ends.
  Condition& ended() { return ended_; }

  // Sends the request, of this id, and waits for its answer; unavailable once its node is silent
  // about it.
  template <class Response, class Request>
  Task<Result<Response>> run(NodeInfo node, std::int64_t id, std::string method, Request request) {
    std::vector<Task<Result<Response>>> ends;
    ends.push_back(commander_.send<Response>(node, std::move(method), std::move(request),
                                             internal::kBuildTimeMax));
    ends.push_back(as_failure<Response>(wait_until_silent(id, std::move(node))));
    co_return (co_await race(std::move(ends))).second;
  }

 private:
  struct Running {
    std::size_t builds = 0;
    std::size_t compactions = 0;
  };

  bool has_place(const Running& running, Errand errand) const;
  template <class Response>
  static Task<Result<Response>> as_failure(Task<Status> task) {
    co_return fail(co_await std::move(task));
  }
  // Ends with an error, once the node no longer says that it is at it.
  Task<Status> wait_until_silent(std::int64_t id, NodeInfo node);

  Environment& environment_;
  NodeDirectory& directory_;
  Commander& commander_;
  const CoordinatorOptions& options_;
  std::map<NodeId, Running> running_;
  bool compaction_waits_ = false;
  Condition ended_;
};

}  // namespace eyrie::coordinator
