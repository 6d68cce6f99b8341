#include "runtime/settings_yaml.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace eyrie {
namespace {

std::string complaint(const std::string& text) {
  const auto read = read_settings_yaml("eyrie.yaml", text);
  EXPECT_FALSE(read) << text;
  return read ? "" : read.error().message();
}

TEST(SettingsYaml, SectionsAndDottedNamesSayTheSame) {
  const auto read = read_settings_yaml("eyrie.yaml",
                                       "# comment\n"
                                       "streaming:\n"
                                       "  flush_interval: 10s\n"
                                       "  deep:\n"
                                       "    er: 'quoted text'\n"
                                       "storage.bucket: b\n");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 3u);
  EXPECT_EQ((*read)[0].name, "streaming.flush_interval");
  EXPECT_EQ((*read)[0].text, "10s");
  EXPECT_EQ((*read)[0].place, "eyrie.yaml:3");
  EXPECT_EQ((*read)[1].name, "streaming.deep.er");
  EXPECT_EQ((*read)[1].text, "quoted text");
  EXPECT_EQ((*read)[1].place, "eyrie.yaml:5");
  EXPECT_EQ((*read)[2].name, "storage.bucket");
}

TEST(SettingsYaml, AnEmptyFileSetsNothing) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "{}"}) {
    const auto read = read_settings_yaml("eyrie.yaml", text);
    ASSERT_TRUE(read) << text << read.error();
    EXPECT_TRUE(read->empty());
  }
}

TEST(SettingsYaml, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(complaint("a:\n  b: 1\n  b: 2\n"),
            "eyrie.yaml:3: a.b is set again; first at eyrie.yaml:2");
  EXPECT_EQ(complaint("a:\n  b: 1\na.b: 2\n"),
            "eyrie.yaml:3: a.b is set again; first at eyrie.yaml:2");
  EXPECT_EQ(complaint("a:\n  b: [1, 2]\n"), "eyrie.yaml:2: a.b is a list");
  EXPECT_EQ(complaint("a:\n  b:\n"), "eyrie.yaml:2: a.b has no value");
  EXPECT_EQ(complaint("- a\n"), "eyrie.yaml:1: settings are one map of names to values");
  EXPECT_EQ(complaint("a: 1\n---\nb: 2\n"), "eyrie.yaml:1: settings are one document");
  EXPECT_EQ(complaint("a: 1\n, b: 2\n").rfind("eyrie.yaml:", 0), 0u);
  EXPECT_EQ(complaint(", "), "eyrie.yaml:1: settings are one document");
  EXPECT_EQ(complaint("a: &x 1\nb: *x\n"), "eyrie.yaml:2: an alias, which settings do not have");
  EXPECT_EQ(complaint("a:\n  ? [x]\n  : 1\n"), "eyrie.yaml:2: a name is not a text");
  EXPECT_EQ(complaint("a: 1\nb: [\n").rfind("eyrie.yaml:", 0), 0u);
  EXPECT_EQ(complaint("a: 1\n[x, y]: 2\n"), "eyrie.yaml:2: a name is not a text");
}

TEST(SettingsYaml, AFileThatUnfoldsWithoutEndIsRefused) {
  complaint("a: &x\n  b: *x\n");
  complaint(std::string(kSettingsFileBytesMax + 1, ' '));
  complaint(std::string(100'000, '['));
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += "{a: ";
  complaint("a: " + nested);
}

RC_GTEST_PROP(SettingsYamlProperty, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto read = read_settings_yaml("eyrie.yaml", text);
  RC_ASSERT((read || read.error().code() == Code::invalid_argument));
}

RC_GTEST_PROP(SettingsYamlProperty, AnyYamlLikeTextIsReadOrRefused, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "b", ":", " ", "\n", "  ", "- ", "{", "}", "[", "]", "&x ", "*x", "'", "\"", "!", "|",
      ">", "#", "---\n", "? ", ", ", "<<", "%", "\t", "1"));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  const auto read = read_settings_yaml("eyrie.yaml", text);
  RC_ASSERT((read || read.error().code() == Code::invalid_argument));
}

}  // namespace
}  // namespace eyrie
