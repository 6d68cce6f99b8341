// Copies that nobody will release any more: their collection was dropped, or their owner's term is
// over, and whoever should have said so died, or did not get through.
//
// The coordinator is asked again and again; whatever cannot be learned now is learned later.
#include "nodes/query/events.h"
#include "nodes/query/query_node.h"

namespace eyrie::query {

Task<void> QueryNode::keep_reconciled(membership::CoordinatorClient& coordinator) {
  while ((co_await environment_.clock.sleep_for(options_.reconcile_interval)).ok()) {
    (void)co_await reconcile(coordinator);
  }
}

Task<Status> QueryNode::reconcile(membership::CoordinatorClient& coordinator) {
  // Before asking: a collection that is loaded meanwhile may be younger than the answer.
  std::set<std::int64_t> orphaned = copies_.collections();
  if (orphaned.empty()) co_return Status();
  rpc::CallOptions options;
  options.idempotent = true;
  EYRIE_CO_TRY(const internal::ListCollectionsResponse alive,
               co_await coordinator.call<internal::ListCollectionsResponse>(
                   "coordinator.ListCollections", internal::ListCollectionsRequest(), options));
  for (const catalog::CollectionRecord& record : alive.collections()) orphaned.erase(record.id());
  for (const std::int64_t collection : orphaned) {
    for (const auto& [segment, term] : copies_.drop_collection(collection)) {
      emit(environment_.tracer, kSegmentReleased, segment, term);
    }
  }
  EYRIE_CO_TRY(const internal::GetRoutesResponse routes,
               co_await coordinator.call<internal::GetRoutesResponse>(
                   "coordinator.GetRoutes", internal::GetRoutesRequest(), options));
  for (const internal::Route& route : routes.routes()) {
    internal::CopyOwner owner;
    owner.set_channel(route.channel());
    owner.set_term(route.term());
    (void)enter(owner);  // fenced: a later term has been here since the answer was made
  }
  co_return Status();
}

}  // namespace eyrie::query
