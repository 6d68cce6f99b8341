#include "nodes/data/data_node.h"

#include <utility>

#include "nodes/catalog/objects.h"
#include "nodes/data/metrics.h"
#include "runtime/combine.h"

namespace eyrie::data {

DataNode::DataNode(Environment& environment, storage::MetaStore& meta,
                   storage::ObjectStore& objects, const index::Kernels& kernels,
                   DataOptions options)
    : environment_(environment),
      objects_(objects),
      kernels_(kernels),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease),
      commands_(options_.command_subjects_max),
      builds_(options_.builds_running_max),
      build_duration_(environment.metrics.histogram(kBuildDuration)),
      reading_(environment.metrics, [this](MetricSample& sample) {
        sample.gauge(kBuildsRunning, static_cast<std::int64_t>(building_.size()));
      }) {}

Task<Status> DataNode::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> DataNode::ready(MonotonicTime deadline) {
  return role_.reaches_leader(options_.channel_options, deadline);
}

Task<Result<Bytes>> DataNode::read_file(catalog::FileRecord file) {
  return with_deadline(environment_.clock, environment_.clock.monotonic() + options_.object_timeout,
                       catalog::read_file(objects_, std::move(file), options_.identity.release));
}

Task<Status> DataNode::put(std::string object, Bytes bytes) {
  return with_deadline(environment_.clock, environment_.clock.monotonic() + options_.object_timeout,
                       objects_.put(std::move(object), std::move(bytes)));
}

Task<Status> DataNode::serve(membership::Session& session) {
  rpc::RpcServer server(environment_, {session.self(), options_.server_limits});
  server.handle<internal::BuildIndexRequest, internal::BuildIndexResponse>(
      "data.BuildIndex", [this](const rpc::CallContext&, internal::BuildIndexRequest request) {
        return build_index(std::move(request));
      });
  server.handle<internal::MergeSegmentsRequest, internal::MergeSegmentsResponse>(
      "data.MergeSegments",
      [this](const rpc::CallContext&, internal::MergeSegmentsRequest request) {
        return merge(std::move(request));
      });
  server.handle<internal::HandOutDeletesRequest, internal::HandOutDeletesResponse>(
      "data.HandOutDeletes",
      [this](const rpc::CallContext&, internal::HandOutDeletesRequest request) {
        return hand_out(std::move(request));
      });
  server.handle<internal::GetBuildStateRequest, internal::GetBuildStateResponse>(
      "data.GetBuildState",
      [this](const rpc::CallContext&, const internal::GetBuildStateRequest& request) {
        return build_state(request.build_id());
      });
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    role_.set_serving();
    co_await membership::until_cancelled();
  }
  co_await server.stop();
  co_return started;
}

}  // namespace eyrie::data
