// When a standalone is ready: asked as any client would ask.
#include "nodes/client/client.h"
#include "nodes/standalone/events.h"
#include "nodes/standalone/standalone.h"

namespace eyrie::standalone {

namespace {

namespace pb = client::pb;

constexpr Duration kAskTimeout = 2s;

// ok: every collection answers, or is not meant to. Else why not, in one sentence.
Task<Status> collections_ready(Clock& clock, client::Client& proxy) {
  EYRIE_CO_TRY(
      const pb::ShowCollectionsResponse shown,
      co_await proxy.call<pb::ShowCollectionsResponse>(
          "ShowCollections", pb::ShowCollectionsRequest(), clock.monotonic() + kAskTimeout));
  EYRIE_CO_RETURN_IF_ERROR(client::from_milvus(shown.status()));
  for (const std::string& name : shown.collection_names()) {
    pb::GetLoadingProgressRequest ask;
    ask.set_collection_name(name);
    EYRIE_CO_TRY(const pb::GetLoadingProgressResponse progress,
                 co_await proxy.call<pb::GetLoadingProgressResponse>(
                     "GetLoadingProgress", std::move(ask), clock.monotonic() + kAskTimeout));
    const Status status = client::from_milvus(progress.status());
    const bool unloaded = status.code() == Code::failed_precondition;
    if (unloaded) continue;
    EYRIE_CO_RETURN_IF_ERROR(Status(status).annotate("collection '" + name + "'"));
    if (progress.progress() < 100) {
      co_return Status(Code::unavailable, "collection '" + name + "' is not loaded yet");
    }
  }
  co_return Status();
}

}  // namespace

Task<Status> Standalone::wait_until_ready() {
  client::Client proxy(environment_, options_.listen, kCluster);
  Status waited;
  std::string reason;
  while (waited.ok()) {
    const Status ready = co_await collections_ready(environment_.clock, proxy);
    if (ready.ok()) break;
    if (ready.message() != reason) {
      reason = ready.message();
      emit(environment_.tracer, kNotReady, reason);
    }
    waited = co_await environment_.clock.sleep_for(options_.ready_poll_interval);
  }
  was_ready_ = was_ready_ || waited.ok();
  Scope farewell(environment_.executor);
  co_await proxy.stop().in(farewell);
  co_return waited;
}

}  // namespace eyrie::standalone
