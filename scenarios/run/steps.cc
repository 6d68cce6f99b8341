#include "scenarios/run/steps.h"

#include <algorithm>
#include <utility>

namespace eyrie::scenarios {

namespace {

namespace pb = client::pb;
namespace common = milvus::proto::common;

constexpr Duration kStepTimeout = 10s;
constexpr std::size_t kWordsAtOnce = 200;

const common::Status& status_part(const common::Status& status) {
  return status;
}

template <class Response>
const common::Status& status_part(const Response& response) {
  return response.status();
}

}  // namespace

Steps::Steps(Environment& environment, ClientContext context, Kind kind, std::size_t number,
             Address proxy)
    : environment_(environment),
      context_(context),
      kind_(kind),
      number_(number),
      proxy_(environment, std::move(proxy), kCluster) {}

Task<Status> Steps::run() {
  const Status status = kind_ == Kind::prepare ? co_await prepare() : co_await probe();
  if (status.ok()) ++context_.finished;
  (void)co_await stopping_.wait();
  co_await proxy_.stop();
  co_return Status();
}

template <class Response, class Request>
Task<Result<Response>> Steps::until_ok(std::string method, Request request) {
  while (true) {
    auto answer = co_await proxy_.call<Response>(method, request,
                                                 environment_.clock.monotonic() + kStepTimeout);
    if (answer && client::from_milvus(status_part(*answer)).ok()) co_return answer;
    // A create whose answer was lost has made the collection.
    const bool exists = answer && method == "CreateCollection" &&
                        client::from_milvus(status_part(*answer)).code() == Code::already_exists;
    if (exists) co_return answer;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(200ms));
  }
}

Task<Status> Steps::prepare() {
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<common::Status>(
      "CreateCollection", create_request(context_.words, context_.plan.shards)));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kCollection);
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<common::Status>("LoadCollection", load));
  pb::GetLoadingProgressRequest ask;
  ask.set_collection_name(kCollection);
  while (true) {
    EYRIE_CO_TRY(const auto progress,
                 co_await until_ok<pb::GetLoadingProgressResponse>("GetLoadingProgress", ask));
    if (progress.progress() == 100) co_return Status();
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(100ms));
  }
}

// Strong reads of every word and a count: they end the history, and show that the cluster is back.
Task<Status> Steps::probe() {
  const std::vector<std::uint32_t>& words = context_.plan.words;
  for (std::size_t begin = 0; begin < words.size(); begin += kWordsAtOnce) {
    const std::size_t end = std::min(words.size(), begin + kWordsAtOnce);
    EYRIE_CO_RETURN_IF_ERROR(co_await read(
        OpKind::query,
        {words.begin() + static_cast<long>(begin), words.begin() + static_cast<long>(end)}));
  }
  co_return co_await read(OpKind::count, {});
}

Task<Status> Steps::read(OpKind kind, std::vector<std::uint32_t> asked) {
  Operation record;
  record.kind = kind;
  record.client = context_.plan.clients.size() + number_;
  record.asked = asked;
  record.invoked = context_.world.now();
  EYRIE_CO_TRY(const auto answer,
               co_await until_ok<pb::QueryResults>(
                   "Query", query_request(context_.words, asked, Level::strong)));
  record.completed = context_.world.now();
  record.outcome = Outcome::ok;
  record.guarantee_timestamp = answer.guarantee_timestamp();
  for (const auto& shard : answer.shard_reads()) {
    record.read_timestamps.push_back(shard.read_timestamp());
  }
  if (kind == OpKind::count) {
    const bool one = answer.fields_data_size() == 1 &&
                     answer.fields_data(0).scalars().long_data().data_size() == 1;
    record.count = one ? answer.fields_data(0).scalars().long_data().data(0) : -1;
  } else {
    read_rows(answer.fields_data(), answer.row_timestamps(), context_.words, record.seen);
  }
  record.id = context_.history.operations.size();
  context_.history.operations.push_back(std::move(record));
  co_return Status();
}

}  // namespace eyrie::scenarios
