#include "runtime/asio/asio_process.h"

#include <algorithm>
#include <csignal>
#include <thread>
#include <unistd.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

namespace eyrie {

namespace {

std::size_t compute_threads(std::size_t asked) {
  if (asked > 0) return asked;
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

struct AsioProcess::Role {
  Role(std::string role_name, std::unique_ptr<AsioMachine> made, Main body)
      : name(std::move(role_name)),
        machine(std::move(made)),
        main(std::move(body)),
        group(machine->executor()) {}

  std::string name;
  std::unique_ptr<AsioMachine> machine;
  Main main;
  Gate stop;  // of the machine's executor, like the group
  TaskGroup group;
};

// The thread that calls run() waits here for signals and for mains that end.
class AsioProcess::Signals {
 public:
  explicit Signals(std::vector<std::unique_ptr<Role>>& roles) : roles_(roles), left_(roles.size()) {
    wait();
  }

  // From any thread.
  void main_ended(int exit_status) {
    boost::asio::post(context_, [this, exit_status] {
      if (exit_status_ == 0) exit_status_ = exit_status;
      --left_;
      stop_all();
      if (left_ == 0) signals_.cancel();
    });
  }

  int run() {
    context_.run();
    return exit_status_;
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (stopping_) ::_exit(128 + signal);
      stop_all();
      wait();
    });
  }

  void stop_all() {
    if (std::exchange(stopping_, true)) return;
    for (const std::unique_ptr<Role>& role : roles_) {
      role->machine->executor().call([role = role.get()] { role->stop.open(); });
    }
  }

  std::vector<std::unique_ptr<Role>>& roles_;
  std::size_t left_;
  bool stopping_ = false;
  int exit_status_ = 0;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
};

AsioProcess::AsioProcess(const AsioProcessOptions& options, Tracer& tracer)
    : tracer_(tracer),
      compute_("compute", compute_threads(options.compute_threads), options.thread_start),
      blocking_("blocking", options.blocking_threads, options.thread_start) {}

AsioProcess::~AsioProcess() {
  // Only what run() did not get to: a process whose roles could not all be added.
  for (const std::unique_ptr<Role>& role : roles_) role->machine->stop();
  compute_.stop();
  blocking_.stop();
}

Status AsioProcess::add(const AsioMachineOptions& options, Main main) {
  return add(options, tracer_, std::move(main));
}

Status AsioProcess::add(const AsioMachineOptions& options, Tracer& tracer, Main main) {
  EYRIE_TRY(std::unique_ptr<AsioMachine> machine,
            AsioMachine::make(options, compute_, blocking_, tracer));
  roles_.push_back(std::make_unique<Role>(options.name, std::move(machine), std::move(main)));
  return {};
}

AsioMachine& AsioProcess::machine(const std::string& name) {
  const auto found = std::ranges::find(roles_, name, [](const auto& role) { return role->name; });
  EYRIE_CHECK(found != roles_.end(), "no main has this name: " + name);
  return *(*found)->machine;
}

Task<void> AsioProcess::run_main(Role& role, Signals& signals) {
  signals.main_ended(co_await role.main(*role.machine, role.stop));
}

int AsioProcess::run() {
  EYRIE_CHECK(!roles_.empty(), "a process has something to run");
  Signals signals(roles_);
  for (const std::unique_ptr<Role>& role : roles_) {
    role->machine->executor().call(
        [role = role.get(), &signals] { role->group.spawn(run_main(*role, signals)); });
  }
  const int exit_status = signals.run();
  for (const std::unique_ptr<Role>& role : roles_) role->machine->stop();
  compute_.stop();
  blocking_.stop();
  return exit_status;
}

}  // namespace eyrie
