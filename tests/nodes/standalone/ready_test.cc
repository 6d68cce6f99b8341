// Why a standalone is not ready: what the proxy says is told once while it lasts.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/client/client.h"
#include "nodes/standalone/standalone.h"
#include "nodes/standalone/stores.h"
#include "runtime/rpc/server.h"
#include "tests/support/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::standalone {
namespace {

namespace pb = client::pb;
namespace common = milvus::proto::common;

constexpr char kMachine[] = "alone";
constexpr std::uint16_t kPort = 19'531;

// Keeps the reasons that were told.
class Reasons final : public Tracer {
 public:
  explicit Reasons(std::vector<std::string>& told) : told_(told) {}
  void record(const EventHeader& event, std::span<const Field> values) override {
    if (event.name == "standalone.not_ready")
      told_.emplace_back(std::get<std::string_view>(values[0]));
  }

 private:
  std::vector<std::string>& told_;
};

// What the proxy says of "words". Before it there are two that keep nobody waiting: "atlas" is not
// meant to be loaded, "birds" is loaded.
struct Answers {
  common::Status listed;
  common::Status loading;
  std::int64_t progress = 100;
};

common::Status refusal(const std::string& code, const std::string& reason) {
  common::Status status;
  status.set_code(5);
  status.set_detail(code);
  status.set_reason(reason);
  return status;
}

Task<Result<pb::ShowCollectionsResponse>> show(const Answers& answers) {
  pb::ShowCollectionsResponse response;
  *response.mutable_status() = answers.listed;
  for (const char* name : {"atlas", "birds", "words"}) response.add_collection_names(name);
  co_return response;
}

Task<Result<pb::GetLoadingProgressResponse>> progress(const Answers& answers, std::string name) {
  pb::GetLoadingProgressResponse response;
  response.set_progress(100);
  if (name == "atlas") *response.mutable_status() = refusal("failed_precondition", "not loaded");
  if (name != "words") co_return response;
  *response.mutable_status() = answers.loading;
  response.set_progress(answers.progress);
  co_return response;
}

Task<void> wait(Standalone& server, bool& ready) {
  ready = (co_await server.wait_until_ready()).ok();
}

// Waits with nobody at the address, then with a proxy that gives each of `steps` for a while.
Task<void> wait_through(Environment& environment, std::vector<Answers> steps,
                        std::vector<std::string>& told, bool& ready) {
  Reasons reasons(told);
  Environment own{environment.executor, environment.clock, environment.random, environment.network,
                  environment.disk,     reasons,           environment.metrics};
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<StandaloneStores> stores,
                      co_await StandaloneStores::open(environment));
  StandaloneOptions options;
  options.listen = {kMachine, kPort};
  Standalone server(own, stores->meta(), stores->objects(), stores->log(), *index::best_kernels(),
                    options);
  Answers answers = steps.front();
  rpc::RpcServer proxy(environment, {{kCluster, NodeId(1), IncarnationId(1)}, {}});
  proxy.handle<pb::ShowCollectionsRequest, pb::ShowCollectionsResponse>(
      "milvus.ShowCollections",
      [&](const rpc::CallContext&, const pb::ShowCollectionsRequest&) { return show(answers); });
  proxy.handle<pb::GetLoadingProgressRequest, pb::GetLoadingProgressResponse>(
      "milvus.GetLoadingProgress",
      [&](const rpc::CallContext&, const pb::GetLoadingProgressRequest& request) {
        return progress(answers, request.collection_name());
      });
  TaskGroup group(environment.executor);
  group.spawn(wait(server, ready));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(5s));
  EYRIE_CO_ASSERT_OK(co_await proxy.start(options.listen));
  for (const Answers& step : steps) {
    EXPECT_FALSE(ready);
    answers = step;
    EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(5s));
  }
  group.cancel();
  co_await group.join();
  co_await proxy.stop();
  co_await stores->close();
}

// The words for it change from one attempt to connect to the wait for the next.
bool unreachable(const std::string& reason) {
  return reason.contains("refused the connection");
}

TEST(StandaloneReady, EachReasonIsToldOnceUntilEveryCollectionIsLoaded) {
  test::SimTestWorld world;
  std::vector<std::string> told;
  bool ready = false;
  const std::vector<Answers> steps = {
      {.listed = refusal("unavailable", "nobody leads"), .loading = {}},
      {.listed = {}, .loading = refusal("unavailable", "a shard has no owner")},
      {.listed = {}, .loading = {}, .progress = 99},
      {.listed = {}, .loading = {}},
  };
  world.run(kMachine, [&](Environment& environment) {
    return wait_through(environment, steps, told, ready);
  });
  EXPECT_TRUE(ready);
  ASSERT_FALSE(told.empty());
  EXPECT_NE(told.front().find("alone:19531 refused the connection"), std::string::npos);
  std::erase_if(told, unreachable);
  EXPECT_EQ(told,
            (std::vector<std::string>{"nobody leads", "collection 'words': a shard has no owner",
                                      "collection 'words' is not loaded yet"}));
}

TEST(StandaloneReady, ACollectionThatIsNotMeantToBeLoadedKeepsNobodyWaiting) {
  test::SimTestWorld world;
  std::vector<std::string> told;
  bool ready = false;
  const std::vector<Answers> steps = {
      {.listed = {}, .loading = refusal("failed_precondition", "not loaded"), .progress = 0}};
  world.run(kMachine, [&](Environment& environment) {
    return wait_through(environment, steps, told, ready);
  });
  EXPECT_TRUE(ready);
  std::erase_if(told, unreachable);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace eyrie::standalone
