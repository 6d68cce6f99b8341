#include "scenarios/main/timeline.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "reports/html/text.h"

namespace eyrie::scenarios {

namespace {

using reports::Microseconds;
using reports::Timeline;

constexpr sim::SimTime kMicrosecond = 1'000;
// As a call travels; others follow.
constexpr std::array<std::string_view, 9> kShownRoles = {
    "standalone", "proxy", "coordinator", "streaming", "query", "data", "etcd", "s3", "wal"};

std::string group_of(const std::string& machine) {
  return machine.substr(0, machine.rfind('-'));
}

bool begins(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// A field of a trace record, whose text is "level name=value name=value"; empty if it has none.
std::string field_of(const sim::LogRecord& record, const std::string& name) {
  const std::size_t at = record.text.find(" " + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 2;
  return record.text.substr(begin, record.text.find(' ', begin) - begin);
}

// Brings lanes into the order in which they are shown.
void sort_lanes(Timeline& timeline) {
  const auto rank = [&](std::size_t lane) {
    return std::find(kShownRoles.begin(), kShownRoles.end(), timeline.lanes[lane].group) -
           kShownRoles.begin();
  };
  std::vector<std::size_t> order(timeline.lanes.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a < b;
  });
  std::vector<Timeline::Lane> lanes;
  std::vector<std::size_t> place(order.size());
  for (const std::size_t lane : order) {
    place[lane] = lanes.size();
    lanes.push_back(timeline.lanes[lane]);
  }
  timeline.lanes = std::move(lanes);
  for (auto& down : timeline.downs) down.lane = place[down.lane];
  for (auto& fault : timeline.faults) fault.lane = place[fault.lane];
  for (auto& hold : timeline.holds) hold.lane = place[hold.lane];
  for (auto& journey : timeline.journeys) {
    for (auto& stop : journey.stops) stop.lane = place[stop.lane];
  }
}

std::string when(Microseconds begin, Microseconds end) {
  return reports::seconds_us(begin) + " to " + reports::seconds_us(end);
}

// Follows a run through its event log.
class Follower {
 public:
  explicit Follower(Timeline& timeline) : timeline_(timeline) {}

  Status follow(BytesView log) {
    sim::EventLogReader reader(log);
    EYRIE_RETURN_IF_ERROR(reader.open());
    while (true) {
      EYRIE_TRY(const auto record, reader.next());
      if (!record) break;
      now_ = record->time / kMicrosecond;
      if (record->kind == sim::RecordKind::effect) on_effect(*record);
      if (record->kind == sim::RecordKind::trace) on_trace(*record);
    }
    end(timeline_.end);
    return {};
  }

 private:
  struct Segment {
    Timeline::Journey journey;
    std::set<std::string> passed;
  };

  void on_effect(const sim::LogRecord& record) {
    if (record.what == "start") on_start(record.machine);
    if (record.what == "fault") on_fault(record);
    if (record.what == "end" && lanes_.contains(record.machine)) {
      const auto ending = static_cast<sim::Ending>(record.text.front() - '0');
      const std::size_t lane = lanes_[record.machine];
      down_[lane] = timeline_.downs.size();
      timeline_.downs.push_back({lane, now_, -1, ending == sim::Ending::power_cut,
                                 record.machine + (ending == sim::Ending::power_cut ? " lost power"
                                                   : ending == sim::Ending::kill    ? " was killed"
                                                                                    : " ended")});
      let_go([&](const Timeline::Hold& hold) { return hold.lane == lane; });
    }
  }

  void on_start(const std::string& machine) {
    if (machine.starts_with("client-") && work_begin_ < 0) work_begin_ = now_;
    if (machine.starts_with("probe-") && healed_ < 0) healed_ = now_;
    if (machine == "setup" || begins(machine, {"client-", "probe-"})) return;
    const auto [place, is_new] = lanes_.emplace(machine, timeline_.lanes.size());
    if (is_new) timeline_.lanes.push_back({machine, group_of(machine)});
    const auto down = down_.find(place->second);
    if (down == down_.end()) return;
    timeline_.downs[down->second].end = now_;
    down_.erase(down);
  }

  void on_trace(const sim::LogRecord& record) {
    const auto lane = lanes_.find(record.machine);
    if (lane == lanes_.end()) return;
    const std::string& what = record.what;
    const auto led = [](const Timeline::Hold& hold) { return hold.leads; };
    const auto owned = [&](const Timeline::Hold& hold) {
      return !hold.leads && hold.lane == lane->second && hold.slot == slot_of(record);
    };
    if (what == "coordinator.leader_changed") {
      let_go(led);
      hold({lane->second, 0, now_, -1, true, record.machine + " leads"});
    } else if (what == "coordinator.deposed") {
      let_go([&](const Timeline::Hold& hold) { return led(hold) && hold.lane == lane->second; });
    } else if (what == "streaming.channel_serving") {
      let_go(owned);
      hold({lane->second, slot_of(record), now_, -1, false,
            fmt::format("{} owns channel {}, term {}", record.machine, field_of(record, "channel"),
                        field_of(record, "term"))});
    } else if (begins(what, {"streaming.channel_released", "streaming.channel_failed"})) {
      let_go(owned);
    }
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStops = {{
        {"streaming.sealed", "sealed"},
        {"streaming.flushed", "written"},
        {"data.indexed", "indexed"},
        {"query.segment_loaded", "loaded"},
        {"streaming.handed_off", "handed over"},
    }};
    for (const auto& [event, word] : kStops) {
      if (what == event) travel(field_of(record, "segment"), lane->second, std::string(word));
    }
  }

  std::size_t slot_of(const sim::LogRecord& record) {
    const auto [place, is_new] = channels_.emplace(field_of(record, "channel"), channels_.size());
    return place->second;
  }

  // The first time that a segment gets there.
  void travel(const std::string& segment, std::size_t lane, const std::string& word) {
    Segment& followed = segments_[segment];
    if (!followed.passed.insert(word).second) return;
    followed.journey.stops.push_back({lane, now_});
    followed.journey.title += fmt::format(
        "{}{} {} on {}", followed.journey.title.empty() ? "segment " + segment + ": " : ", ", word,
        reports::seconds_us(now_), timeline_.lanes[lane].name);
  }

  void hold(Timeline::Hold hold) { held_.push_back(std::move(hold)); }
  template <class Which>
  void let_go(const Which& which) {
    for (std::size_t i = held_.size(); i-- > 0;) {
      if (!which(held_[i])) continue;
      held_[i].end = now_;
      held_[i].title += ", " + when(held_[i].begin, now_);
      timeline_.holds.push_back(held_[i]);
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void end(Microseconds end) {
    now_ = end;
    let_go([](const Timeline::Hold&) { return true; });
    for (Timeline::Down& down : timeline_.downs) {
      if (down.end < 0) down.end = end;
      down.title += ", " + when(down.begin, down.end);
    }
    for (auto& [name, segment] : segments_) timeline_.journeys.push_back(segment.journey);
    timeline_.slots = std::max<std::size_t>(1, channels_.size());
    if (healed_ < 0) healed_ = end;
    if (work_begin_ < 0) work_begin_ = healed_;
    timeline_.phases = {{"begin", 0, work_begin_},
                        {"clients work while faults strike", work_begin_, healed_},
                        {"healed", healed_, end}};
    end_faults();
  }

  // What strikes a service as a whole names no machine, but is named for it: etcd_, s3_, wal_.
  void on_fault(const sim::LogRecord& record) {
    const std::string kind = record.text.substr(record.text.rfind(' ') + 1);
    if (ends_processes(kind)) return;  // seen in the processes
    std::int64_t duration = 0;
    std::from_chars(record.text.data(), record.text.data() + record.text.size(), duration);
    const bool named = lanes_.contains(record.machine);
    for (const auto& [name, lane] : lanes_) {
      const bool service = kind.starts_with(group_of(name) + "_");
      if (named ? record.machine != name : !service) continue;
      timeline_.faults.push_back({lane, now_, now_ + duration / kMicrosecond,
                                  service ? Timeline::Family::service : family_of(kind), kind});
    }
  }
  void end_faults() {
    for (Timeline::Fault& fault : timeline_.faults) {
      fault.end = std::min(healed_, fault.end);
      const faults::FaultKind* kind = faults::find_fault_kind(fault.title);
      fault.title = fmt::format("{}: {}, {}", fault.title, kind != nullptr ? kind->cause : "",
                                when(fault.begin, fault.end));
    }
  }
  static bool ends_processes(const std::string& kind) {
    return kind.ends_with("_kill") || kind == "power_cut";
  }
  static Timeline::Family family_of(const std::string& kind) {
    if (kind.starts_with("clock_")) return Timeline::Family::clock;
    if (kind.starts_with("disk_")) return Timeline::Family::disk;
    return kind == "pause" || kind == "slow_processor" ? Timeline::Family::process
                                                       : Timeline::Family::network;
  }

  Timeline& timeline_;
  Microseconds now_ = 0;
  Microseconds work_begin_ = -1;
  Microseconds healed_ = -1;
  std::map<std::string, std::size_t> lanes_;
  std::map<std::size_t, std::size_t> down_;  // lane, and its entry of downs
  std::map<std::string, std::size_t> channels_;
  std::vector<Timeline::Hold> held_;
  std::map<std::string, Segment> segments_;
};

// Numbers after a '#', as sentences name operations.
std::set<std::size_t> named_in(const std::string& sentence) {
  std::set<std::size_t> ids;
  for (std::size_t at = sentence.find('#'); at != std::string::npos;
       at = sentence.find('#', at + 1)) {
    std::size_t id = 0;
    const char* begin = sentence.data() + at + 1;
    if (std::from_chars(begin, sentence.data() + sentence.size(), id).ec == std::errc()) {
      ids.insert(id);
    }
  }
  return ids;
}

Timeline::Outcome outcome_of(Outcome outcome) {
  return outcome == Outcome::ok     ? Timeline::Outcome::ok
         : outcome == Outcome::fail ? Timeline::Outcome::fail
                                    : Timeline::Outcome::info;
}

// The rows of those who are no clients: only of whom the contradiction names a call.
std::map<std::size_t, std::size_t> add_others(const History& history,
                                              const std::set<std::size_t>& named,
                                              Timeline& timeline) {
  std::map<std::size_t, std::size_t> rows;
  for (const Operation& operation : history.operations) {
    if (operation.client >= timeline.clients && named.contains(operation.id)) {
      rows.emplace(operation.client, 0);
    }
  }
  for (auto& [client, row] : rows) {
    row = timeline.clients + timeline.others.size();
    timeline.others.push_back(history.caller(client).sentence());
  }
  return rows;
}

void add_calls(const RunOutcome& outcome, Timeline& timeline) {
  const std::set<std::size_t> named = named_in(outcome.reason);
  const std::map<std::size_t, std::size_t> others = add_others(outcome.history, named, timeline);
  std::map<std::size_t, Microseconds> next;  // by client: when its next call began
  const auto& operations = outcome.history.operations;
  for (auto each = operations.rbegin(); each != operations.rend(); ++each) {
    Timeline::Call call;
    const auto other = others.find(each->client);
    call.row = each->client < timeline.clients ? each->client
               : other != others.end()         ? other->second
                                               : Timeline::kNoRow;
    call.begin = each->invoked / kMicrosecond;
    const auto follower = next.emplace(each->client, timeline.end).first;
    // Without an answer, until its client went on.
    call.end = each->completed == sim::kNever ? follower->second : each->completed / kMicrosecond;
    follower->second = call.begin;
    call.outcome = outcome_of(each->outcome);
    call.named = named.contains(each->id);
    if (call.named) {
      call.label = fmt::format("{} #{}", name_of(each->kind), each->id);
      call.title = fmt::format("{} of {}: {}, {}", call.label,
                               outcome.history.caller(each->client).sentence(),
                               name_of(each->outcome), when(call.begin, call.end));
    }
    timeline.calls.push_back(std::move(call));
  }
  std::reverse(timeline.calls.begin(), timeline.calls.end());
}

}  // namespace

Result<Timeline> timeline_of(const Plan& plan, const RunOutcome& outcome, BytesView log) {
  Timeline timeline;
  timeline.title = fmt::format("{}, seed {}", plan.scenario, plan.seed);
  timeline.end = outcome.simulated / kMicrosecond;
  timeline.clients = plan.clients.size();
  EYRIE_RETURN_IF_ERROR(Follower(timeline).follow(log));
  sort_lanes(timeline);
  add_calls(outcome, timeline);
  return timeline;
}

}  // namespace eyrie::scenarios
