#include "scenarios/live/fault_plan.h"

#include <algorithm>
#include <array>
#include <map>

#include "runtime/random.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kFirst = 3s;      // work without a fault, to begin with
constexpr Duration kInterval = 13s;  // between two that do not overlap
constexpr Duration kRest = 15s;      // at the end
constexpr Ratio kOverlap{1, 6};

// In turns; the first of each list is in every run.
const std::vector<FaultTarget>& targets_of(FaultKind kind) {
  static const std::vector<FaultTarget> processes = {FaultTarget::active_coordinator,
                                                     FaultTarget::channel_owner,
                                                     FaultTarget::proxy,
                                                     FaultTarget::query,
                                                     FaultTarget::data,
                                                     FaultTarget::standby_coordinator};
  static const std::vector<FaultTarget> links = {
      FaultTarget::channel_owner, FaultTarget::active_coordinator, FaultTarget::proxy,
      FaultTarget::query, FaultTarget::data};
  static const std::vector<FaultTarget> services = {FaultTarget::service};
  if (is_of_links(kind)) return links;
  return kind == FaultKind::kill || kind == FaultKind::pause ? processes : services;
}

// A data node serves nobody's requests but the coordinator's, and a proxy asks no S3.
std::vector<FaultLink> links_of(FaultTarget target) {
  if (target == FaultTarget::proxy) return {FaultLink::inbound, FaultLink::etcd};
  return {FaultLink::inbound, FaultLink::etcd, FaultLink::s3};
}

class LivePlanner {
 public:
  LivePlanner(std::uint64_t seed, Duration lease)
      : random_(Random(seed).stream("live faults")), lease_(lease) {}

  std::vector<LiveFault> make(Duration length) {
    std::vector<LiveFault> faults;
    for (Duration at = kFirst; at + kRest <= length || faults.empty(); at += kInterval) {
      faults.push_back(make_fault(next_kind()));
      faults.back().at = at;
      // Of two at once, one is of links: nobody is killed while he is stopped.
      if (is_of_links(faults.back().kind) || !random_.chance(kOverlap)) continue;
      LiveFault second = make_fault(random_.pick(kLinkKinds));
      second.at = at + Duration(random_.between(to_ns(200ms), to_ns(2s)));
      second.overlaps = true;
      faults.push_back(second);
    }
    return faults;
  }

 private:
  FaultKind next_kind() {
    if (round_.empty()) {
      round_.assign(kFaultKinds.begin(), kFaultKinds.end());
      random_.shuffle(round_);
      // From the back: kill and pause of who leads come first in the first round.
      if (first_round_) {
        for (const FaultKind kind : {FaultKind::pause, FaultKind::kill}) {
          std::erase(round_, kind);
          round_.push_back(kind);
        }
      }
      first_round_ = false;
    }
    const FaultKind kind = round_.back();
    round_.pop_back();
    return kind;
  }

  LiveFault make_fault(FaultKind kind) {
    LiveFault fault;
    fault.kind = kind;
    const std::vector<FaultTarget>& targets = targets_of(kind);
    fault.target = targets[turns_[kind]++ % targets.size()];
    fault.choice = random_.next();
    switch (kind) {
      case FaultKind::kill:
        fault.duration = Duration(random_.between(to_ns(300ms), to_ns(lease_ + 2s)));
        break;
      case FaultKind::pause:
        fault.duration = lease_ + Duration(random_.between(to_ns(1500ms), to_ns(4s)));
        break;
      case FaultKind::restart_etcd:
      case FaultKind::restart_s3:
        break;
      default:
        fill_link(fault);
    }
    return fault;
  }

  void fill_link(LiveFault& fault) {
    fault.link = random_.pick(links_of(fault.target));
    // Some shorter than a lease, some longer.
    fault.duration = Duration(random_.between(to_ns(1s), to_ns(lease_ * 2)));
    if (fault.kind == FaultKind::slow) {
      fault.mode = RelayMode::slow;
      fault.delay = Duration(random_.between(to_ns(20ms), to_ns(200ms)));
    } else if (fault.kind == FaultKind::cut) {
      fault.mode = random_.chance({1, 2}) ? RelayMode::refuse : RelayMode::hold;
    } else {
      fault.mode = random_.chance({1, 2}) ? RelayMode::hold_to_target : RelayMode::hold_from_target;
    }
  }

  static inline const std::vector<FaultKind> kLinkKinds = {FaultKind::cut, FaultKind::one_way_cut,
                                                           FaultKind::slow};

  Random random_;
  Duration lease_;
  std::vector<FaultKind> round_;
  bool first_round_ = true;
  std::map<FaultKind, std::size_t> turns_;
};

}  // namespace

std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kill:
      return "kill";
    case FaultKind::pause:
      return "pause";
    case FaultKind::cut:
      return "cut";
    case FaultKind::one_way_cut:
      return "one_way_cut";
    case FaultKind::slow:
      return "slow";
    case FaultKind::restart_etcd:
      return "restart_etcd";
    case FaultKind::restart_s3:
      return "restart_s3";
  }
  return "kill";
}

bool is_of_links(FaultKind kind) {
  return kind == FaultKind::cut || kind == FaultKind::one_way_cut || kind == FaultKind::slow;
}

std::string_view name_of(FaultTarget target) {
  switch (target) {
    case FaultTarget::active_coordinator:
      return "active_coordinator";
    case FaultTarget::channel_owner:
      return "channel_owner";
    case FaultTarget::proxy:
      return "proxy";
    case FaultTarget::query:
      return "query";
    case FaultTarget::data:
      return "data";
    case FaultTarget::standby_coordinator:
      return "standby_coordinator";
    case FaultTarget::service:
      return "service";
  }
  return "service";
}

std::string_view name_of(FaultLink link) {
  switch (link) {
    case FaultLink::none:
      return "";
    case FaultLink::inbound:
      return "inbound";
    case FaultLink::etcd:
      return "etcd";
    case FaultLink::s3:
      return "s3";
  }
  return "";
}

std::vector<LiveFault> make_live_plan(std::uint64_t seed, Duration length, Duration lease) {
  return LivePlanner(seed, lease).make(length);
}

}  // namespace eyrie::scenarios::live
