// Tripwires: what would let the machine that runs a world into that world ends the program, with
// the names of those who called. A run that took such a way would not be the same run again
// elsewhere. They lie across:
//   clock_gettime, gettimeofday, time, timespec_get, clock
//   getrandom, getentropy, arc4random and its kin, std::random_device
//   pthread_create, getenv, secure_getenv
// Not across system calls made without the C library, its calls within itself, and files: a linter
// (tests/lint) keeps those out of components.
//
// They lie in programs that link eyrie_sim_tripwires, and only there; World arms them while it
// runs, starts or ends machines.
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
