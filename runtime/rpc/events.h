// The RPC layer's trace events. What a peer or the network can cause is never an error.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::rpc {

inline constexpr EventType<3> kConnected{
    "rpc.connected", Level::debug, {"address", "node", "incarnation"}};
inline constexpr EventType<2> kConnectFailed{
    "rpc.connect_failed", Level::debug, {"address", "status"}};
inline constexpr EventType<2> kConnectionLost{
    "rpc.connection_lost", Level::info, {"address", "reason"}};
inline constexpr EventType<3> kAccepted{
    "rpc.accepted", Level::debug, {"peer", "node", "incarnation"}};
// The peer is of the release before, and so is what is said on the connection.
inline constexpr EventType<3> kSpeaksOlder{
    "rpc.speaks_older", Level::debug, {"peer", "node", "protocol"}};
inline constexpr EventType<2> kConnectionRefused{
    "rpc.connection_refused", Level::warning, {"peer", "status"}};
inline constexpr EventType<2> kConnectionEnded{
    "rpc.connection_ended", Level::debug, {"peer", "reason"}};
inline constexpr EventType<2> kAcceptFailed{
    "rpc.accept_failed", Level::warning, {"address", "status"}};

}  // namespace eyrie::rpc
