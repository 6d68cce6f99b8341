// A seed's run as a timeline for a picture.
#pragma once

#include "reports/timeline.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {

// Machines, crashes, faults, channels and segments are read from the event log, calls from the
// history; calls that the outcome's reason names ("#41") are marked. data_loss if the log is
// none.
Result<reports::Timeline> timeline_of(const Plan& plan, const RunOutcome& outcome, BytesView log);

}  // namespace eyrie::scenarios
