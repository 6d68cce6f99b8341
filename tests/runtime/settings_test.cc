#include "runtime/settings.h"

#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "runtime/settings_load.h"
#include "runtime/settings_yaml.h"

namespace eyrie {
namespace {

inline constexpr IntegerSetting kRowsMax({.name = "streaming.segment_rows_max",
                                          .unit = "rows",
                                          .initial = 1'000'000,
                                          .low = 1,
                                          .high = 10'000'000,
                                          .sentence = "Rows at which a segment is sealed.",
                                          .swarm = swarm_between(10, 1000)});
inline constexpr DurationSetting kFlushInterval({.name = "streaming.flush_interval",
                                                 .initial = 10s,
                                                 .low = 10ms,
                                                 .high = 1h,
                                                 .reloadable = true,
                                                 .sentence = "How long rows stay in memory alone.",
                                                 .swarm = swarm_between(50ms, 5s)});
inline constexpr BytesSetting kBufferMax({.name = "streaming.buffer_bytes_max",
                                          .initial = 64 << 20,
                                          .low = 4096,
                                          .high = std::int64_t{1} << 40,
                                          .sentence = "Memory of all growing segments.",
                                          .swarm = swarm_numbers({4096, 1 << 20})});
inline constexpr BooleanSetting kVerify({.name = "storage.verify",
                                         .initial = true,
                                         .sentence = "Checks what was read.",
                                         .swarm = swarm_either()});
inline constexpr TextSetting kBucket({.name = "storage.bucket",
                                      .initial = "eyrie",
                                      .sentence = "Bucket of the object store."});
inline constexpr ChoiceSetting kKind({.name = "storage.kind",
                                      .initial = "directory",
                                      .choices = {"directory", "s3"},
                                      .reloadable = true,
                                      .sentence = "Directory | s3, where objects are.",
                                      .swarm = swarm_texts({"directory", "s3"})});

constexpr std::array kStreaming = {declared(kRowsMax), declared(kFlushInterval),
                                   declared(kBufferMax)};
constexpr std::array kStorage = {declared(kVerify), declared(kBucket), declared(kKind)};

SettingsTable table() {
  return SettingsTable({kStreaming, kStorage});
}

Result<Settings> load(const std::string& name, const std::string& text) {
  const std::vector<SettingAssignment> assignments = {{name, text, "here:1"}};
  return load_settings(table(), assignments);
}

// The one message of a load that must fail.
std::string complaint(const std::string& name, const std::string& text) {
  const Result<Settings> loaded = load(name, text);
  EXPECT_FALSE(loaded) << name << "=" << text;
  return loaded ? "" : loaded.error().message();
}

TEST(Settings, GettersGiveTheirCppTypeAndDefaultsComeFirst) {
  const Settings settings;
  static_assert(std::is_same_v<decltype(settings.get(kRowsMax)), std::int64_t>);
  static_assert(std::is_same_v<decltype(settings.get(kFlushInterval)), Duration>);
  static_assert(std::is_same_v<decltype(settings.get(kVerify)), bool>);
  static_assert(std::is_same_v<decltype(settings.get(kBucket)), std::string>);
  static_assert(std::is_same_v<decltype(settings.get(kBufferMax)), std::int64_t>);
  EXPECT_EQ(settings.get(kRowsMax), 1'000'000);
  EXPECT_EQ(settings.get(kFlushInterval), 10s);
  EXPECT_EQ(settings.get(kBufferMax), 64 << 20);
  EXPECT_TRUE(settings.get(kVerify));
  EXPECT_EQ(settings.get(kBucket), "eyrie");
  EXPECT_EQ(settings.get(kKind), "directory");
}

TEST(Settings, ValuesParseInTheirUnits) {
  const std::vector<std::pair<std::string, Duration>> durations = {
      {"10ms", 10ms}, {"200ms", 200ms},  {"10s", 10s},        {"1m", 1min},
      {"1h", 1h},     {"10000us", 10ms}, {"10000000ns", 10ms}};
  for (const auto& [text, duration] : durations) {
    EXPECT_EQ(load("streaming.flush_interval", text)->get(kFlushInterval), duration) << text;
  }
  const std::vector<std::pair<std::string, std::int64_t>> sizes = {{"4096B", 4096},
                                                                   {"4KiB", 4096},
                                                                   {"16MiB", 16 << 20},
                                                                   {"1GiB", 1 << 30},
                                                                   {"1TiB", std::int64_t{1} << 40}};
  for (const auto& [text, bytes] : sizes) {
    EXPECT_EQ(load("streaming.buffer_bytes_max", text)->get(kBufferMax), bytes) << text;
  }
  EXPECT_EQ(load("streaming.segment_rows_max", "10000000")->get(kRowsMax), 10'000'000);
  EXPECT_FALSE(load("storage.verify", "false")->get(kVerify));
  EXPECT_EQ(load("storage.bucket", "")->get(kBucket), "");
  EXPECT_EQ(load("storage.kind", "s3")->get(kKind), "s3");
}

TEST(Settings, WhatDoesNotFitIsRefusedInWords) {
  EXPECT_EQ(complaint("streaming.segment_rows_max", "many"),
            "here:1: streaming.segment_rows_max is 'many', which is not a whole number");
  EXPECT_EQ(complaint("streaming.segment_rows_max", "0"),
            "here:1: streaming.segment_rows_max is '0', which is not from 1 to 10000000");
  EXPECT_EQ(complaint("streaming.flush_interval", "2h"),
            "here:1: streaming.flush_interval is '2h', which is not from 10ms to 1h");
  EXPECT_EQ(complaint("storage.kind", "tape"),
            "here:1: storage.kind is 'tape', which is not one of directory, s3");
  EXPECT_EQ(complaint("storage.verify", "yes"),
            "here:1: storage.verify is 'yes', which is not true or false");
  for (const char* text : {"", "10", "s", "10 s", "1.5s", "10S", "1s1ms", "9223372036854775807h",
                           "99999999999999999999s", "-1s"}) {
    complaint("streaming.flush_interval", text);
  }
  for (const char* text : {"", "16", "16MB", "16mib", "16 MiB", "9999999999TiB"}) {
    complaint("streaming.buffer_bytes_max", text);
  }
  for (const char* text : {"", "1.5", "1e3", "0x10", " 5", "5 ", "99999999999999999999"}) {
    complaint("streaming.segment_rows_max", text);
  }
}

TEST(Settings, FormattingIsTheInverseOfParsing) {
  for (const std::int64_t number : {0L, 1L, 999L, 1000L, 1024L, 90'000'000'000L, 3'600'000'000'000L,
                                    4096L, 1L << 20, 3L << 30}) {
    SettingDeclaration wide = kBufferMax;
    wide.low = 0;
    wide.high = INT64_MAX;
    EXPECT_EQ(parse_setting(wide, format_setting(wide, number)).value(), SettingValue(number));
    wide.type = SettingType::duration;
    EXPECT_EQ(parse_setting(wide, format_setting(wide, number)).value(), SettingValue(number));
  }
  EXPECT_EQ(format_setting(kFlushInterval, to_ns(90s)), "90s");
  EXPECT_EQ(format_setting(kBufferMax, std::int64_t{16 << 20}), "16MiB");
}

TEST(Settings, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  EXPECT_EQ(complaint("streaming.segment_row_max", "5"),
            "here:1: there is no setting streaming.segment_row_max; the nearest is "
            "streaming.segment_rows_max");
  EXPECT_EQ(complaint("bucket", "x"),
            "here:1: there is no setting bucket; the nearest is storage.bucket");
}

TEST(Settings, ANameThatIsNearToNoneIsSentToTheList) {
  for (const char* name : {"nosuch.setting", "x", "", "storage", "storage.bucketeer.of.water"}) {
    EXPECT_EQ(complaint(name, "1"),
              "here:1: there is no setting " + std::string(name) + "; docs/settings.md lists all");
  }
}

TEST(Settings, EveryMistakeIsReportedAtOnce) {
  const std::vector<SettingAssignment> assignments = {
      {"storage.kind", "tape", "a:1"}, {"storage.bucket", "fine", "a:2"}, {"nope", "", "a:3"}};
  const Result<Settings> loaded = load_settings(table(), assignments);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), Code::invalid_argument);
  EXPECT_NE(loaded.error().message().find("a:1: "), std::string::npos);
  EXPECT_NE(loaded.error().message().find("\na:3: "), std::string::npos);
}

TEST(Settings, FileThenEnvironmentThenFlags) {
  const SettingsTable all = table();
  std::vector<SettingAssignment> assignments =
      read_settings_yaml("eyrie.yaml",
                         "streaming:\n  segment_rows_max: 1\n  flush_interval: 1s\n"
                         "storage: {bucket: file}\n")
          .value();
  for (auto& assignment : read_environment(all, {{"EYRIE_STREAMING_FLUSH_INTERVAL", "2s"},
                                                 {"EYRIE_STORAGE_BUCKET", "environment"},
                                                 {"HOME", "/"}})) {
    assignments.push_back(assignment);
  }
  const std::vector<std::string> flags = {"storage.bucket=flag=1"};
  for (auto& assignment : read_flags(flags).value()) assignments.push_back(assignment);
  const Settings settings = load_settings(all, assignments).value();
  EXPECT_TRUE(settings.get(kVerify));
  EXPECT_EQ(settings.get(kRowsMax), 1);
  EXPECT_EQ(settings.get(kFlushInterval), 2s);
  EXPECT_EQ(settings.get(kBucket), "flag=1");
}

TEST(Settings, AnUnknownVariableIsAnErrorThatNamesTheNearest) {
  const auto assignments = read_environment(table(), {{"EYRIE_STORAGE_BUKET", "x"}});
  const Result<Settings> loaded = load_settings(table(), assignments);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message(),
            "environment variable EYRIE_STORAGE_BUKET: there is no setting EYRIE_STORAGE_BUKET; "
            "the nearest is storage.bucket");
}

TEST(Settings, AFlagWithoutAValueIsRefused) {
  for (const std::string& flag : {"storage.bucket", "=x", ""}) {
    const std::vector<std::string> flags = {flag};
    EXPECT_EQ(read_flags(flags).error().code(), Code::invalid_argument);
  }
}

TEST(Settings, ASnapshotKeepsItsValues) {
  const Settings one = *load("storage.bucket", "one");
  const Settings copy = one;
  EXPECT_EQ(copy.get(kBucket), "one");
  EXPECT_EQ(Settings().get(kBucket), "eyrie");
}

TEST(SettingsHelp, NamesEachWithDefaultRangeAndSentence) {
  const std::string help = settings_help(table());
  EXPECT_NE(help.find("  streaming.segment_rows_max=1000000 rows  (1 to 10000000)\n"
                      "      Rows at which a segment is sealed.\n"),
            std::string::npos)
      << help;
  EXPECT_NE(help.find("streaming.flush_interval=10s  (10ms to 1h)  reloadable\n"),
            std::string::npos);
  EXPECT_LT(help.find("storage.bucket"), help.find("streaming.buffer_bytes_max"));
}

TEST(SettingsHelp, TheMarkdownTableEscapesItsBars) {
  const std::string text = settings_markdown(table());
  EXPECT_NE(text.find("| `streaming.buffer_bytes_max` | bytes | `64MiB` | 4KiB to 1TiB | no | "
                      "Memory of all growing segments. |\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("| `storage.kind` | choice | `directory` | directory, s3 | yes | "
                      "Directory \\| s3, where objects are. |\n"),
            std::string::npos)
      << text;
}

TEST(SettingsSwarm, DrawsAreOfTheSeedInRangeAndOfTheirOwnStreams) {
  bool differs = false;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto drawn = draw_swarm(table(), Random(seed));
    EXPECT_EQ(drawn.size(), 5u);  // all but storage.bucket
    const Settings settings = load_settings(table(), drawn).value();
    EXPECT_GE(settings.get(kRowsMax), 10);
    EXPECT_LE(settings.get(kRowsMax), 1000);
    EXPECT_TRUE(settings.get(kBufferMax) == 4096 || settings.get(kBufferMax) == 1 << 20);
    const Settings again = load_settings(table(), draw_swarm(table(), Random(seed))).value();
    const SettingsTable smaller({kStreaming});
    const Settings alone = load_settings(smaller, draw_swarm(smaller, Random(seed))).value();
    EXPECT_EQ(settings.get(kRowsMax), again.get(kRowsMax));
    EXPECT_EQ(settings.get(kFlushInterval), alone.get(kFlushInterval));
    differs |= settings.get(kKind) == "s3" && !settings.get(kVerify);
  }
  EXPECT_TRUE(differs);
}

TEST(SettingsDeathTest, TwoSettingsForOneVariableAreABrokenInvariant) {
  static constexpr TextSetting kOther(
      {.name = "storage_bucket.x", .sentence = "Shares a variable with the next."});
  static constexpr TextSetting kSame(
      {.name = "storage.bucket_x", .sentence = "Shares a variable with the one before."});
  static constexpr std::array kBoth = {declared(kOther), declared(kSame)};
  EXPECT_DEATH(SettingsTable({kBoth}), "same environment variable");
}

}  // namespace
}  // namespace eyrie
