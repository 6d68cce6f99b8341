// How often each event was told, by whatever machine. Ends after the world that it is added to.
#pragma once

#include <map>
#include <string>

#include "sim/world.h"

namespace eyrie::test {

class ToldEvents final : public sim::TraceObserver {
 public:
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader& event,
                std::span<const Field>) override {
    ++times_[std::string(event.name)];
  }

  template <std::size_t N>
  int times(const EventType<N>& event) const {
    const auto found = times_.find(std::string(event.name));
    return found != times_.end() ? found->second : 0;
  }

 private:
  std::map<std::string, int> times_;
};

}  // namespace eyrie::test
