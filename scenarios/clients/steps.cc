#include "scenarios/clients/steps.h"

#include <algorithm>
#include <set>
#include <utility>

#include "scenarios/clients/requests.h"

namespace eyrie::scenarios {

namespace {

namespace pb = client::pb;
namespace common = milvus::proto::common;

constexpr Duration kStepTimeout = 10s;
constexpr Duration kRetryInterval = 200ms;
constexpr std::size_t kWordsAtOnce = 200;

// Whether an attempt before this one, whose answer was lost, has done it.
bool done_before(const std::string& method, const Status& status) {
  return (method == "CreateCollection" && status.code() == Code::already_exists) ||
         (method == "DropCollection" && status.code() == Code::not_found);
}

ClientOp operation(OpKind kind, std::vector<PlannedRow> rows) {
  ClientOp op;
  op.kind = kind;
  op.level = Level::strong;
  op.rows = std::move(rows);
  return op;
}

}  // namespace

std::vector<std::uint32_t> spare_words(const Plan& plan, const Words& words) {
  const std::set<std::uint32_t> taken(plan.words.begin(), plan.words.end());
  std::vector<std::uint32_t> spare;
  for (std::uint32_t word = 0; word < words.words.size(); ++word) {
    if (!taken.contains(word)) spare.push_back(word);
  }
  return spare;
}

std::uint32_t spare_word(const Plan& plan, const Words& words, std::size_t n) {
  const std::vector<std::uint32_t> spare = spare_words(plan, words);
  EYRIE_CHECK(n < spare.size(), "a plan leaves words to the probes");
  return spare[n];
}

Steps::Steps(Environment& environment, ClientContext context, Kind kind, std::size_t number,
             std::string machine, Address proxy)
    : environment_(environment),
      context_(context),
      kind_(kind),
      number_(number),
      calls_(environment, context, context.plan.clients.size() + number, std::move(machine),
             {std::move(proxy)}) {}

Task<Status> Steps::run() {
  const Status status = kind_ == Kind::prepare ? co_await prepare() : co_await probe();
  if (status.ok()) calls_.be_through();
  co_return status;
}

template <class Response, class Request>
Task<Result<Response>> Steps::until_ok(std::string method, Request request) {
  calls_.wait_for(method, calls_.proxy().proxy());
  while (true) {
    auto answer = co_await calls_.proxy().call<Response>(
        method, request, environment_.clock.monotonic() + kStepTimeout);
    const Status status = status_of_call(answer);
    if (status.ok() || (answer && done_before(method, status))) co_return answer;
    calls_.heard(status.to_string());
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(kRetryInterval));
  }
}

Task<Status> Steps::prepare() {
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<common::Status>(
      "CreateCollection",
      create_request(kCollection, context_.words, context_.plan.shards, context_.plan.index)));
  co_return co_await load();
}

Task<Status> Steps::load() {
  pb::LoadCollectionRequest request;
  request.set_collection_name(kCollection);
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<common::Status>("LoadCollection", request));
  pb::GetLoadingProgressRequest ask;
  ask.set_collection_name(kCollection);
  while (true) {
    EYRIE_CO_TRY(const auto progress,
                 co_await until_ok<pb::GetLoadingProgressResponse>("GetLoadingProgress", ask));
    if (progress.progress() == 100) co_return Status();
    calls_.heard(std::to_string(progress.progress()) + " %");
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(kRetryInterval));
  }
}

// Whatever a client may want, of a cluster that is healed: a write, a strong read of it, a search
// at every level, a flush, a load, a collection made and dropped. Reads of every word and a count
// end the history.
Task<Status> Steps::probe() {
  const std::uint32_t own = spare_word(context_.plan, context_.words, number_);
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok(operation(OpKind::upsert, {{own, 1}})));
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok(operation(OpKind::query, {{own, 0}})));
  for (const Level level : kLevels) {
    ClientOp search = operation(OpKind::search, {});
    search.level = level;
    search.query_row = own;
    EYRIE_CO_RETURN_IF_ERROR(co_await until_ok(std::move(search)));
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await flush());
  EYRIE_CO_RETURN_IF_ERROR(co_await load());
  EYRIE_CO_RETURN_IF_ERROR(co_await define());
  EYRIE_CO_RETURN_IF_ERROR(co_await ask_for_all(Level::strong));
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok(operation(OpKind::count, {})));
  co_return co_await ask_for_all(Level::pinned);  // at the time of the count, which must agree
}

Task<Status> Steps::ask_for_all(Level level) {
  std::vector<std::uint32_t> words = context_.plan.words;
  for (std::size_t probe = 1; probe <= entrances(context_.plan.topology); ++probe) {
    words.push_back(spare_word(context_.plan, context_.words, probe));
  }
  for (std::size_t begin = 0; begin < words.size(); begin += kWordsAtOnce) {
    std::vector<PlannedRow> asked;
    for (std::size_t i = begin; i < std::min(words.size(), begin + kWordsAtOnce); ++i) {
      asked.push_back({words[i], 0});
    }
    ClientOp op = operation(OpKind::query, std::move(asked));
    op.level = level;
    EYRIE_CO_RETURN_IF_ERROR(co_await until_ok(std::move(op)));
  }
  co_return Status();
}

// An attempt that failed without saying so may have been applied: the next one of a write has a
// version of its own.
Task<Status> Steps::until_ok(ClientOp op) {
  while (true) {
    const Operation& done = context_.history.operations[co_await calls_.do_operation(op)];
    if (done.outcome == Outcome::ok) co_return Status();
    calls_.heard(done.error);
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(kRetryInterval));
    if (op.kind == OpKind::upsert) ++op.rows.front().version;
  }
}

// A collection of the probe's own: the coordinator takes definitions, and every channel has them.
Task<Status> Steps::define() {
  const std::string own = "probe_" + std::to_string(number_);
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<common::Status>(
      "CreateCollection",
      create_request(own, context_.words, context_.plan.shards, context_.plan.index)));
  EYRIE_CO_RETURN_IF_ERROR(co_await until_ok<pb::DescribeCollectionResponse>(
      "DescribeCollection", named<pb::DescribeCollectionRequest>(own)));
  EYRIE_CO_RETURN_IF_ERROR(
      co_await until_ok<common::Status>("DropCollection", named<pb::DropCollectionRequest>(own)));
  co_return Status();
}

Task<Status> Steps::flush() {
  pb::FlushRequest request;
  request.add_collection_names(kCollection);
  EYRIE_CO_TRY(const auto flushed, co_await until_ok<pb::FlushResponse>("Flush", request));
  pb::GetFlushStateRequest ask;
  ask.set_collection_name(kCollection);
  for (const auto& [name, segments] : flushed.coll_segids()) {
    ask.mutable_segmentids()->MergeFrom(segments.data());
  }
  for (const auto& [name, timestamp] : flushed.coll_flush_ts()) ask.set_flush_ts(timestamp);
  while (true) {
    EYRIE_CO_TRY(const auto state,
                 co_await until_ok<pb::GetFlushStateResponse>("GetFlushState", ask));
    if (state.flushed()) co_return Status();
    calls_.heard("not flushed yet");
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(kRetryInterval));
  }
}

}  // namespace eyrie::scenarios
