// Calls over the production framing and connection code on byte streams that come in pieces, break,
// fall silent and end half-way: ten thousand runs, each from a seed.
//
// What types.h promises is asked of each call: it ends; ok is the answer to this request, which ran
// once; transient means that it did not run; nothing runs twice.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/framed_network.h"
#include "runtime/metrics.h"
#include "tests/runtime/rpc/rpc_world.h"
#include "tests/support/memory_byte_network.h"

namespace eyrie::test {
namespace {

constexpr std::uint64_t kRuns = 10'000;
constexpr int kCalls = 12;
constexpr int kFaultsMax = 4;
constexpr Duration kFaultyTime = 3s;
constexpr Duration kDeadlineMax = 2s;

// How often the faults struck and how calls ended, over all runs: that they did is part of the
// test.
struct Tally {
  std::uint64_t ok = 0;
  std::uint64_t transient = 0;
  std::uint64_t unknown = 0;
  std::uint64_t faults = 0;
};

class StreamRun {
 public:
  explicit StreamRun(std::uint64_t seed)
      : random_(seed),
        executor_(seed),
        bytes_(random_.stream("bytes"), pipe_bytes(), random_.below(3) == 0 ? 0 : piece_bytes()),
        network_(executor_, clock_, bytes_, limits()),
        environment_{executor_, clock_, random_.stream("rpc"), network_, disk_, tracer_, metrics_} {
  }

  void go(Tally& tally) {
    start();
    for (int i = 0; i < kCalls; ++i) begin_call(i);
    for (int faults = static_cast<int>(random_.below(kFaultsMax + 1)); faults > 0; --faults) {
      advance(Duration(random_.between(0, kFaultyTime.count() / kFaultsMax)));
      if (strike()) ++tally.faults;
    }
    advance(kFaultyTime + kDeadlineMax);
    check_calls(tally);
    check_recovery();
    stop();
  }

 private:
  std::size_t pipe_bytes() { return static_cast<std::size_t>(random_.between(1, 2'000)); }
  std::size_t piece_bytes() { return static_cast<std::size_t>(random_.between(1, 50)); }
  FramedLimits limits() {
    return {.message_bytes_max = 4'000,
            .send_window_bytes = static_cast<std::size_t>(random_.between(100, 4'000)),
            .receive_window_bytes = static_cast<std::size_t>(random_.between(100, 4'000)),
            .read_bytes_max = static_cast<std::size_t>(random_.between(1, 500)),
            .linger = 100ms};
  }

  void start() {
    rpc::ServerOptions options = RpcTest::server_options();
    options.limits.hello_timeout = 500ms;
    options.limits.silence_max = 1s;
    server_ = std::make_unique<rpc::RpcServer>(environment_, options);
    server_->handle("Add", [this](rpc::CallContext, Bytes payload) { return add(payload); });
    group_.spawn(serve());
    rpc::ChannelOptions channel = RpcTest::channel_options();
    channel.connect_timeout = 300ms;
    channel.keep_alive_interval = 200ms;
    channel.keep_alive_timeout = 300ms;
    channel_ = std::make_unique<rpc::RpcChannel>(environment_, address_, channel);
    run();
  }
  Task<void> serve() { EXPECT_TRUE((co_await server_->start(address_)).ok()); }

  // Counts how often each request ran; some of them take time.
  Task<Result<Bytes>> add(Bytes payload) {
    ++ran_[payload];
    if (payload.size() % 3 == 0) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(
          std::chrono::milliseconds(static_cast<std::int64_t>(payload.size() % 200))));
    }
    co_return "sum of " + payload;
  }

  void begin_call(int number) {
    Bytes payload = std::to_string(number) + ":";
    payload.append(random_.below(600), 'x');
    answers_.emplace_back();
    requests_.push_back(payload);
    const Duration time(random_.between(1, kDeadlineMax.count()));
    group_.spawn(
        call(number, std::move(payload), Duration(random_.between(0, kFaultyTime.count())), time));
  }
  // Begins after `wait`, and has so much time.
  Task<void> call(int number, Bytes payload, Duration wait, Duration time) {
    if (!(co_await clock_.sleep_for(wait)).ok()) co_return;
    rpc::CallOptions options;
    options.deadline = clock_.monotonic() + time;
    Result<Bytes> answer = co_await channel_->call("Add", std::move(payload), options);
    answers_[static_cast<std::size_t>(number)] = std::make_unique<Result<Bytes>>(std::move(answer));
  }

  // False: there is no stream to strike yet.
  bool strike() {
    const std::size_t streams = bytes_.streams();
    if (streams == 0) return false;
    BytePipes& pipes = bytes_.pipes(streams - 1);
    switch (random_.below(4)) {
      case 0:
        pipes.reset();
        break;
      case 1:
        pipes.fall_silent();
        break;
      case 2:  // one side has said its last, and the other talks on
        pipes.to_server.ended = true;
        pipes.to_server.changed.notify_all();
        break;
      default:
        pipes.to_client.ended = true;
        pipes.to_client.changed.notify_all();
        break;
    }
    run();
    return true;
  }

  void check_calls(Tally& tally) {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      ASSERT_NE(answers_[i], nullptr) << "call " << i << " did not end";
      const int ran = ran_[requests_[i]];
      ASSERT_LE(ran, 1) << "call " << i << " ran twice";
      if (*answers_[i]) {
        ++tally.ok;
        ASSERT_EQ(**answers_[i], "sum of " + requests_[i]);
        ASSERT_EQ(ran, 1);
      } else if (answers_[i]->error().category() == Category::transient) {
        ++tally.transient;
        ASSERT_EQ(ran, 0) << "call " << i << " ran, and " << answers_[i]->error() << " was said";
      } else {
        ++tally.unknown;
        ASSERT_EQ(answers_[i]->error().category(), Category::unknown_outcome)
            << answers_[i]->error();
      }
    }
  }

  // What broke is no longer in the way.
  void check_recovery() {
    const std::size_t number = answers_.size();
    for (int attempt = 0; attempt < 10; ++attempt) {
      answers_.emplace_back();
      requests_.push_back("again " + std::to_string(attempt));
      group_.spawn(call(static_cast<int>(number) + attempt, requests_.back(), {}, kDeadlineMax));
      advance(kDeadlineMax);
      ASSERT_NE(answers_.back(), nullptr);
      if (*answers_.back()) return;
    }
    FAIL() << "no call succeeds: " << answers_.back()->error();
  }

  void stop() {
    group_.spawn(channel_->stop());
    run();
    group_.spawn(server_->stop());
    advance(1s);
    group_.spawn(network_.stop());
    advance(1s);
    EXPECT_EQ(group_.size(), 0u);
    channel_.reset();
    server_.reset();
    EXPECT_EQ(executor_.frames(), 0);
  }

  void run() {
    while (executor_.run_ready()) {
    }
  }
  void advance(Duration duration) {
    const MonotonicTime end = clock_.monotonic() + duration;
    run();
    while (clock_.monotonic() < end) {
      clock_.expire_without_running(std::min(end, clock_.monotonic() + 5ms));
      run();
    }
  }

  const Address address_{"server", 7000};
  Random random_;
  ManualClock clock_;
  ShuffledExecutor executor_;
  NoDisk disk_;
  NameTracer tracer_;
  Metrics metrics_;
  MemoryByteNetwork bytes_;
  FramedNetwork network_;
  Environment environment_;
  TaskGroup group_{executor_};
  std::unique_ptr<rpc::RpcServer> server_;
  std::unique_ptr<rpc::RpcChannel> channel_;
  std::map<Bytes, int> ran_;
  std::vector<Bytes> requests_;
  std::vector<std::unique_ptr<Result<Bytes>>> answers_;
};

TEST(RpcOnByteStreams, KeepsItsPromisesInTenThousandRuns) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    StreamRun(seed).go(tally);
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "seed " << seed;
  }
  std::printf("%llu calls ok, %llu transient, %llu of unknown outcome; %llu faults\n",
              static_cast<unsigned long long>(tally.ok),
              static_cast<unsigned long long>(tally.transient),
              static_cast<unsigned long long>(tally.unknown),
              static_cast<unsigned long long>(tally.faults));
  EXPECT_GT(tally.ok, kRuns * kCalls / 2);
  EXPECT_GT(tally.transient, kRuns / 50);
  EXPECT_GT(tally.unknown, kRuns / 10);
  EXPECT_GT(tally.faults, kRuns);
}

}  // namespace
}  // namespace eyrie::test
