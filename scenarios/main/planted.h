// The way from eyrie-sim to eyrie-sim-planted, which stands beside it and has the planted bugs.
#pragma once

namespace eyrie::scenarios {

// Becomes eyrie-sim-planted with the same arguments. It returns only if there is none, with the
// exit code.
int become_planted(char** arguments, bool json);

}  // namespace eyrie::scenarios
