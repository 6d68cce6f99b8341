// run(): one plan, once, in a world of its own. Pure: the same plan gives the same outcome, always.
//
// In order: the cluster starts and the collection is made and loaded, without faults; the clients
// work while the plan's faults happen; the machines that the plan loses are lost and everything
// else is healed at once; every proxy that is left must answer a probe in time (P39), and a last
// strong read of every word is added to the history; what plans and replaced segments left in the
// catalog must go (P40). Then every property is judged.
#pragma once

#include <map>
#include <string>

#include "index/kernels.h"
#include "scenarios/properties/checkers.h"
#include "scenarios/run/observer.h"

namespace eyrie::scenarios {

enum class Verdict : std::uint8_t { holds, violated, no_progress, crashed };
std::string_view name_of(Verdict verdict);

struct RunOutcome {
  Verdict verdict = Verdict::holds;
  std::string reason;  // of anything but `holds`: one sentence
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  sim::SimTime simulated = 0;
  History history;
  std::vector<PropertyResult> properties;
  std::map<std::string, faults::FaultCounts> faults;
  Marks marks;               // what the run lived through until it was healed, all names present
  EventCounts trace_events;  // by name
};

// The log sink, if any, gets the event log.
RunOutcome run(const Plan& plan, const Words& words, const index::Kernels& kernels,
               sim::EventLog::Sink* log);

}  // namespace eyrie::scenarios
