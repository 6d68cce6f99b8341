// Building the graph of a flushed segment: read its rows, build on another core, upload under a
// name that is used once (S6). The coordinator commits it; a graph that it never hears of is an
// orphan. A request that is cancelled or late abandons its build, so that nobody waits for that.
#include <utility>

#include "index/cost.h"
#include "index/hnsw.h"
#include "nodes/catalog/objects.h"
#include "nodes/data/data_node.h"
#include "nodes/data/events.h"
#include "nodes/data/metrics.h"
#include "nodes/data/work.h"
#include "nodes/membership/events.h"
#include "nodes/wire/schema.h"
#include "storage/format/binlog.h"
#include "storage/format/paths.h"

namespace eyrie::data {

namespace {

struct Build {
  storage::Binlog binlog;
  storage::FieldId vector_field;
  index::Metric metric = index::Metric::cosine;
  index::HnswParameters parameters;
  std::shared_ptr<index::StopFlag> stop = std::make_shared<index::StopFlag>();
};

Result<Bytes> build(const index::Kernels& kernels, const Build& work) {
  const storage::Column* column = work.binlog.columns.find(work.vector_field);
  const auto* vectors =
      column != nullptr ? std::get_if<storage::FloatVectors>(&column->values) : nullptr;
  if (vectors == nullptr) return fail(Code::data_loss, "a segment lacks its vector field");
  const auto dimension = static_cast<std::uint32_t>(vectors->dimension);
  index::Matrix matrix(dimension);
  matrix.reserve(static_cast<std::uint32_t>(work.binlog.timestamps.size()));
  for (std::size_t row = 0; row < work.binlog.timestamps.size(); ++row) {
    matrix.add_row(std::span(vectors->values).subspan(row * dimension, dimension));
  }
  const std::vector<float> norms = index::inverse_norms(kernels, matrix.view());
  EYRIE_TRY(const index::HnswIndex graph,
            index::HnswIndex::build(kernels, work.metric, matrix.view(norms.data()),
                                    work.parameters, work.stop.get()));
  return graph.serialize();
}

WorkUnits cost_of(const Build& work, const wire::Schema& schema) {
  return index::nanoseconds(index::hnsw_build_cost(
      work.binlog.timestamps.size(), work.parameters.M, work.parameters.ef_construction,
      static_cast<std::uint64_t>(schema.vector().dimension)));
}

Task<Result<Bytes>> build_elsewhere(const index::Kernels& kernels, WorkUnits cost, Build work) {
  std::shared_ptr<index::StopFlag> stop = work.stop;
  return compute(cost, std::move(stop),
                 [kernels = &kernels, work = std::move(work)] { return build(*kernels, work); });
}

}  // namespace

Task<Result<internal::GetBuildStateResponse>> DataNode::build_state(std::int64_t build_id) const {
  internal::GetBuildStateResponse response;
  response.set_running(building_.contains(build_id));
  co_return response;
}

Task<Result<internal::BuildIndexResponse>> DataNode::build_index(
    internal::BuildIndexRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(
      commands_.admit("segment " + std::to_string(request.segment().id()), request.command()));
  const MonotonicTime began = environment_.clock.monotonic();
  building_.insert(request.build_id());
  Result<internal::BuildIndexResponse> built = co_await do_build(request);
  building_.erase(request.build_id());
  membership::tell_if_newer(environment_, status_of(built));
  build_duration_.observe(environment_.clock.monotonic() - began);
  const Code code = built ? Code::ok : built.error().code();
  environment_.metrics.counter(kBuilds, name_of(code)).add();
  co_return built;
}

Task<Result<internal::BuildIndexResponse>> DataNode::do_build(
    const internal::BuildIndexRequest& request) {
  EYRIE_CO_RETURN_IF_ERROR(co_await builds_.acquire());
  const Permit permit(builds_);
  EYRIE_CO_TRY(const wire::Schema schema, wire::read_schema(request.collection().schema()));
  EYRIE_CO_TRY(const Bytes rows, co_await read_file(request.segment().binlog()));
  Build work;
  EYRIE_CO_TRY(work.binlog, storage::decode_binlog(rows, role_.session().format().reads()));
  const std::size_t row_count = work.binlog.timestamps.size();
  const storage::SegmentPlace place = work.binlog.place;
  const catalog::IndexParameters& parameters = request.collection().index();
  work.vector_field = schema.vector().id;
  EYRIE_CO_TRY(work.metric, index::parse_metric(parameters.metric_type()));
  work.parameters.M = static_cast<std::uint32_t>(parameters.m());
  work.parameters.ef_construction = static_cast<std::uint32_t>(parameters.ef_construction());
  work.parameters.seed = static_cast<std::uint64_t>(request.segment().id());
  const WorkUnits cost = cost_of(work, schema);
  EYRIE_CO_TRY(Bytes graph, co_await build_elsewhere(kernels_, cost, std::move(work)));
  // S6: a build is one attempt, and is sent to one node once.
  const std::string key = storage::index_key({storage::BuildId(request.build_id()),
                                              storage::AttemptId(request.build_id()),
                                              place.partition, place.segment, "hnsw"});
  const std::size_t bytes = graph.size();
  internal::BuildIndexResponse response;
  response.mutable_index()->set_build_id(request.build_id());
  catalog::describe_file(key, graph, options_.identity.release,
                         *response.mutable_index()->mutable_file());
  EYRIE_CO_RETURN_IF_ERROR(co_await put(key, std::move(graph)));
  emit(environment_.tracer, kIndexed, request.segment().id(), request.build_id(), row_count, bytes);
  co_return response;
}

}  // namespace eyrie::data
