// The simulated S3 service answers as a real one does: 20,000 drawn requests by four clients at
// once, of which no difference may remain that no order of a round's requests explains.
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/s3/answers.h"
#include "storage/s3/xml.h"
#include "tests/real/radosgw_server.h"
#include "tests/real/s3_compare_model.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

namespace s3 = storage::s3;
using Kind = S3Operation::Kind;

constexpr std::size_t kClients = 4;
constexpr std::size_t kErrorsMin = 2'000;
constexpr std::size_t kUnansweredMax = 20;
constexpr std::size_t kRoundsShown = 40;  // before the one that nothing explains

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Comparison {
 public:
  Comparison(AsioMachine& machine, HttpWireOptions options, std::uint64_t seed)
      : machine_(machine),
        clock_(machine.environment().clock),
        options_(std::move(options)),
        host_(to_string(options_.endpoint)),
        random_(seed) {}

  // So many requests more. Stops at the first difference, which fails the test.
  Task<void> run(std::size_t requests);
  // Everything that the store holds, once more.
  Task<void> look_at_all();

  std::size_t requests() const { return requests_; }
  std::size_t errors() const { return errors_; }
  std::size_t objects() const { return objects_; }
  std::size_t unanswered() const { return model_.unanswered(); }
  std::size_t candidates_max() const { return candidates_max_; }
  const std::map<std::string, std::size_t>& outcomes() const { return outcomes_; }

 private:
  Task<bool> play(HttpWire& wire, std::vector<S3Operation> operations);
  void show(const std::vector<S3Operation>& operations, const std::vector<HttpResponse>& answers);
  void learn(const S3Operation& operation, const HttpResponse& answer);
  S3Operation signed_operation(HttpRequest request, Kind kind = Kind::other) const;
  std::vector<S3Operation> look_operations() const;

  AsioMachine& machine_;
  Clock& clock_;
  HttpWireOptions options_;
  std::string host_;
  Random random_;
  WallTime now_{};
  Knowledge knowledge_;
  CompareModel model_;
  std::size_t rounds_ = 0;
  std::deque<std::string> shown_;  // the last rounds
  std::size_t requests_ = 0;
  std::size_t errors_ = 0;
  std::size_t objects_ = 0;
  std::size_t candidates_max_ = 0;
  std::map<std::string, std::size_t> outcomes_;  // by method and status
};

Task<void> Comparison::run(std::size_t requests) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<BeastHttpWire> wire,
                      co_await make_wire(machine_, options_));
  bool same = true;
  for (std::size_t made = 0; made < requests && same; made += kClients) {
    const Random round = random_.stream(rounds_++);
    now_ = clock_.wall();
    std::vector<S3Operation> operations;
    RoundSoFar so_far;
    for (std::size_t client = 0; client < kClients; ++client) {
      operations.push_back(
          OperationMaker(round.stream(client), knowledge_, host_, now_).make(so_far));
    }
    same = co_await play(*wire, std::move(operations));
  }
  co_await wire->stop();
}

Task<bool> Comparison::play(HttpWire& wire, std::vector<S3Operation> operations) {
  std::vector<Task<Result<HttpResponse>>> tasks;
  for (const S3Operation& operation : operations) {
    tasks.push_back(wire.exchange(operation.request, clock_.monotonic() + 60s));
  }
  std::vector<HttpResponse> answers;
  for (Result<HttpResponse>& answer : co_await all(std::move(tasks))) {
    if (!answer) ADD_FAILURE() << answer.error();
    if (!answer) co_return false;
    answers.push_back(*std::move(answer));
  }
  const std::string text = model_.explain(operations, answers, now_);
  candidates_max_ = std::max(candidates_max_, model_.candidates());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    ++requests_;
    if (answers[i].status >= 400) ++errors_;
    ++outcomes_[operations[i].request.method + " " + std::to_string(answers[i].status)];
    learn(operations[i], answers[i]);
  }
  show(operations, answers);
  if (text.empty()) co_return true;
  std::string before;
  for (const std::string& round : shown_) before += round;
  ADD_FAILURE() << "no order explains the last of these rounds\n" << before << "for\n" << text;
  co_return false;
}

void Comparison::show(const std::vector<S3Operation>& operations,
                      const std::vector<HttpResponse>& answers) {
  std::string text = "round " + std::to_string(rounds_) + "\n";
  for (std::size_t i = 0; i < operations.size(); ++i) {
    text += "  " + describe(operations[i]) + " -> " + describe(operations[i], answers[i]) + "\n";
  }
  shown_.push_back(std::move(text));
  if (shown_.size() > kRoundsShown) shown_.pop_front();
}

void Comparison::learn(const S3Operation& operation, const HttpResponse& answer) {
  Upload& upload = knowledge_.uploads[operation.slot];
  const bool ok = answer.status < 300;
  switch (operation.kind) {
    case Kind::create:
      if (const auto created = s3::parse_upload_created(answer.body)) {
        upload = {created->key, created->upload_id, {}, false};
      }
      return;
    case Kind::part:
      if (ok) upload.etags[operation.part] = s3::header_or_empty(answer.headers, "etag");
      return;
    case Kind::complete:
    case Kind::abort:
      upload.over = upload.over || ok;
      return;
    case Kind::list: {
      const auto list = s3::parse_list(answer.body);
      if (!list || !list->truncated) return;
      s3::QueryParameters query{{"list-type", "2"},
                                {"encoding-type", "url"},
                                {"max-keys", "2"},
                                {"prefix", list->prefix},
                                {"continuation-token", list->continuation_token}};
      if (knowledge_.list_targets.size() > 5)
        knowledge_.list_targets.erase(knowledge_.list_targets.begin());
      knowledge_.list_targets.push_back(
          s3::make_target(std::string("/") + kCompareBucket, std::move(query)));
      return;
    }
    case Kind::other:
      return;
  }
}

S3Operation Comparison::signed_operation(HttpRequest request, Kind kind) const {
  request.headers["host"] = host_;
  S3Operation operation;
  operation.kind = kind;
  operation.request = s3::sign(std::move(request), kRadosgwCredentials, now_, kRadosgwRegion);
  return operation;
}

std::vector<S3Operation> Comparison::look_operations() const {
  const std::string bucket = std::string("/") + kCompareBucket;
  std::vector<S3Operation> operations;
  const s3::QueryParameters list{{"list-type", "2"}, {"encoding-type", "url"}};
  operations.push_back(
      signed_operation({"GET", s3::make_target(bucket, list), {}, {}}, Kind::list));
  for (const std::string& key : compare_keys()) {
    for (const char* const method : {"HEAD", "GET"}) {
      operations.push_back(
          signed_operation({method, s3::make_target(bucket + "/" + key, {}), {}, {}}));
    }
  }
  // Uploads that are open are there if they can be completed.
  for (const Upload& upload : knowledge_.uploads) {
    if (upload.id.empty()) continue;
    s3::CompleteUploadBody complete;
    for (const auto& [number, etag] : upload.etags) complete.parts.push_back({number, etag});
    operations.push_back(
        signed_operation({"POST",
                          s3::make_target(bucket + "/" + upload.key, {{"uploadId", upload.id}}),
                          {},
                          s3::to_xml(complete)},
                         Kind::complete));
    operations.push_back(
        signed_operation({"GET", s3::make_target(bucket + "/" + upload.key, {}), {}, {}}));
  }
  return operations;
}

Task<void> Comparison::look_at_all() {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<BeastHttpWire> wire,
                      co_await make_wire(machine_, options_));
  now_ = clock_.wall();
  bool same = true;
  for (S3Operation& operation : look_operations()) {
    const bool reads_object = operation.kind == Kind::other && operation.request.method == "GET";
    std::vector<S3Operation> one;
    one.push_back(std::move(operation));
    if (same) same = co_await play(*wire, std::move(one));
    if (reads_object) ++objects_;
  }
  co_await wire->stop();
}

Task<void> prepare(Environment& environment, AsioMachine& machine, HttpWireOptions options) {
  const std::string host = to_string(options.endpoint);
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<BeastHttpWire> wire,
                      co_await make_wire(machine, std::move(options)));
  EYRIE_CO_ASSERT_OK(co_await make_bucket(*wire, environment.clock, host, kCompareBucket));
  co_await wire->stop();
}

TEST(S3Compare, TheSimulatedServiceAnswersAsTheRealOne) {
  if (const std::string lacks = RealServer::missing(kRadosgw); !lacks.empty())
    GTEST_SKIP() << lacks;
  const std::uint64_t seed = number_from("EYRIE_SEED", 1);
  const std::size_t requests = number_from("EYRIE_REQUESTS", 20'000);
  std::cout << "seed " << seed << " (EYRIE_SEED), " << requests << " requests\n" << std::flush;
  Radosgw radosgw(Radosgw::Store::disk, kPartBytesMin);
  const Status started = radosgw.server().start();
  ASSERT_TRUE(started.ok()) << started;

  RealTestWorld world;
  AsioMachine& machine = world.asio_machine("client");
  Comparison comparison(machine, radosgw.wire_options(), seed);
  const auto begun = std::chrono::steady_clock::now();
  world.run("client", [&](Environment& environment) {
    return prepare(environment, machine, radosgw.wire_options());
  });
  // In slices, since a world allows one body a minute.
  constexpr std::size_t kSlice = 1'000;
  for (std::size_t made = 0; made < requests && !testing::Test::HasFailure(); made += kSlice) {
    world.run("client",
              [&](Environment&) { return comparison.run(std::min(kSlice, requests - made)); });
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cout << comparison.requests() << " requests in " << took.count() << " s, "
            << comparison.errors() << " ended in an error; at most " << comparison.candidates_max()
            << " states possible after a round, " << comparison.unanswered()
            << " reads without an answer\n";
  for (const auto& [outcome, count] : comparison.outcomes()) {
    std::cout << "  " << outcome << ": " << count << "\n";
  }
  ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  EXPECT_GE(comparison.errors(), kErrorsMin * requests / 20'000);
  EXPECT_LE(comparison.unanswered(), kUnansweredMax);

  const Status restarted = radosgw.server().restart();
  ASSERT_TRUE(restarted.ok()) << restarted;
  world.run("client", [&](Environment&) { return comparison.look_at_all(); });
  std::cout << "after kill -9: " << comparison.objects() << " objects looked at\n";
}

}  // namespace
}  // namespace eyrie::test
