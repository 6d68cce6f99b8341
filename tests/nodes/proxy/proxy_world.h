// ProxyWorld: a real proxy among models of a coordinator and of a channel's owner.
//
// The models answer from what the test set, and count what they were asked.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/client/client.h"
#include "nodes/proto/coordinator.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "nodes/proxy/proxy.h"
#include "runtime/combine.h"
#include "runtime/rpc/server.h"
#include "tests/nodes/proxy/collection.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::proxy {

namespace pb = milvus::proto::milvus;

inline constexpr char kWords[] = "words";  // the collection's name
inline constexpr char kPhysical[] = "ch-0";

// Machine "coordinator", which the catalog names as the leader.
struct CoordinatorModel {
  std::int64_t collection_id = 5;      // what "words" is; 0: nothing
  std::int32_t consistency_level = 0;  // of "words"
  internal::Route route;               // of kPhysical
  Duration answers_after = 1ms;
  bool leads = true;

  int describes = 0;
  int route_requests = 0;
};

// Machine "owner<n>".
struct OwnerModel {
  OwnerModel();

  Status answer;  // to everything
  Duration answers_after{};
  std::int64_t collection_id = 5;  // what it takes rows for; not_found for others
  // What it answers to reads; where it names no timestamp, read at the guarantee.
  internal::QueryShardResponse query;
  internal::SearchShardResponse search;

  int appends = 0;
  int reads = 0;
  // Between the arrival of the newest read and its deadline.
  Duration read_time{};
};

class ProxyWorld {
 public:
  ProxyWorld();

  // Begins an owner of kPhysical in that term, and sets the coordinator's route to it.
  OwnerModel& start_owner(std::int64_t number, std::int64_t term);
  // As a client of the proxy, on machine "client", that gives the call so long.
  template <class Response, class Request>
  Result<Response> ask(std::string method, Request request, Duration deadline_after = 10s) {
    std::optional<Result<Response>> answer;
    world.run("client", [&](Environment& environment) {
      return ask_task<Response, Request>(environment, method, request, deadline_after, answer);
    });
    return std::move(*answer);
  }
  // `count` at once; their answers.
  template <class Response, class Request>
  std::vector<Result<Response>> ask_many(std::size_t count, std::string method, Request request,
                                         Duration deadline_after = 10s) {
    std::vector<std::optional<Result<Response>>> answers(count);
    world.run("client", [&](Environment& environment) {
      return ask_many_task<Response, Request>(environment, method, request, deadline_after,
                                              answers);
    });
    std::vector<Result<Response>> all;
    for (auto& answer : answers) all.push_back(std::move(*answer));
    return all;
  }

  // A row whose vector has that many numbers; the collection takes 2.
  static pb::InsertRequest row(int dimension);
  static pb::QueryRequest count();
  static pb::SearchRequest search(int limit);

  test::SimTestWorld world{3};
  test::MemoryMetaStore store{world.world()};
  CoordinatorModel coordinator;
  ProxyOptions options;

  // Of the proxy, which runs from the first call on.
  void start();

 private:
  template <class Response, class Request>
  static Task<Result<Response>> call(client::Client& client, Environment& environment,
                                     std::string method, Request request, Duration after) {
    return client.call<Response>(std::move(method), std::move(request),
                                 environment.clock.monotonic() + after);
  }
  template <class Response, class Request>
  static Task<void> ask_task(Environment& environment, std::string method, const Request& request,
                             Duration after, std::optional<Result<Response>>& answer) {
    client::Client client(environment, {"proxy", 7'000}, "test");
    answer = co_await call<Response>(client, environment, std::move(method), request, after);
    co_await client.stop();
  }
  template <class Response, class Request>
  static Task<void> ask_many_task(Environment& environment, std::string method,
                                  const Request& request, Duration after,
                                  std::vector<std::optional<Result<Response>>>& answers) {
    client::Client client(environment, {"proxy", 7'000}, "test");
    std::vector<Task<Result<Response>>> calls;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      calls.push_back(call<Response>(client, environment, method, request, after));
    }
    std::vector<Result<Response>> all_answers = co_await all(std::move(calls));
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = std::move(all_answers[i]);
    co_await client.stop();
  }

  std::map<std::int64_t, OwnerModel> owners_;
};

}  // namespace eyrie::proxy
