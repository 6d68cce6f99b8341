// A seed as pictures: it is run again, and its event log and history are drawn.
#pragma once

#include <string>
#include <vector>

#include "reports/campaign.h"
#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

// Runs the seed in this process; the pictures as JSON, to cross to the process that wants them: the
// whole life, and of a failure also the time around it.
std::string draw_seed(const Inputs& inputs, std::uint64_t seed);
Result<std::vector<reports::Picture>> pictures_from_json(const std::string& json);

}  // namespace eyrie::scenarios
