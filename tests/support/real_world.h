// The real world as a TestWorld: every machine is an executor of this process with a folder of its
// own, removed afterwards; all are reached at 127.0.0.1.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/asio/asio_machine.h"
#include "runtime/tracer.h"
#include "tests/support/test_world.h"

namespace eyrie::test {

// Events of the real world are not what tests look at.
class SilentTracer final : public Tracer {
 public:
  void record(const EventHeader&, std::span<const Field>) override {}
};

// A folder that is new and empty, and removed with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class RealTestWorld : public TestWorld {
 public:
  explicit RealTestWorld(FramedLimits limits = {}, std::optional<MutualTls> tls = {});
  ~RealTestWorld() override;

  Environment& machine(const std::string& name) override;
  std::string host(const std::string&) override { return "127.0.0.1"; }
  void run(const std::string& machine, std::function<Task<void>(Environment&)> body) override;

  AsioMachine& asio_machine(const std::string& name);

 private:
  struct Host;
  Host& host_of(const std::string& name);

  FramedLimits limits_;
  std::optional<MutualTls> tls_;
  TemporaryFolder folder_;
  SilentTracer tracer_;
  WorkerPool compute_;
  WorkerPool blocking_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

WorldFactory real_worlds();

}  // namespace eyrie::test
