// Recovery: how long after a fault the cluster answers again, through some proxy and through each.
//
// What a fault does may come later than the fault, as when a lease ends that could not be kept
// alive. So it is asked again and again until a while after the fault was undone, and what counts
// is the end of the last time that there was no answer.
//
// It asks as a client would: an upsert of words that nobody else writes, some on each shard, and a
// Strong query for them. What it did is in the history, as that of probes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "scenarios/clients/client_calls.h"

namespace eyrie::scenarios::live {

// What a probe writes: words that neither the plan's clients nor other probes write, so many on
// each shard. `number` < `probes`.
inline constexpr std::size_t kProbeWordsAShard = 4;
std::vector<std::uint32_t> words_of_probe(const Plan& plan, const Words& words, std::size_t number,
                                          std::size_t probes);

class Recovery {
 public:
  static constexpr Duration kPatience = 60s;  // after the fault was undone
  static constexpr Duration kSettled = 1s;

  // Borrows all. `first_probe`: the number of the first of its probes, one for each proxy.
  Recovery(Environment& environment, ClientContext context, const std::vector<Address>& proxies,
           std::size_t first_probe);
  ~Recovery();

  struct Times {
    std::optional<Duration> some;  // since then, until one proxy had answered
    std::optional<Duration> each;
  };
  // What is asked begins after this call; several may measure at once. `undone` outlives the task,
  // and is set when the fault is undone.
  Task<Times> measure(MonotonicTime since, const std::optional<MonotonicTime>& undone);
  Task<void> stop();

 private:
  struct Probe;

  Task<std::optional<Duration>> answer_of(Probe& probe, MonotonicTime since,
                                          const std::optional<MonotonicTime>& undone);
  Task<bool> ask(Probe& probe);

  Environment& environment_;
  ClientContext context_;
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace eyrie::scenarios::live
