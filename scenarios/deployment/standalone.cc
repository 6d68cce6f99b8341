#include "scenarios/deployment/standalone.h"

#include <utility>

#include "nodes/standalone/process.h"
#include "scenarios/deployment/settings.h"

namespace eyrie::scenarios {

namespace {

class StandaloneMachine : public sim::Process {
 public:
  StandaloneMachine(Environment& environment, const index::Kernels& kernels,
                    standalone::StandaloneOptions options)
      : process_(environment, kernels, std::move(options)) {}

  Task<Status> run() override { return process_.run(); }
  void request_stop() override { process_.request_stop(); }

 private:
  standalone::StandaloneProcess process_;
};

}  // namespace

std::unique_ptr<sim::Process> make_standalone(Environment& environment, const Topology& topology,
                                              const Settings& settings,
                                              const index::Kernels& kernels, std::size_t number) {
  standalone::StandaloneOptions options;
  options.listen = {machine_name("standalone", number), kNodePort};
  apply(settings, options);
  options.coordinator.channels = channel_names(topology);
  return std::make_unique<StandaloneMachine>(environment, kernels, std::move(options));
}

}  // namespace eyrie::scenarios
