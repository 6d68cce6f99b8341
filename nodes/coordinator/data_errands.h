// DataErrands: what data nodes are sent to do, a few at once for each, and how the end is waited
// for.
//
// An errand takes seconds or hours, as the segments are large. It is given up when its node no
// longer says that it is at it.
#pragma once

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

namespace eyrie::coordinator {

class DataErrands {
 public:
  DataErrands(Environment& environment, NodeDirectory& directory, Commander& commander,
              const CoordinatorOptions& options)
      : environment_(environment),
        directory_(directory),
        commander_(commander),
        options_(options) {}

  // The node with the fewest errands; none if each has `at_most` or more.
  std::optional<NodeInfo> least_busy(std::size_t at_most) const;
  // An errand of the node begins or ends.
  void begin(NodeId node) { ++running_[node]; }
  void end(NodeId node);

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
  std::map<NodeId, std::size_t> running_;
};

}  // namespace eyrie::coordinator
