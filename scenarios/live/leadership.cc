#include "scenarios/live/leadership.h"

#include <utility>

#include "nodes/proto/coordinator.pb.h"
#include "nodes/proto/milvus/schema.pb.h"
#include "runtime/task_group.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kPatience = 60s;
constexpr Duration kPoll = 20ms;
constexpr Duration kAskTimeout = 1s;
constexpr Duration kFirstAskTimeout = 20s;  // it waits for somebody who is stopped
constexpr Duration kQueued = 300ms;         // for what was asked first to be in his sockets
constexpr Duration kAsked = 3s;             // after he was resumed
constexpr std::size_t kChannels = 4;

rpc::ChannelOptions channel_options() {
  rpc::ChannelOptions options;
  options.self.cluster = kCluster;
  return options;
}

// What any coordinator that leads would make.
Bytes schema_of_probe() {
  milvus::proto::schema::CollectionSchema schema;
  auto* key = schema.add_fields();
  key->set_name("id");
  key->set_is_primary_key(true);
  key->set_data_type(milvus::proto::schema::Int64);
  auto* vector = schema.add_fields();
  vector->set_name("vector");
  vector->set_data_type(milvus::proto::schema::FloatVector);
  auto* dimension = vector->add_type_params();
  dimension->set_key("dim");
  dimension->set_value("2");
  return schema.SerializeAsString();
}

// Whoever says so has been asked, and was not killed or cut off.
void note_refusal(const Status& status, AskedCount& into) {
  const bool refused = status.code() == Code::not_leader || status.code() == Code::fenced;
  ++(refused ? into.refused : into.unanswered);
}

}  // namespace

LeadershipWatch::LeadershipWatch(Environment& environment, CatalogView& catalog,
                                 const Layout& layout)
    : environment_(environment),
      catalog_(catalog),
      layout_(layout),
      pool_(environment, channel_options(), kChannels) {}

Task<Result<std::uint64_t>> LeadershipWatch::timestamp_of(std::string node, Duration timeout) {
  const NodePlace* place = layout_.find(node);
  if (place == nullptr) co_return fail(Code::not_found, "nobody of that name");
  EYRIE_CO_TRY(rpc::ChannelLease channel, pool_.get(place->listen));
  internal::AllocateTimestampsRequest request;
  request.set_count(1);
  rpc::CallOptions options;
  options.deadline = environment_.clock.monotonic() + timeout;
  EYRIE_CO_TRY(const auto answer,
               co_await rpc::call<internal::AllocateTimestampsResponse>(
                   *channel, "coordinator.AllocateTimestamps", request, options));
  co_return answer.first();
}

Task<Status> LeadershipWatch::create_at(std::string node, std::string collection,
                                        Duration timeout) {
  const NodePlace* place = layout_.find(node);
  if (place == nullptr) co_return Status(Code::not_found, "nobody of that name");
  EYRIE_CO_TRY(rpc::ChannelLease channel, pool_.get(place->listen));
  internal::CreateCollectionRequest request;
  request.set_name(std::move(collection));
  request.set_schema(schema_of_probe());
  request.set_shards(1);
  rpc::CallOptions options;
  options.deadline = environment_.clock.monotonic() + timeout;
  co_return status_of(co_await rpc::call<internal::CollectionResponse>(
      *channel, "coordinator.CreateCollection", request, options));
}

Task<bool> LeadershipWatch::exists(std::string node, std::string collection) {
  const NodePlace* place = layout_.find(node);
  if (place == nullptr) co_return false;
  Result<rpc::ChannelLease> channel = pool_.get(place->listen);
  if (!channel) co_return false;
  internal::DescribeCollectionRequest request;
  request.set_name(std::move(collection));
  rpc::CallOptions options;
  options.deadline = environment_.clock.monotonic() + kAskTimeout;
  co_return (co_await rpc::call<internal::CollectionResponse>(
                 **channel, "coordinator.DescribeCollection", request, options))
      .has_value();
}

Task<Takeover> LeadershipWatch::wait_for_other(Leadership before, std::string cause,
                                               MonotonicTime since) {
  Takeover takeover{.cause = std::move(cause), .from = before.node, .to = {}, .took = {}};
  const MonotonicTime end = environment_.clock.monotonic() + kPatience;
  while (environment_.clock.monotonic() < end) {
    const Result<Leadership> now = co_await catalog_.leader();
    if (now && now->term != before.term) {
      if (co_await timestamp_of(now->node, kAskTimeout)) {
        takeover.to = now->node;
        takeover.took = environment_.clock.monotonic() - since;
        break;
      }
    }
    if (!(co_await environment_.clock.sleep_for(kPoll)).ok()) break;
  }
  co_return takeover;
}

Task<void> LeadershipWatch::greet(std::string node) {
  (void)co_await timestamp_of(std::move(node), kAskTimeout);
}

Task<bool> LeadershipWatch::leads_again(Leadership before) {
  const MonotonicTime end = environment_.clock.monotonic() + kPatience;
  while (environment_.clock.monotonic() < end) {
    const Result<Leadership> now = co_await catalog_.leader();
    if (now) co_return now->node == before.node && now->term != before.term;
    if (!(co_await environment_.clock.sleep_for(kPoll)).ok()) break;
  }
  co_return false;
}

Task<void> LeadershipWatch::ask_for_timestamp(Leadership before, Duration timeout,
                                              DeposedCheck& into) {
  const Result<std::uint64_t> timestamp = co_await timestamp_of(before.node, timeout);
  if (!timestamp) {
    note_refusal(timestamp.error(), into.timestamps);
  } else if (co_await leads_again(before)) {
    ++into.timestamps.led_again;
  } else {
    ++into.timestamps.granted;
    into.violations.push_back("T2: " + before.node + " handed out timestamp " +
                              std::to_string(*timestamp) +
                              " though another coordinator led, and it had been stopped for longer "
                              "than its lease");
  }
}

// A write is there if the leader knows it, whatever was answered.
Task<void> LeadershipWatch::ask_for_collection(Leadership before, std::string name,
                                               Duration timeout, DeposedCheck& into) {
  const Status made = co_await create_at(before.node, name, timeout);
  const Result<Leadership> now = co_await catalog_.leader();
  if (!made.ok() && !(now && co_await exists(now->node, name))) {
    note_refusal(made, into.writes);
  } else if (co_await leads_again(before)) {
    ++into.writes.led_again;
  } else {
    ++into.writes.granted;
    into.violations.push_back("T3: " + before.node + " made collection '" + name +
                              "' though another coordinator led, and it had been stopped for "
                              "longer than its lease");
  }
}

Task<void> LeadershipWatch::ask_deposed(Leadership before, std::function<void()> resume,
                                        DeposedCheck& into) {
  ++into.coordinators;
  const auto name = [&before](std::size_t number) {
    return "deposed_" + std::to_string(before.term) + "_" + std::to_string(number);
  };
  TaskGroup first(co_await this_scope());
  first.spawn(ask_for_timestamp(before, kFirstAskTimeout, into));
  first.spawn(ask_for_collection(before, name(0), kFirstAskTimeout, into));
  (void)co_await environment_.clock.sleep_for(kQueued);
  resume();
  const MonotonicTime end = environment_.clock.monotonic() + kAsked;
  for (std::size_t i = 1; environment_.clock.monotonic() < end; ++i) {
    co_await ask_for_timestamp(before, kAskTimeout, into);
    co_await ask_for_collection(before, name(i), kAskTimeout, into);
    if (!(co_await environment_.clock.sleep_for(kPoll)).ok()) break;
  }
  co_await first.join();
}

}  // namespace eyrie::scenarios::live
