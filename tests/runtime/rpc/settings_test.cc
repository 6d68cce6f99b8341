#include "runtime/rpc/settings.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/settings_load.h"

namespace eyrie::rpc {
namespace {

// A field that no setting reaches, or two that swap, would show here.
TEST(RpcSettings, EverySettingReachesItsField) {
  const SettingsTable table({kSettings});
  std::vector<SettingAssignment> assignments;
  for (const SettingRef setting : table.all()) {
    const std::int64_t place = static_cast<std::int64_t>(assignments.size());
    const std::int64_t value = setting->type == SettingType::duration
                                   ? setting->initial + to_ns(1ms) * (place + 1)
                                   : setting->initial + place + 1;
    assignments.push_back({std::string(setting->name), format_setting(*setting, value), "test"});
  }
  const Settings settings = load_settings(table, assignments).value();
  ChannelOptions channel;
  apply(settings, channel);
  ServerLimits limits;
  apply(settings, limits);
  const auto count = [&](const IntegerSetting& setting) {
    return static_cast<std::size_t>(settings.get(setting));
  };
  EXPECT_EQ(channel.connect_timeout, settings.get(kConnectTimeout));
  EXPECT_EQ(channel.call_timeout, settings.get(kCallTimeout));
  EXPECT_EQ(channel.back_off_min, settings.get(kBackOffMin));
  EXPECT_EQ(channel.back_off_max, settings.get(kBackOffMax));
  EXPECT_EQ(channel.keep_alive_interval, settings.get(kKeepAliveInterval));
  EXPECT_EQ(channel.keep_alive_timeout, settings.get(kKeepAliveTimeout));
  EXPECT_EQ(channel.calls_max, count(kCallsMax));
  EXPECT_EQ(channel.streams_max, count(kStreamsMax));
  EXPECT_EQ(channel.stream_window_bytes, settings.get(kStreamWindow));
  EXPECT_EQ(channel.posted_frames_max, count(kPostedFramesMax));
  EXPECT_EQ(limits.connections_max, count(kConnectionsMax));
  EXPECT_EQ(limits.requests_max, count(kRequestsMax));
  EXPECT_EQ(limits.requests_per_connection_max, count(kRequestsPerConnectionMax));
  EXPECT_EQ(limits.streams_per_connection_max, count(kStreamsMax));
  EXPECT_EQ(limits.stream_window_bytes, settings.get(kStreamWindow));
  EXPECT_EQ(limits.posted_frames_max, count(kPostedFramesMax));
  EXPECT_EQ(limits.call_time_max, settings.get(kCallTimeMax));
  EXPECT_EQ(limits.hello_timeout, settings.get(kHelloTimeout));
  EXPECT_EQ(limits.silence_max, settings.get(kSilenceMax));
  EXPECT_EQ(limits.tokens_max, count(kTokensMax));
  EXPECT_EQ(limits.token_bytes_max, settings.get(kTokenBytesMax));
  EXPECT_EQ(limits.token_age_max, settings.get(kTokenAgeMax));
}

// BackOff demands min <= max, whatever is loaded.
TEST(RpcSettings, EveryBackOffMinimumFitsUnderEveryMaximum) {
  EXPECT_LE(kBackOffMin.high, kBackOffMax.low);
}

}  // namespace
}  // namespace eyrie::rpc
