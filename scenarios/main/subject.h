// What a campaign of a scenario is asked to show, and what of a seed's summary goes into it.
#pragma once

#include "reports/campaign.h"
#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

// The demands are the project's own: a campaign that misses one still holds, but says so.
reports::Subject subject_of(const Scenario& scenario, const std::string& file);

reports::Seed seed_of(const Summary& summary);

// As the exit code of a seed.
int exit_code(reports::Verdict verdict);

}  // namespace eyrie::scenarios
