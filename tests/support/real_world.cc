#include "tests/support/real_world.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <utility>

#include <gtest/gtest.h>

#include "runtime/task_group.h"

namespace eyrie::test {

namespace {

// A test that hangs fails after this; none comes near it otherwise.
constexpr std::chrono::seconds kBound{60};

Task<void> run_body(std::function<Task<void>(Environment&)> body, Environment& environment,
                    std::shared_ptr<std::promise<void>> done) {
  co_await body(environment);
  done->set_value();
}

}  // namespace

TemporaryFolder::TemporaryFolder() : path_(testing::TempDir() + "eyrie-test-XXXXXX") {
  EYRIE_CHECK(::mkdtemp(path_.data()) != nullptr, "no folder for a test's files");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

struct RealTestWorld::Host {
  explicit Host(std::unique_ptr<AsioMachine> made)
      : machine(std::move(made)), group(machine->executor()) {}

  std::unique_ptr<AsioMachine> machine;
  TaskGroup group;
};

RealTestWorld::RealTestWorld(FramedLimits limits, std::optional<MutualTls> tls)
    : limits_(limits), tls_(std::move(tls)), compute_("compute", 2), blocking_("blocking", 4) {}

RealTestWorld::~RealTestWorld() {
  for (const auto& [name, host] : hosts_) host->machine->stop();
  compute_.stop();
  blocking_.stop();
}

RealTestWorld::Host& RealTestWorld::host_of(const std::string& name) {
  std::unique_ptr<Host>& host = hosts_[name];
  if (host == nullptr) {
    Result<std::unique_ptr<AsioMachine>> machine = AsioMachine::make(
        {.name = name, .root = folder_.path() + "/" + name, .limits = limits_, .tls = tls_},
        compute_, blocking_, tracer_);
    EYRIE_CHECK(machine.has_value(), machine.error().to_string());
    host = std::make_unique<Host>(std::move(*machine));
  }
  return *host;
}

Environment& RealTestWorld::machine(const std::string& name) {
  return host_of(name).machine->environment();
}

AsioMachine& RealTestWorld::asio_machine(const std::string& name) {
  return *host_of(name).machine;
}

void RealTestWorld::run(const std::string& machine, std::function<Task<void>(Environment&)> body) {
  Host& host = host_of(machine);
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> ended = done->get_future();
  host.machine->executor().call([&host, body = std::move(body), done]() mutable {
    host.group.spawn(run_body(std::move(body), host.machine->environment(), std::move(done)));
  });
  if (ended.wait_for(kBound) == std::future_status::ready) return;
  ADD_FAILURE() << "the body on " << machine << " did not end within " << kBound.count() << " s";
  host.machine->stop();  // the body refers to the test's variables, which go now
}

WorldFactory real_worlds() {
  return [] { return std::make_unique<RealTestWorld>(); };
}

}  // namespace eyrie::test
