// Summary: what is kept of one seed's run: small, and able to cross from the process that ran it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "scenarios/run/run.h"

namespace eyrie::scenarios {

struct Summary {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::crashed;
  std::string reason;
  bool cut = false;  // by its limit of CPU time: elsewhere each time, so that no two are the same
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  std::int64_t simulated_ms = 0;
  std::int64_t wall_ms = 0;
  std::uint64_t rows = 0;
  std::map<std::string, std::map<std::string, std::uint64_t>> operations;  // kind, outcome: calls
  std::map<std::string, std::uint64_t> faults_offered;                     // by the plan
  std::map<std::string, std::uint64_t> faults_taken;
  std::map<std::string, std::uint64_t> faults_had_effect;
  std::map<std::string, std::uint64_t> checked;   // by property
  std::map<std::string, std::uint64_t> violated;  // by property
  std::map<std::string, std::uint64_t> marks;
  std::string replay;
};

Summary summarize(const Plan& plan, const RunOutcome& outcome, std::int64_t wall_ms,
                  const std::string& replay);

// One JSON object; from_json is its inverse (data_loss for anything else).
std::string to_json(const Summary& summary);
Result<Summary> from_json(const std::string& json);

// Of a run that said nothing: it has crashed, or was cut (deadline_exceeded).
Summary summary_without_end(std::uint64_t seed, const Status& status, const std::string& replay);

// 5: this machine lacks something.
inline constexpr int kEnvironmentExit = 5;
// 0 holds, 1 violated, 4 no progress, 6 crashed.
int exit_code(Verdict verdict);

}  // namespace eyrie::scenarios
