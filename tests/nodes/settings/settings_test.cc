// The settings of the database: their table in docs, what contradicts itself, and how they reach
// the roles' options.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/settings/all.h"
#include "nodes/standalone/options.h"
#include "storage/zero_disk/options.h"

namespace eyrie {
namespace {

constexpr char kDocs[] = "docs/settings.md";
constexpr char kHead[] =
    "# Settings\n\n"
    "Of `eyrie standalone` and of each role of a cluster, by `--config FILE` (YAML), by an\n"
    "environment variable (`streaming.tick_interval` is `EYRIE_STREAMING_TICK_INTERVAL`) or by\n"
    "`--set NAME=VALUE`; a later one wins. Scenario files take the same names under `settings:`, "
    "and\na seed draws some of them. Those of `log` are of a cluster's log: a standalone has "
    "another.\n\n";
constexpr char kProcessHead[] =
    "\n## Of a process\n\n"
    "How it is watched; [metrics.md](metrics.md) lists what it counts.\n\n";
constexpr char kClusterHead[] =
    "\n## Of a cluster alone\n\n"
    "Where each process of a cluster finds etcd and S3, and where it is found.\n\n";

TEST(NodeSettings, TheDocsHaveTheTableOfTheDeclarations) {
  const std::string expected = kHead + settings_markdown(settings::all()) + kProcessHead +
                               settings_markdown(settings::process()) + kClusterHead +
                               settings_markdown(settings::cluster());
  if (std::getenv("EYRIE_DOCS_WRITE") != nullptr) std::ofstream(kDocs) << expected;
  std::ifstream in(kDocs, std::ios::binary);
  const std::string found(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(found, expected) << "EYRIE_DOCS_WRITE=1 writes " << kDocs << " anew";
}

Result<Settings> loaded(const std::vector<std::pair<std::string, std::string>>& values) {
  std::vector<SettingAssignment> assignments;
  for (const auto& [name, text] : values) assignments.push_back({name, text, "here"});
  return settings::load(assignments);
}

TEST(NodeSettings, ValuesThatContradictEachOtherAreNamed) {
  EXPECT_TRUE(loaded({{"streaming.segment_rows_min", "7"}, {"streaming.segment_rows_max", "7"}}));
  const auto wrong =
      loaded({{"streaming.segment_rows_min", "8"}, {"streaming.segment_rows_max", "7"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), Code::invalid_argument);
  EXPECT_NE(wrong.error().message().find("streaming.segment_rows_min is 8"), std::string::npos);
  EXPECT_NE(wrong.error().message().find("streaming.segment_rows_max"), std::string::npos);
  EXPECT_TRUE(loaded({{"rpc.silence_max", "4s"}, {"rpc.keep_alive_interval", "2s"}}));
  const auto deaf = loaded({{"rpc.silence_max", "3s"}, {"rpc.keep_alive_interval", "2s"}});
  ASSERT_FALSE(deaf);
  EXPECT_NE(deaf.error().message().find("rpc.silence_max is 3s"), std::string::npos);
  EXPECT_NE(deaf.error().message().find("rpc.keep_alive_interval is 2s"), std::string::npos);
}

std::string common_to_roles(const membership::NodeOptions& options) {
  const rpc::ChannelOptions& channel = options.channel_options;
  const rpc::ServerLimits& limits = options.server_limits;
  std::string text;
  for (const std::int64_t number : {to_ns(options.lease.time_to_live),
                                    to_ns(options.lease.keep_alive_interval),
                                    to_ns(channel.connect_timeout),
                                    to_ns(channel.call_timeout),
                                    to_ns(channel.back_off_min),
                                    to_ns(channel.back_off_max),
                                    to_ns(channel.keep_alive_interval),
                                    to_ns(channel.keep_alive_timeout),
                                    std::int64_t(channel.calls_max),
                                    std::int64_t(channel.streams_max),
                                    channel.stream_window_bytes,
                                    std::int64_t(channel.posted_frames_max),
                                    std::int64_t(limits.connections_max),
                                    std::int64_t(limits.requests_max),
                                    std::int64_t(limits.requests_per_connection_max),
                                    to_ns(limits.call_time_max),
                                    to_ns(limits.hello_timeout),
                                    to_ns(limits.silence_max),
                                    std::int64_t(limits.tokens_max),
                                    limits.token_bytes_max,
                                    to_ns(limits.token_age_max)}) {
    text += std::to_string(number) + " ";
  }
  return text;
}

// Each setting that is not at its default must change some option, or nobody listens to it.
std::string fingerprint(const standalone::StandaloneOptions& options) {
  const streaming::StreamingOptions& streaming = options.streaming.streaming;
  const coordinator::CompactionOptions& compaction = options.coordinator.compaction;
  std::string text = common_to_roles(options.coordinator);
  for (const std::int64_t number : {to_ns(options.coordinator.timestamp_window),
                                    to_ns(options.coordinator.move_interval),
                                    to_ns(options.coordinator.collect_interval),
                                    std::int64_t(options.coordinator.shards_max),
                                    std::int64_t(compaction.enabled),
                                    to_ns(compaction.interval),
                                    to_ns(compaction.retention),
                                    compaction.rows_max,
                                    std::int64_t(compaction.bytes_max),
                                    compaction.small_percent,
                                    std::int64_t(compaction.inputs_max),
                                    compaction.deleted_percent,
                                    std::int64_t(compaction.deltas_min),
                                    to_ns(options.proxy.request_timeout),
                                    to_ns(options.proxy.drain_time_max),
                                    to_ns(options.proxy.bounded_staleness),
                                    options.proxy.limit_max,
                                    std::int64_t(options.proxy.keys_max),
                                    std::int64_t(options.proxy.rows_max),
                                    to_ns(streaming.sequencer.tick_interval),
                                    std::int64_t(streaming.sequencer.batch_requests_max),
                                    std::int64_t(streaming.sequencer.in_flight_records_max),
                                    std::int64_t(streaming.sequencer.queued_requests_max),
                                    streaming.seal.rows_min,
                                    streaming.seal.rows_max,
                                    std::int64_t(streaming.seal.bytes_max),
                                    to_ns(streaming.seal.age_max),
                                    std::int64_t(streaming.flush.running_max),
                                    to_ns(streaming.flush.delete_age_max),
                                    std::int64_t(streaming.growing_bytes_max),
                                    std::int64_t(streaming.delegator.forward_keys_max),
                                    std::int64_t(options.query.copies_max),
                                    std::int64_t(options.query.loads_running_max),
                                    std::int64_t(options.query.deletes_in_place_max)}) {
    text += std::to_string(number) + " ";
  }
  return text;
}

TEST(NodeSettings, WhatIsCommonReachesEveryRole) {
  standalone::StandaloneOptions options;
  apply(Settings({{"membership.lease", to_ns(7s)},
                  {"rpc.hello_timeout", to_ns(3s)},
                  {"rpc.connect_timeout", to_ns(4s)}}),
        options);
  for (const membership::NodeOptions* role : std::initializer_list<const membership::NodeOptions*>{
           &options.coordinator, &options.proxy, &options.streaming, &options.query,
           &options.data}) {
    EXPECT_EQ(role->lease.time_to_live, 7s);
    EXPECT_EQ(role->server_limits.hello_timeout, 3s);
    EXPECT_EQ(role->channel_options.connect_timeout, 4s);
  }
}

std::string fingerprint(const storage::ZeroDiskOptions& log) {
  std::string text;
  for (const std::int64_t number :
       {to_ns(log.group_interval), std::int64_t(log.group_bytes), std::int64_t(log.uploads_max),
        std::int64_t(log.segment_bytes), std::int64_t(log.segment_blocks), to_ns(log.segment_age),
        std::int64_t(log.merged_block_bytes)}) {
    text += std::to_string(number) + " ";
  }
  return text;
}

// Of a standalone's roles and of the log that a cluster has in place of a standalone's.
std::string fingerprint_of(const Settings& settings) {
  standalone::StandaloneOptions options;
  storage::ZeroDiskOptions log;
  apply(settings, options);
  apply(settings, log);
  return fingerprint(options) + fingerprint(log);
}

TEST(NodeSettings, EachReachesAnOptionWhoseDefaultIsItsOwn) {
  const std::string before =
      fingerprint(standalone::StandaloneOptions()) + fingerprint(storage::ZeroDiskOptions());
  EXPECT_EQ(fingerprint_of(Settings()), before);
  for (const SettingRef setting : settings::all().all()) {
    const std::int64_t other =
        setting->initial == setting->high ? setting->low : setting->initial + 1;
    EXPECT_NE(fingerprint_of(Settings({{std::string(setting->name), other}})), before)
        << setting->name;
  }
}

}  // namespace
}  // namespace eyrie
