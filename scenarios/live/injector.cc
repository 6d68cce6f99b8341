#include "scenarios/live/injector.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/combine.h"
#include "runtime/task_group.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kFindPatience = 15s;
constexpr Duration kFindPause = 100ms;
constexpr Duration kBreath = 1s;  // between two, where the one before took longer than was planned

double seconds(Duration duration) {
  return static_cast<double>(to_ns(duration)) / 1e9;
}

}  // namespace

sim::SimTime Injector::history_time(MonotonicTime at) const {
  return parts_.time.now() - to_ns(parts_.environment.clock.monotonic() - at);
}

Task<void> Injector::run(std::vector<LiveFault> plan, MonotonicTime begin, MonotonicTime end) {
  Clock& clock = parts_.environment.clock;
  for (std::size_t i = 0; i < plan.size();) {
    std::vector<LiveFault> together = {plan[i]};
    while (++i < plan.size() && plan[i].overlaps) together.push_back(plan[i]);
    const MonotonicTime at = std::max(begin + together.front().at, clock.monotonic() + kBreath);
    // One that begins late is still undone in time.
    if (at + together.front().duration + kBreath > end) break;
    if (!(co_await clock.sleep_until(at)).ok()) break;
    co_await strike_together(std::move(together), at);
  }
}

Task<void> Injector::strike_together(std::vector<LiveFault> faults, MonotonicTime begin) {
  TaskGroup group(co_await this_scope());
  const Duration first = faults.front().at;
  for (const LiveFault& fault : faults) group.spawn(strike(fault, begin + (fault.at - first)));
  co_await group.join();
}

// Who is meant, once somebody is: nobody leads for a while after a leader went.
Task<Result<std::string>> Injector::find_target(LiveFault fault) {
  if (fault.target == FaultTarget::service) {
    co_return fault.kind == FaultKind::restart_etcd ? "etcd" : "s3";
  }
  const auto pick = [&](const std::vector<const NodePlace*>& nodes) {
    return nodes[fault.choice % nodes.size()]->name;
  };
  if (fault.target == FaultTarget::proxy) co_return pick(parts_.layout.of_role("proxy"));
  if (fault.target == FaultTarget::query) co_return pick(parts_.layout.of_role("query"));
  if (fault.target == FaultTarget::data) co_return pick(parts_.layout.of_role("data"));
  Clock& clock = parts_.environment.clock;
  const MonotonicTime end = clock.monotonic() + kFindPatience;
  while (clock.monotonic() < end) {
    if (fault.target == FaultTarget::channel_owner) {
      const auto owners = co_await parts_.catalog.owners();
      if (owners && !owners->empty()) co_return (*owners)[fault.choice % owners->size()];
    } else {
      const auto leader = co_await parts_.catalog.leader();
      const bool active = fault.target == FaultTarget::active_coordinator;
      for (const NodePlace* node : parts_.layout.of_role("coordinator")) {
        if (leader && (node->name == leader->node) == active) co_return node->name;
      }
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await clock.sleep_for(kFindPause));
  }
  co_return fail(Code::unavailable, "there was no " + std::string(name_of(fault.target)));
}

Task<void> Injector::strike(LiveFault fault, MonotonicTime at) {
  Clock& clock = parts_.environment.clock;
  if (!(co_await clock.sleep_until(at)).ok()) co_return;
  const Result<std::string> target = co_await find_target(fault);
  if (!target) {
    parts_.say("no fault: " + target.error().message());
    co_return;
  }
  FaultRecord record;
  record.fault = fault;
  record.target = *target;
  const MonotonicTime struck = clock.monotonic();
  record.at = Duration(history_time(struck));
  parts_.say(describe_begin(record));
  std::optional<MonotonicTime> undone_at;
  TaskGroup beside(co_await this_scope());
  Moments moments{.at = struck,
                  .struck = [&] { beside.spawn(note_recovery(struck, undone_at, record)); },
                  .healed =
                      [&] {
                        undone_at = clock.monotonic();
                        record.healed = Duration(parts_.time.now());
                        last_healed_ = std::max(last_healed_, *undone_at);
                      }};
  const Status undone = co_await suffer(fault, *target, std::move(moments));
  if (!undone.ok()) record.trouble = undone.to_string();
  note_calls(record);
  co_await beside.join();
  parts_.say(describe_end(record));
  parts_.outcome.faults.push_back(std::move(record));
}

Task<void> Injector::note_recovery(MonotonicTime struck, const std::optional<MonotonicTime>& undone,
                                   FaultRecord& record) {
  const Recovery::Times times = co_await parts_.recovery.measure(struck, undone);
  record.served = times.some;
  record.recovered = times.each;
}

void Injector::note_calls(FaultRecord& record) const {
  const sim::SimTime from = to_ns(record.at);
  const sim::SimTime to = to_ns(record.healed);
  record.answered = parts_.workload.answered(from, to);
  const auto proxies = parts_.layout.of_role("proxy");
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    if (proxies[i]->name != record.target) continue;
    record.through_other = parts_.workload.through_other(i, from, to);
  }
}

// Does it, and undoes it.
Task<Status> Injector::suffer(LiveFault fault, std::string target, Moments moments) {
  Status status;
  if (fault.kind == FaultKind::kill) {
    co_return co_await suffer_kill(fault, std::move(target), std::move(moments));
  }
  if (fault.kind == FaultKind::pause) {
    co_return co_await suffer_pause(fault, std::move(target), std::move(moments));
  }
  if (is_of_links(fault.kind)) {
    status = co_await parts_.cluster.set_link(target, fault.link, fault.mode, fault.delay);
    moments.struck();
    (void)co_await parts_.environment.clock.sleep_for(fault.duration);
    const Status undone = co_await parts_.cluster.set_link(target, fault.link, RelayMode::pass, {});
    if (status.ok()) status = undone;
  } else {
    moments.struck();
    status = fault.kind == FaultKind::restart_etcd ? co_await parts_.servers.restart_etcd()
                                                   : co_await parts_.servers.restart_s3();
  }
  moments.healed();
  co_return status;
}

Task<void> Injector::note_takeover(Leadership before, std::string cause, MonotonicTime struck) {
  Takeover takeover =
      co_await parts_.leadership.wait_for_other(std::move(before), std::move(cause), struck);
  parts_.say(takeover.took ? fmt::format("          {} leads after {:.2f} s", takeover.to,
                                         seconds(*takeover.took))
                           : "          nobody else leads");
  parts_.outcome.takeovers.push_back(std::move(takeover));
}

Task<Status> Injector::suffer_kill(LiveFault fault, std::string target, Moments moments) {
  const Result<Leadership> leader = co_await parts_.catalog.leader();
  EYRIE_CO_RETURN_IF_ERROR(co_await parts_.cluster.kill(target));
  moments.struck();
  TaskGroup beside(co_await this_scope());
  if (leader && leader->node == target) beside.spawn(note_takeover(*leader, "kill", moments.at));
  (void)co_await parts_.environment.clock.sleep_for(fault.duration);
  const Status started = co_await parts_.cluster.start_node(target);
  moments.healed();
  co_await beside.join();
  co_return started;
}

Task<Status> Injector::suffer_pause(LiveFault fault, std::string target, Moments moments) {
  const Result<Leadership> leader = co_await parts_.catalog.leader();
  const bool leads = leader && leader->node == target;
  if (leads) co_await parts_.leadership.greet(target);
  parts_.cluster.pause(target);
  moments.struck();
  TaskGroup beside(co_await this_scope());
  if (leads) beside.spawn(note_takeover(*leader, "pause", moments.at));
  (void)co_await parts_.environment.clock.sleep_for(fault.duration);
  // Whoever is resumed before another leads has not been deposed.
  co_await beside.join();
  const auto resume = [&] {
    parts_.cluster.resume(target);
    moments.healed();
  };
  if (leads && parts_.outcome.takeovers.back().took) {
    co_await parts_.leadership.ask_deposed(*leader, resume, parts_.outcome.deposed);
  } else {
    resume();
  }
  co_return Status();
}

std::string Injector::describe_begin(const FaultRecord& record) {
  const LiveFault& fault = record.fault;
  std::string line =
      fmt::format("{:7.1f} s  {} {}", seconds(record.at), name_of(fault.kind), record.target);
  if (fault.target != FaultTarget::service) line += fmt::format(" ({})", name_of(fault.target));
  if (fault.link != FaultLink::none) {
    line += fmt::format(", link {}: {}", name_of(fault.link), name_of(fault.mode));
  }
  return line;
}

std::string Injector::describe_end(const FaultRecord& record) {
  std::string line = fmt::format("           {} {} lasted {:.1f} s; ", name_of(record.fault.kind),
                                 record.target, seconds(record.healed - record.at));
  line += record.recovered
              ? fmt::format("answered again after {:.1f} s, through every proxy after {:.1f} s",
                            seconds(record.served.value_or(*record.recovered)),
                            seconds(*record.recovered))
              : "NOT answered again through every proxy";
  if (!record.trouble.empty()) line += "; " + record.trouble;
  return line;
}

}  // namespace eyrie::scenarios::live
