#include "bench/runtime/machines.h"

#include <cstdlib>
#include <filesystem>
#include <future>

#include "runtime/check.h"
#include "runtime/task_group.h"
#include "tests/support/certificates.h"

namespace eyrie::bench {

namespace {

std::string new_folder() {
  std::string path = std::filesystem::temp_directory_path() / "eyrie-bench-XXXXXX";
  EYRIE_CHECK(::mkdtemp(path.data()) != nullptr, "no folder for the machines");
  return path;
}

Task<void> tell(std::function<Task<void>(Environment&)> body, Environment& environment,
                std::promise<void>& done) {
  co_await body(environment);
  done.set_value();
}

}  // namespace

void check(const Status& status) {
  EYRIE_CHECK(status.ok(), status.to_string());
}

Machines::Machines(Wire wire)
    : folder_(new_folder()), client_(make("client", wire)), server_(make("server", wire)) {}

Machines::~Machines() {
  client_->stop();
  server_->stop();
  compute_.stop();
  blocking_.stop();
  std::filesystem::remove_all(folder_);
}

void Machines::on(AsioMachine& machine, const std::function<Task<void>(Environment&)>& body) {
  std::promise<void> done;
  TaskGroup group(machine.executor());
  machine.executor().call([&] { group.spawn(tell(body, machine.environment(), done)); });
  done.get_future().wait();
  std::promise<void> joined;  // the group's last frame has gone
  machine.executor().call([&] { joined.set_value(); });
  joined.get_future().wait();
}

std::unique_ptr<AsioMachine> Machines::make(const std::string& name, Wire wire) {
  AsioMachineOptions options{.name = name, .root = folder_ + "/" + name};
  if (wire == Wire::tls) {
    // One certificate for both, made once.
    if (!tls_) {
      test::Authority authority(folder_, "authority");
      const test::CertificateFiles files = authority.issue("node", {"127.0.0.1"});
      tls_ = MutualTls{.files = {.ca_file = authority.certificate_file(),
                                 .certificate_file = files.certificate,
                                 .key_file = files.key}};
    }
    options.tls = tls_;
  }
  auto machine = AsioMachine::make(options, compute_, blocking_, tracer_);
  EYRIE_CHECK(machine.has_value(), machine.error().to_string());
  return std::move(*machine);
}

}  // namespace eyrie::bench
