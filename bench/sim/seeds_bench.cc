// What a seed of a scenario costs.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

#include "bench/sim/suites.h"
#include "scenarios/plan/scenario.h"
#include "scenarios/run/run.h"

namespace eyrie::bench {

namespace {

using scenarios::Plan;
using scenarios::RunOutcome;
using scenarios::Scenario;
using scenarios::Words;

struct Cost {
  double wall_s = 0;
  double cpu_s = 0;
  double simulated_s = 0;
  std::uint64_t calls = 0;
  std::uint64_t faults = 0;
  std::uint64_t events = 0;

  Cost& operator+=(const Cost& more) {
    wall_s += more.wall_s;
    cpu_s += more.cpu_s;
    simulated_s += more.simulated_s;
    calls += more.calls;
    faults += more.faults;
    events += more.events;
    return *this;
  }
};

double wall_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Result<Bytes> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || !bytes) return fail(Code::not_found, path + " cannot be read");
  return std::move(bytes).str();
}

Cost cost_of(const Plan& plan, const RunOutcome& outcome) {
  Cost cost;
  for (const auto& operations : plan.clients) cost.calls += operations.size();
  for (const auto& [kind, counts] : outcome.faults) cost.faults += counts.taken;
  cost.events = outcome.events;
  cost.simulated_s = static_cast<double>(outcome.simulated) / sim::kSecond;
  return cost;
}

void print_rates(const Cost& total, unsigned seeds) {
  const auto rate = [&](double amount) { return amount / total.cpu_s; };
  std::printf("  a seed takes %.2f s of one core (%.2f s on the clock, with whatever else ran)\n",
              total.cpu_s / seeds, total.wall_s / seeds);
  std::printf(
      "  a second of one core: %.0f calls, %.0f faults, %.0f events, %.0f simulated seconds\n",
      rate(static_cast<double>(total.calls)), rate(static_cast<double>(total.faults)),
      rate(static_cast<double>(total.events)), rate(total.simulated_s));
}

}  // namespace

Status print_seeds_table(const SeedsOptions& options) {
  EYRIE_TRY(const Bytes yaml, read_file(options.scenario));
  EYRIE_TRY(const Scenario scenario, scenarios::parse_scenario(yaml, options.scenario));
  EYRIE_TRY(const Bytes fvecs, read_file(options.data + ".fvecs"));
  EYRIE_TRY(const Bytes lines, read_file(options.data + ".words"));
  EYRIE_TRY(const Words words, scenarios::read_words(fvecs, lines));
  std::printf("Seeds 1 to %u of %s, one after another on one core:\n", options.seeds,
              options.scenario.c_str());
  std::printf("  seed  verdict      CPU s  simulated s  calls  faults    events  trace hash\n");
  Cost total;
  for (unsigned seed = 1; seed <= options.seeds; ++seed) {
    const double wall = wall_seconds();
    const double cpu = cpu_seconds();
    const Plan plan = scenarios::make_plan(scenario, words, seed);
    const RunOutcome outcome = scenarios::run(plan, words, *index::best_kernels(), nullptr);
    Cost cost = cost_of(plan, outcome);
    cost.cpu_s = cpu_seconds() - cpu;
    cost.wall_s = wall_seconds() - wall;
    total += cost;
    std::printf("  %4u  %-11s %6.2f %12.1f %6lu %7lu %9lu  %016lx\n", seed,
                std::string(name_of(outcome.verdict)).c_str(), cost.cpu_s, cost.simulated_s,
                cost.calls, cost.faults, cost.events, outcome.trace_hash);
    std::fflush(stdout);
  }
  print_rates(total, options.seeds);
  return {};
}

}  // namespace eyrie::bench
