// Tripwires: what would let the machine that runs a world into that world ends the program, with
// the names of those who called. The wall and the monotonic clock, the system's randomness, the
// start of a thread and the environment are such ways in; a run that took one would not be the same
// run again elsewhere.
//
// They lie in programs that link eyrie_sim_tripwires, and only there; World arms them while it
// runs.
#pragma once

namespace eyrie::sim {

// How many worlds run now; those in which a tripwire is deadly. One thread runs worlds.
inline constinit int armed_tripwires = 0;

class ArmedTripwires {
 public:
  ArmedTripwires() { ++armed_tripwires; }
  ~ArmedTripwires() { --armed_tripwires; }
  ArmedTripwires(const ArmedTripwires&) = delete;
  ArmedTripwires& operator=(const ArmedTripwires&) = delete;
};

}  // namespace eyrie::sim
