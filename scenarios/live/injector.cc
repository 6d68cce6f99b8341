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

std::string describe(const RelayMet& met) {
  if (!met.any()) return "it met nothing";
  return fmt::format("it met {} connections and {} chunks of {} bytes", met.connections, met.chunks,
                     met.bytes);
}

}  // namespace

sim::SimTime Injector::history_time(MonotonicTime at) const {
  return parts_.time.now() - to_ns(parts_.environment.clock.monotonic() - at);
}

Task<void> Injector::run(std::vector<LiveFault> plan, MonotonicTime begin, MonotonicTime end) {
  Clock& clock = parts_.environment.clock;
  std::size_t next = 0;
  std::string why = "those before it took longer than was planned";
  while (next < plan.size()) {
    std::size_t i = next;
    std::vector<LiveFault> together = {plan[i]};
    while (++i < plan.size() && plan[i].overlaps) together.push_back(plan[i]);
    const MonotonicTime at = std::max(begin + together.front().at, clock.monotonic() + kBreath);
    // One that begins late is still undone in time.
    if (at + together.front().duration + kBreath > end) break;
    if (!(co_await clock.sleep_until(at)).ok()) {
      why = "the run was interrupted";
      break;
    }
    next = i;
    co_await strike_together(std::move(together), at);
  }
  for (; next < plan.size(); ++next) leave_out(plan[next], why);
}

void Injector::leave_out(const LiveFault& fault, std::string why) {
  parts_.say(
      fmt::format("           no {} of {}: {}", name_of(fault.kind), name_of(fault.target), why));
  parts_.outcome.unstruck.push_back({fault, std::move(why)});
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
    leave_out(fault, target.error().message());
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
  co_await suffer(record, std::move(moments));
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

Task<void> Injector::suffer(FaultRecord& record, Moments moments) {
  const FaultKind kind = record.fault.kind;
  if (kind == FaultKind::kill) return suffer_kill(record, std::move(moments));
  if (kind == FaultKind::pause) return suffer_pause(record, std::move(moments));
  return is_of_links(kind) ? suffer_link(record, std::move(moments))
                           : suffer_restart(record, std::move(moments));
}

Task<void> Injector::suffer_link(FaultRecord& record, Moments moments) {
  const LiveFault& fault = record.fault;
  LiveCluster& cluster = parts_.cluster;
  Status status = co_await cluster.set_link(record.target, fault.link, fault.mode, fault.delay);
  moments.struck();
  (void)co_await parts_.environment.clock.sleep_for(fault.duration);
  record.met = cluster.met(record.target, fault.link);
  const Status undone = co_await cluster.set_link(record.target, fault.link, RelayMode::pass, {});
  if (status.ok()) status = undone;
  if (!status.ok()) record.trouble = status.to_string();
  moments.healed();
}

Task<void> Injector::suffer_restart(FaultRecord& record, Moments moments) {
  moments.struck();
  const Status status = record.fault.kind == FaultKind::restart_etcd
                            ? co_await parts_.servers.restart_etcd()
                            : co_await parts_.servers.restart_s3();
  if (!status.ok()) record.trouble = status.to_string();
  moments.healed();
}

Task<void> Injector::note_takeover(Leadership before, std::string cause, MonotonicTime struck) {
  Takeover takeover =
      co_await parts_.leadership.wait_for_other(std::move(before), std::move(cause), struck);
  parts_.say(takeover.took ? fmt::format("          {} leads after {:.2f} s", takeover.to,
                                         seconds(*takeover.took))
                           : "          nobody else leads");
  parts_.outcome.takeovers.push_back(std::move(takeover));
}

Task<void> Injector::suffer_kill(FaultRecord& record, Moments moments) {
  const Result<Leadership> leader = co_await parts_.catalog.leader();
  Status status = co_await parts_.cluster.kill(record.target);
  moments.struck();
  TaskGroup beside(co_await this_scope());
  if (leader && leader->node == record.target) {
    beside.spawn(note_takeover(*leader, "kill", moments.at));
  }
  (void)co_await parts_.environment.clock.sleep_for(record.fault.duration);
  const Status started = co_await parts_.cluster.start_node(record.target);
  if (started.code() == Code::deadline_exceeded) {
    record.not_ready = started.message();
  } else if (started.code() != Code::unavailable && status.ok()) {  // it ended: that is counted
    status = started;
  }
  if (!status.ok()) record.trouble = status.to_string();
  moments.healed();
  co_await beside.join();
}

Task<void> Injector::suffer_pause(FaultRecord& record, Moments moments) {
  const Result<Leadership> leader = co_await parts_.catalog.leader();
  const bool leads = leader && leader->node == record.target;
  if (leads) co_await parts_.leadership.greet(record.target);
  parts_.cluster.pause(record.target);
  moments.struck();
  TaskGroup beside(co_await this_scope());
  if (leads) beside.spawn(note_takeover(*leader, "pause", moments.at));
  (void)co_await parts_.environment.clock.sleep_for(record.fault.duration);
  // Whoever is resumed before another leads has not been deposed.
  co_await beside.join();
  const auto resume = [&] {
    parts_.cluster.resume(record.target);
    moments.healed();
  };
  if (leads && parts_.outcome.takeovers.back().took) {
    co_await parts_.leadership.ask_deposed(*leader, resume, parts_.outcome.deposed);
  } else {
    resume();
  }
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
  if (record.met) line += "; " + describe(*record.met);
  if (!record.not_ready.empty()) line += "; " + record.not_ready;
  if (!record.trouble.empty()) line += "; " + record.trouble;
  return line;
}

}  // namespace eyrie::scenarios::live
