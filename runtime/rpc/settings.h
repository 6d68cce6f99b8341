// The RPC layer's settings. Defaults are those of the option structs (types.h).
#pragma once

#include <array>

#include "runtime/rpc/types.h"
#include "runtime/settings.h"

namespace eyrie::rpc {

inline constexpr DurationSetting kConnectTimeout(
    {.name = "rpc.connect_timeout",
     .initial = ChannelOptions().connect_timeout,
     .low = 1ms,
     .high = 10min,
     .sentence = "Time for a connection and the hello of both sides.",
     .swarm = swarm_between(200ms, 5s)});
inline constexpr DurationSetting kCallTimeout({.name = "rpc.call_timeout",
                                               .initial = ChannelOptions().call_timeout,
                                               .low = 1ms,
                                               .high = 1h,
                                               .sentence = "Deadline of calls that name none.",
                                               .swarm = swarm_between(500ms, 20s)});
inline constexpr DurationSetting kBackOffMin(
    {.name = "rpc.back_off_min",
     .initial = ChannelOptions().back_off_min,
     .low = 1ms,
     .high = 1s,
     .sentence = "Bound of the wait before the second attempt; it doubles from there.",
     .swarm = swarm_between(1ms, 200ms)});
inline constexpr DurationSetting kBackOffMax(
    {.name = "rpc.back_off_max",
     .initial = ChannelOptions().back_off_max,
     .low = 1s,
     .high = 10min,
     .sentence = "Greatest bound of the wait before an attempt.",
     .swarm = swarm_between(1s, 5s)});
inline constexpr DurationSetting kKeepAliveInterval(
    {.name = "rpc.keep_alive_interval",
     .initial = ChannelOptions().keep_alive_interval,
     .low = 10ms,
     .high = 10min,
     .sentence = "Silence of a server after which its client pings it.",
     .swarm = swarm_between(100ms, 5s)});
inline constexpr DurationSetting kKeepAliveTimeout(
    {.name = "rpc.keep_alive_timeout",
     .initial = ChannelOptions().keep_alive_timeout,
     .low = 10ms,
     .high = 10min,
     .sentence = "Silence after a ping that makes a client give up the connection.",
     .swarm = swarm_between(200ms, 5s)});
inline constexpr DurationSetting kSilenceMax(
    {.name = "rpc.silence_max",
     .initial = ServerLimits().silence_max,
     .low = 100ms,
     .high = 1h,
     .sentence = "Silence of a client, pings included, that makes a server give up the connection.",
     .swarm = swarm_between(10s, 60s)});
inline constexpr DurationSetting kHelloTimeout(
    {.name = "rpc.hello_timeout",
     .initial = ServerLimits().hello_timeout,
     .low = 10ms,
     .high = 10min,
     .sentence = "Time that a server gives a new connection to say its hello.",
     .swarm = swarm_between(500ms, 5s)});
inline constexpr DurationSetting kCallTimeMax(
    {.name = "rpc.call_time_max",
     .initial = ServerLimits().call_time_max,
     .low = 1s,
     .high = 24h,
     .sentence = "Longest that a server lets one call run, whatever its deadline; a build of an "
                 "index may take longer."});
inline constexpr DurationSetting kTokenAgeMax(
    {.name = "rpc.token_age_max",
     .initial = ServerLimits().token_age_max,
     .low = 1s,
     .high = 24h,
     .sentence = "How long a server remembers the answer to a call with a token."});
inline constexpr IntegerSetting kCallsMax({.name = "rpc.calls_max",
                                           .unit = "calls",
                                           .initial = std::int64_t(ChannelOptions().calls_max),
                                           .low = 1,
                                           .high = 1'000'000,
                                           .sentence = "Calls of one channel under way at once."});
inline constexpr IntegerSetting kStreamsMax(
    {.name = "rpc.streams_max",
     .unit = "streams",
     .initial = std::int64_t(ChannelOptions().streams_max),
     .low = 1,
     .high = 100'000,
     .sentence = "Streams of one connection open at once, for its client and its server."});
inline constexpr BytesSetting kStreamWindow(
    {.name = "rpc.stream_window",
     .initial = ChannelOptions().stream_window_bytes,
     .low = 1 << 10,
     .high = 1 << 30,
     .sentence = "Bytes of one stream that may be sent before its reader takes them.",
     .swarm = swarm_numbers({1 << 10, 64 << 10, 1 << 20})});
inline constexpr IntegerSetting kPostedFramesMax(
    {.name = "rpc.posted_frames_max",
     .unit = "frames",
     .initial = std::int64_t(ChannelOptions().posted_frames_max),
     .low = 16,
     .high = 1'000'000,
     .sentence = "Cancels, credits and refusals waiting for a peer to read before it is cut off."});
inline constexpr IntegerSetting kConnectionsMax(
    {.name = "rpc.connections_max",
     .unit = "connections",
     .initial = ServerLimits().connections_max,
     .low = 1,
     .high = 100'000,
     .sentence = "Connections of one server open at once."});
inline constexpr IntegerSetting kRequestsMax(
    {.name = "rpc.requests_max",
     .unit = "requests",
     .initial = ServerLimits().requests_max,
     .low = 1,
     .high = 1'000'000,
     .sentence = "Requests running at once in one server."});
inline constexpr IntegerSetting kRequestsPerConnectionMax(
    {.name = "rpc.requests_per_connection_max",
     .unit = "requests",
     .initial = ServerLimits().requests_per_connection_max,
     .low = 1,
     .high = 1'000'000,
     .sentence = "Requests running at once for one connection."});
inline constexpr IntegerSetting kTokensMax(
    {.name = "rpc.tokens_max",
     .unit = "tokens",
     .initial = ServerLimits().tokens_max,
     .low = 1,
     .high = 100'000'000,
     .sentence = "Tokens that a server remembers; beyond, new ones are refused."});
inline constexpr BytesSetting kTokenBytesMax(
    {.name = "rpc.token_bytes_max",
     .initial = ServerLimits().token_bytes_max,
     .low = 1 << 10,
     .high = std::int64_t{1} << 40,
     .sentence = "Bytes of remembered answers at which a server refuses new tokens."});

inline constexpr std::array kSettings = {declared(kConnectTimeout),
                                         declared(kCallTimeout),
                                         declared(kBackOffMin),
                                         declared(kBackOffMax),
                                         declared(kKeepAliveInterval),
                                         declared(kKeepAliveTimeout),
                                         declared(kSilenceMax),
                                         declared(kHelloTimeout),
                                         declared(kCallTimeMax),
                                         declared(kTokenAgeMax),
                                         declared(kCallsMax),
                                         declared(kStreamsMax),
                                         declared(kStreamWindow),
                                         declared(kPostedFramesMax),
                                         declared(kConnectionsMax),
                                         declared(kRequestsMax),
                                         declared(kRequestsPerConnectionMax),
                                         declared(kTokensMax),
                                         declared(kTokenBytesMax)};

// All but who we are.
void apply(const Settings& settings, ChannelOptions& options);
void apply(const Settings& settings, ServerLimits& limits);

}  // namespace eyrie::rpc
