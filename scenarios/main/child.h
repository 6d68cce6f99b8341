// Seeds run in processes of their own: an abort is that seed's failure, and runs share nothing.
#pragma once

#include <functional>
#include <string>

#include "runtime/status.h"
#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

// A running child; its standard output is collected.
struct Child {
  int pid = -1;
  int output = -1;  // a pipe's end for reading
  std::int64_t cpu_seconds_max = 0;
};

// Of a process that was just forked: it is killed when its parent, which forked it, ends.
void end_with_parent(int parent);
// `work` runs in the child and returns what it has to say. A child that has computed for longer
// than so many seconds is ended; one that had to wait for its turn has not computed. One that waits
// for something that never comes is ended too, after ten times as long.
Result<Child> start_child(const std::function<std::string()>& work, std::int64_t cpu_seconds_max);
// Waits for its end; internal, with the signal, if it did not end by itself; deadline_exceeded for
// one that took too long: "the run did not end in 120 s of CPU time" or "in 1200 s".
Result<std::string> finish_child(Child child);

// The seed that such a child ran; a run that did not end by itself has crashed.
Summary finish_seed(Child child, const Options& options, std::uint64_t seed);

}  // namespace eyrie::scenarios
