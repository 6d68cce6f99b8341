// Timeline: one seed's life as data, for a picture: machines, what befell them, what they did, and
// what clients asked. Times are microseconds of simulated time; a lane is an index of `lanes`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eyrie::reports {

using Microseconds = std::int64_t;

struct Timeline {
  struct Lane {
    std::string name;   // "streaming-2"
    std::string group;  // "streaming": lanes of a group stay together
  };
  struct Phase {
    std::string name;
    Microseconds begin = 0;
    Microseconds end = 0;
  };
  // A process that is not there; `power_cut` or killed.
  struct Down {
    std::size_t lane = 0;
    Microseconds begin = 0;
    Microseconds end = 0;
    bool power_cut = false;
    std::string title;
  };
  enum class Family : std::uint8_t { process, network, clock, disk, service };
  struct Fault {
    std::size_t lane = 0;
    Microseconds begin = 0;
    Microseconds end = 0;
    Family family = Family::process;
    std::string title;
  };
  // What a machine holds for a while: leadership (slot 0 of its lane), or a channel (its number).
  struct Hold {
    std::size_t lane = 0;
    std::size_t slot = 0;
    Microseconds begin = 0;
    Microseconds end = 0;
    bool leads = false;
    std::string title;
  };
  struct Stop {
    std::size_t lane = 0;
    Microseconds at = 0;
  };
  // A segment on its way from machine to machine.
  struct Journey {
    std::vector<Stop> stops;  // in order of time
    std::string title;
  };
  enum class Outcome : std::uint8_t { ok, fail, info };
  static constexpr std::size_t kNoRow = SIZE_MAX;
  struct Call {
    std::size_t row = 0;  // of clients, then of others; kNoRow: only the rate of calls shows it
    Microseconds begin = 0;
    Microseconds end = 0;
    Outcome outcome = Outcome::ok;
    bool named = false;  // by the contradiction
    std::string label;   // of named ones: "upsert #41"
    std::string title;
  };

  std::string title;
  Microseconds end = 0;
  std::size_t clients = 0;
  std::vector<std::string> others;  // with rows below the clients': "probe 1"
  std::size_t slots = 1;            // of holds in a lane
  std::vector<Lane> lanes;
  std::vector<Phase> phases;
  std::vector<Down> downs;
  std::vector<Fault> faults;
  std::vector<Hold> holds;
  std::vector<Journey> journeys;
  std::vector<Call> calls;
};

}  // namespace eyrie::reports
