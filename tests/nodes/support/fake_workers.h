// FakeWorkers: query nodes as a model: every loaded copy with its rows, searched by brute force.
//
// The nodes live in the test, outside the delegator's machine, and read the files that the flush
// wrote. A node that is down does not answer; one that is restarted has nothing and is another
// incarnation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "nodes/streaming/query_workers.h"
#include "runtime/environment.h"
#include "tests/support/memory_objects.h"

namespace eyrie::test {

struct FakeQueryNodes {
  struct Row {
    std::int64_t key = 0;
    std::int64_t value = 0;
    std::vector<float> vector;
    std::int64_t timestamp = 0;
    std::int64_t deleted_at = INT64_MAX;
  };
  struct Copy {
    std::vector<Row> rows;
    std::int64_t load = 0;
    std::int64_t index = 0;  // its build id
  };
  struct Node {
    std::int64_t incarnation = 1;
    bool down = false;
    int releases_running = 0;
    std::map<std::string, std::int64_t> terms;                    // by channel
    std::map<std::pair<std::string, std::int64_t>, Copy> copies;  // by channel and segment
  };
  std::map<std::int64_t, Node> nodes;  // by node id
  MemoryObjectStoreState* objects = nullptr;
  Duration answer_max = 3ms;
  int apply_answers_to_lose = 0;
  int releases = 0;  // that were asked for, in vain or not
  int releases_to_refuse = 0;
  int releases_running_max = 0;  // at once at one node, so far
  int attaches_to_refuse = 0;
  bool attaches_hang = false;  // until their deadlines
  int loads = 0;
  int attaches = 0;

  std::size_t copies() const {
    std::size_t count = 0;
    for (const auto& [number, node] : nodes) count += node.copies.size();
    return count;
  }

  // Loses every copy.
  void restart(std::int64_t node) { nodes[node] = {nodes[node].incarnation + 1, false, 0, {}, {}}; }
};

class FakeWorkers final : public streaming::QueryWorkers {
 public:
  FakeWorkers(Environment& environment, FakeQueryNodes& nodes)
      : environment_(environment),
        nodes_(nodes),
        random_(environment.random.stream("fake workers")) {}

  Task<Status> load(streaming::Worker worker, internal::LoadSegmentRequest request,
                    MonotonicTime deadline) override;
  Task<Status> load_index(streaming::Worker worker, internal::LoadIndexRequest request,
                          MonotonicTime deadline) override;
  Task<Status> release(streaming::Worker worker, internal::ReleaseSegmentsRequest request,
                       MonotonicTime deadline) override;
  Task<Status> apply_deletes(streaming::Worker worker, internal::ApplyDeletesRequest request,
                             MonotonicTime deadline) override;
  Task<Result<internal::SearchShardResponse>> search(streaming::Worker worker,
                                                     internal::SearchSegmentsRequest request,
                                                     MonotonicTime deadline) override;
  Task<Result<internal::QueryShardResponse>> query(streaming::Worker worker,
                                                   internal::QuerySegmentsRequest request,
                                                   MonotonicTime deadline) override;

 private:
  using Rows = std::vector<FakeQueryNodes::Row>;

  Task<Status> travel();
  Task<Result<FakeQueryNodes::Node*>> reach(streaming::Worker worker, internal::CopyOwner owner,
                                            MonotonicTime deadline);
  // The visible rows of the copies; not_found if one is missing.
  template <class Request>
  Result<Rows> visible(const FakeQueryNodes::Node& node, const Request& request) const;
  Result<Rows> read_files(const internal::LoadSegmentRequest& request) const;

  Environment& environment_;
  FakeQueryNodes& nodes_;
  Random random_;
};

}  // namespace eyrie::test
