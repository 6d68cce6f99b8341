// The faults of a run against a real cluster: plain data, drawn from a seed before it begins. Whom
// a role means ("who leads") is found out when the fault strikes.
//
// Kinds come in rounds, each of which has every kind once, in an order of its own; the targets of a
// kind take turns. So a run that is long enough has each kind equally often and every target, and
// one that is cut short has had what matters most: a round begins with who leads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/time.h"
#include "scenarios/live/relay.h"

namespace eyrie::scenarios::live {

enum class FaultKind : std::uint8_t {
  kill,          // kill -9; started again when the fault ends
  pause,         // SIGSTOP for longer than a lease
  cut,           // a connection's both directions
  one_way_cut,   // one of them
  slow,          // every chunk comes later
  restart_etcd,  // kill -9, and up with what it had kept
  restart_s3,
};
inline constexpr FaultKind kFaultKindList[] = {
    FaultKind::kill, FaultKind::pause,        FaultKind::cut,       FaultKind::one_way_cut,
    FaultKind::slow, FaultKind::restart_etcd, FaultKind::restart_s3};
inline constexpr std::span<const FaultKind> kFaultKinds(kFaultKindList);
std::string_view name_of(FaultKind kind);
// Whether it is of the connections that relays carry.
bool is_of_links(FaultKind kind);

enum class FaultTarget : std::uint8_t {
  active_coordinator,
  channel_owner,
  proxy,
  query,
  data,
  standby_coordinator,
  service,  // etcd or S3 itself
};
std::string_view name_of(FaultTarget target);

// Which of its connections: those that others make to it, or its own to a service.
enum class FaultLink : std::uint8_t { none, inbound, etcd, s3 };
std::string_view name_of(FaultLink link);

struct LiveFault {
  FaultKind kind = FaultKind::kill;
  FaultTarget target = FaultTarget::service;
  FaultLink link = FaultLink::none;
  RelayMode mode = RelayMode::pass;  // of a link
  Duration delay{};                  // of a slow one
  std::uint64_t choice = 0;          // which, where there are several of the target
  Duration at{};                     // after the work's beginning, at the earliest
  Duration duration{};               // until it is undone; a restart takes as long as it takes
  bool overlaps = false;             // strikes while the one before it lasts
};

// In order of time; none begins in the last part of `length`, which is left to recovery.
std::vector<LiveFault> make_live_plan(std::uint64_t seed, Duration length, Duration lease);

}  // namespace eyrie::scenarios::live
