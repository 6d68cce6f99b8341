#include "runtime/rpc/settings.h"

namespace eyrie::rpc {

namespace {

std::size_t count_of(const Settings& settings, const IntegerSetting& setting) {
  return static_cast<std::size_t>(settings.get(setting));
}

}  // namespace

void apply(const Settings& settings, ChannelOptions& options) {
  options.connect_timeout = settings.get(kConnectTimeout);
  options.call_timeout = settings.get(kCallTimeout);
  options.back_off_min = settings.get(kBackOffMin);
  options.back_off_max = settings.get(kBackOffMax);
  options.keep_alive_interval = settings.get(kKeepAliveInterval);
  options.keep_alive_timeout = settings.get(kKeepAliveTimeout);
  options.calls_max = count_of(settings, kCallsMax);
  options.streams_max = count_of(settings, kStreamsMax);
  options.stream_window_bytes = settings.get(kStreamWindow);
  options.posted_frames_max = count_of(settings, kPostedFramesMax);
}

void apply(const Settings& settings, ServerLimits& limits) {
  limits.connections_max = count_of(settings, kConnectionsMax);
  limits.requests_max = count_of(settings, kRequestsMax);
  limits.requests_per_connection_max = count_of(settings, kRequestsPerConnectionMax);
  limits.streams_per_connection_max = count_of(settings, kStreamsMax);
  limits.stream_window_bytes = settings.get(kStreamWindow);
  limits.posted_frames_max = count_of(settings, kPostedFramesMax);
  limits.call_time_max = settings.get(kCallTimeMax);
  limits.hello_timeout = settings.get(kHelloTimeout);
  limits.silence_max = settings.get(kSilenceMax);
  limits.tokens_max = count_of(settings, kTokensMax);
  limits.token_bytes_max = settings.get(kTokenBytesMax);
  limits.token_age_max = settings.get(kTokenAgeMax);
}

}  // namespace eyrie::rpc
